using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Training.Prediction;

/// <summary>
/// Turns image files into what a network reads, as evaluation on its data set does: a picture of the network's own size is taken as it is; any other one
/// is resized, keeping its aspect, until it just covers the size, and the centre is taken; then come border and normalisation.
/// </summary>
internal sealed class ImageInput
{
    private readonly Preprocessing _images;
    private readonly RowNormalizer _row;

    /// <summary>For the network of a checkpoint.</summary>
    /// <param name="images">What the checkpoint says.</param>
    /// <exception cref="NotSupportedException">The network was trained on whitened images.</exception>
    public ImageInput(Preprocessing images)
    {
        ArgumentNullException.ThrowIfNull(images);
        _images = images;
        _row = new RowNormalizer(
            images.Normalization ?? throw new NotSupportedException(
                "its network was trained on whitened images (--normalize zca), and the whitening takes the whole data set, not single pictures"),
            images.Width);
    }

    /// <summary>Rows of the input.</summary>
    public int Height => _images.Height;

    /// <summary>Columns of the input.</summary>
    public int Width => _images.Width;

    /// <summary>Values of one input: H * W * 3.</summary>
    public int Size => Height * Width * ImageDataset.Channels;

    /// <summary>Decodes a PNG or JPEG file and fits it; grey becomes three equal channels, alpha is dropped.</summary>
    /// <returns>[H, W, 3] bytes.</returns>
    /// <exception cref="DatasetException">It can't be read, or is no image that this reads.</exception>
    public byte[] ReadPixels(string path)
    {
        var pixels = new byte[Size];
        Fit(ImageDecoder.Decode(path), pixels);
        return pixels;
    }

    /// <summary>Subtracts means and divides by deviations.</summary>
    /// <param name="pixels">[H, W, 3] bytes.</param>
    /// <param name="values">[H, W, 3] floats.</param>
    public void Normalize(ReadOnlySpan<byte> pixels, Span<float> values)
    {
        int stride = Width * ImageDataset.Channels;
        for (int y = 0; y < Height; y++) _row.Apply(pixels.Slice(y * stride, stride), values.Slice(y * stride, stride));
    }

    /// <summary>Resizes, crops and frames a picture of any size.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="pixels">[H, W, 3] bytes, zero; the border stays zero.</param>
    internal void Fit(RgbImage image, Span<byte> pixels)
    {
        ImageScratch scratch = ImageScratch.OfThread;
        if (_images.ResizedSide is { } side && Height == Width)
        {
            CentreCropTransform.Crop(image, side, Width, pixels, scratch);
            return;
        }

        if ((image.Height, image.Width) == (Height, Width))
        {
            image.Pixels.CopyTo(pixels);
            return;
        }

        int border = _images.Border, height = Height - (2 * border), width = Width - (2 * border);
        Span<byte> inner = scratch.Cropped(height * width * ImageDataset.Channels);
        if ((image.Height, image.Width) == (height, width)) image.Pixels.CopyTo(inner);
        else Cover(image, height, width, inner, scratch);
        int stride = width * ImageDataset.Channels;
        for (int y = 0; y < height; y++)
            inner.Slice(y * stride, stride).CopyTo(pixels[((((y + border) * Width) + border) * ImageDataset.Channels)..]);
    }

    /// <summary>Resizes to the smallest size with the picture's aspect that covers height x width, and takes the centre.</summary>
    private static void Cover(RgbImage image, int height, int width, Span<byte> destination, ImageScratch scratch)
    {
        bool fitsRows = (long)image.Height * width <= (long)image.Width * height; // the rows are what is short
        int resizedHeight = fitsRows ? height : Math.Max(height, Scaled(image.Height, width, image.Width));
        int resizedWidth = fitsRows ? Math.Max(width, Scaled(image.Width, height, image.Height)) : width;
        var window = new PixelBox((resizedHeight - height) / 2, (resizedWidth - width) / 2, height, width);
        Resampler.Resize(image, new PixelBox(0, 0, image.Height, image.Width), resizedHeight, resizedWidth, window, destination, scratch);
    }

    private static int Scaled(long side, long to, long from) => (int)Math.Min(int.MaxValue, side * to / from);
}
