using WrnEngine.Devices;

namespace WrnEngine.Training.Data;

/// <summary>What a <see cref="SampleTransform"/> is to the augmentation op of a device.</summary>
/// <param name="Normalization">Constants of the channels.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Padding">Pixels by which an image is mirrored around before it is cropped.</param>
/// <param name="Flip">Whether half of the samples are flipped.</param>
internal sealed record DeviceTransform(ChannelNormalization Normalization, ulong Seed, int Padding, bool Flip)
{
    /// <summary>The crops and flips of an epoch.</summary>
    public AugmentSettings Settings(DeviceScalar<uint> epoch) => new(Seed, epoch, Padding, Flip);

    /// <summary>[3] factors, as the host computes them: 1 / standard deviation.</summary>
    public float[] Scale()
    {
        var scale = new float[ImageDataset.Channels];
        for (int c = 0; c < scale.Length; c++) scale[c] = 1 / Normalization.Std[c];
        return scale;
    }

    /// <summary>False for images that the op cannot mirror; the host refuses them in its own words.</summary>
    public bool Fits(ImageDataset images) => Padding == 0 || Padding < Math.Min(images.Height, images.Width);
}
