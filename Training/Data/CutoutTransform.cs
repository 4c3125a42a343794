using WrnEngine.Rng;

namespace WrnEngine.Training.Data;

/// <summary>
/// Cutout (DeVries and Taylor, arXiv 1708.04552): after everything else a square of zeros, which is the mean colour of normalised images. Its centre is any
/// pixel, so that a part of it may lie outside. The centre of a sample is block 0 of the Philox stream with counter = (0, data-set index, epoch, Cutout
/// purpose &lt;&lt; 16): words 0 and 1 are row and column, mulhi(word, size).
/// </summary>
/// <param name="inner">Makes the sample.</param>
/// <param name="side">Side of the square in pixels.</param>
/// <param name="seed">The run's seed.</param>
public sealed class CutoutTransform(SampleTransform inner, int side, ulong seed) : SampleTransform
{
    /// <inheritdoc/>
    public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(images);
        inner.Apply(images, index, epoch, destination);
        var words = Philox.Block(seed, 0, (uint)index, (uint)epoch, RandomPurpose.Cutout);
        var (top, bottom) = Clipped((int)Philox.Below(words.X, (uint)images.Height), images.Height);
        var (left, right) = Clipped((int)Philox.Below(words.Y, (uint)images.Width), images.Width);
        for (int y = top; y < bottom; y++)
            destination[(((y * images.Width) + left) * ImageDataset.Channels)..(((y * images.Width) + right) * ImageDataset.Channels)].Clear();
    }

    /// <summary>Where a square around <paramref name="centre"/> begins and ends within the image.</summary>
    private (int Start, int End) Clipped(int centre, int size)
    {
        int start = centre - (side / 2);
        return (Math.Max(0, start), (int)Math.Min(size, (long)start + side));
    }
}
