using WrnEngine.Rng;
using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// How training samples are varied: mirrored around by some pixels (the edge pixel isn't repeated), cropped to their own size at a random place,
/// then flipped left to right or not. The numbers of a sample are block 0 of the Philox stream with key = seed and counter = (0, data-set index, epoch,
/// Augment purpose &lt;&lt; 16): words 0 and 1 are the crop's row and column, mulhi(word, 2 padding + 1), and it is flipped where u of word 2 is
/// below 0.5. The default varies nothing.
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">The epoch: each has other crops and flips.</param>
/// <param name="Padding">Pixels added on every side; 0 leaves the image in its place.</param>
/// <param name="Flip">Whether half of the samples are flipped.</param>
public readonly record struct AugmentSettings(ulong Seed, DeviceScalar<uint> Epoch, int Padding, bool Flip)
{
    /// <summary>Where the image at <paramref name="index"/> is moved to: output (h, w) shows (h + Down, w + Right) before the flip, mirrored at the edges.</summary>
    public (int Down, int Right, bool Flipped) Draw(int index)
    {
        uint offsets = (2 * (uint)Padding) + 1;
        var words = Philox.Block(Seed, 0, (uint)index, Epoch, RandomPurpose.Augment);
        return ((int)Philox.Below(words.X, offsets) - Padding, (int)Philox.Below(words.Y, offsets) - Padding, Flip && Philox.Uniform(words.Z) < 0.5f);
    }

    /// <summary>The row or column that lies at <paramref name="i"/> when the image is mirrored around, by less than its size; the edge isn't repeated.</summary>
    public static int Reflect(int i, int size) => i < 0 ? -i : i >= size ? (2 * size) - 2 - i : i;

    /// <summary>Refuses a padding that images [count, C, H, W] cannot mirror.</summary>
    /// <exception cref="ShapeException">The padding is negative or not smaller than the image.</exception>
    internal void Verify(Shape images)
    {
        if (Padding < 0 || Padding > 0 && Padding >= Math.Min(images[2], images[3]))
            throw new ShapeException($"augment: a padding of {Padding} must be at least 0 and smaller than the images' height and width, {images[2]} x {images[3]}");
    }
}
