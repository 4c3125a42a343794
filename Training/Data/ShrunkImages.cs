using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Training.Data;

/// <summary>
/// Smaller copies of images in memory. Conclusions on networks and recipes mostly carry over between sizes, and half the side costs a network a quarter of its
/// multiply-adds.
/// </summary>
internal static class ShrunkImages
{
    /// <summary>Resizes every image, antialiased; the pixels that crops are padded by shrink with them.</summary>
    /// <param name="images">Square images in memory.</param>
    /// <param name="side">The new side, no larger than the old one.</param>
    /// <param name="threads">How many threads may work. The result doesn't depend on it.</param>
    public static ImageDataset Of(ImageDataset images, int side, int threads)
    {
        int from = images.Width;
        if (side == from) return images;
        int size = side * side * ImageDataset.Channels;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(images.Count * size));
        PixelBox whole = new(0, 0, images.Height, from), window = new(0, 0, side, side);
        Parallel.For(0, images.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
            Resampler.Resize(images.Read(i), whole, side, side, window, pixels.AsSpan(i * size, size), ImageScratch.OfThread));
        return new ImageDataset(images.Name, images.ClassNames, side, side, pixels, images.Labels)
        {
            Border = images.Border * side / from,
            CropPadding = Math.Max(1, images.CropPadding * side / from),
        };
    }
}
