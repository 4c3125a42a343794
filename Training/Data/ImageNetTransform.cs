using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Training.Data;

/// <summary>ImageNet's augmentation (<see cref="ImageNetDraw"/>) and normalisation, for square samples made of images of any size.</summary>
public sealed class ImageNetTransform : SampleTransform
{
    private readonly ChannelNormalization _normalization;
    private readonly ulong _seed;

    /// <summary>For a run with the given seed.</summary>
    public ImageNetTransform(ChannelNormalization normalization, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(normalization);
        (_normalization, _seed) = (normalization, seed);
    }

    /// <inheritdoc/>
    public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(images);
        int side = CentreCropTransform.SideOf(images);
        ImageScratch scratch = ImageScratch.OfThread;
        RgbImage image = images.Read(index);
        var draw = ImageNetDraw.Draw(_seed, index, epoch, image.Height, image.Width);
        Span<byte> pixels = scratch.Cropped(images.ImageSize);
        if (draw.IsWhole)
            CentreCropTransform.Crop(image, side, side, pixels, scratch);
        else
            Resampler.Resize(image, draw.Part, side, side, new PixelBox(0, 0, side, side), pixels, scratch);

        // The sums are integers, so the mean is the same in any order.
        Span<long> sums = stackalloc long[ImageDataset.Channels];
        for (int i = 0; i <= pixels.Length - 3; i += 3)
        {
            sums[0] += pixels[i];
            sums[1] += pixels[i + 1];
            sums[2] += pixels[i + 2];
        }

        Span<double> mean = stackalloc double[ImageDataset.Channels];
        for (int c = 0; c < ImageDataset.Channels; c++)
            mean[c] = sums[c] / ((double)side * side);
        ColourMap.Of(draw, mean, _normalization).Apply(pixels, side, draw.Flip, destination);
    }
}

/// <summary>What evaluation on ImageNet reads: the shorter side resized to 256/224 of the network's size, then the centre.</summary>
public sealed class CentreCropTransform : SampleTransform
{
    private readonly RowNormalizer _row;

    /// <summary>For samples of <paramref name="side"/> columns.</summary>
    public CentreCropTransform(ChannelNormalization normalization, int side) => _row = new RowNormalizer(normalization, side);

    /// <inheritdoc/>
    public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(images);
        int side = SideOf(images), stride = side * ImageDataset.Channels;
        ImageScratch scratch = ImageScratch.OfThread;
        Span<byte> pixels = scratch.Cropped(images.ImageSize);
        Crop(images.Read(index), ResizedSide(side), side, pixels, scratch);
        for (int y = 0; y < side; y++)
            _row.Apply(pixels.Slice(y * stride, stride), destination.Slice(y * stride, stride));
    }

    /// <summary>256 for 224.</summary>
    internal static int ResizedSide(int side) => (int)Math.Round(side * 256.0 / 224);

    /// <summary>Resizes the shorter side and takes the centre.</summary>
    internal static void Crop(RgbImage image, int shorter, int side, Span<byte> destination, ImageScratch scratch)
    {
        (int height, int width) = Resampler.WithShorterSide(image.Height, image.Width, shorter);
        Resampler.Resize(
            image, new PixelBox(0, 0, image.Height, image.Width), height, width, Resampler.Centre(height, width, side), destination, scratch);
    }

    internal static int SideOf(ImageDataset images) => images.Height == images.Width ? images.Width : throw new ArgumentException(
        $"Augmentation for ImageNet makes square samples, not {images.Height} x {images.Width}.", nameof(images));
}
