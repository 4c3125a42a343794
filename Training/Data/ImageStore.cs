namespace WrnEngine.Training.Data;

/// <summary>Reads images by their index. Safe to use on several threads.</summary>
public abstract class ImageStore
{
    /// <summary>One image. It is valid until the next call on the same thread.</summary>
    /// <exception cref="DatasetException">It can't be read or decoded.</exception>
    public abstract RgbImage Read(int index);
}

/// <summary>The pixels of one image.</summary>
/// <param name="pixels">[H, W, 3] bytes.</param>
/// <param name="height">Rows.</param>
/// <param name="width">Columns.</param>
public readonly ref struct RgbImage(ReadOnlySpan<byte> pixels, int height, int width)
{
    /// <summary>[H, W, 3] bytes.</summary>
    public ReadOnlySpan<byte> Pixels { get; } = pixels;

    /// <summary>Rows.</summary>
    public int Height { get; } = height;

    /// <summary>Columns.</summary>
    public int Width { get; } = width;
}

/// <summary>Images of one size, side by side in one array [N, H, W, 3].</summary>
internal sealed class PackedImages : ImageStore
{
    private readonly int _height;
    private readonly int _width;
    private readonly int _imageSize;

    public PackedImages(byte[] pixels, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        (Pixels, _height, _width) = (pixels, height, width);
        _imageSize = unchecked(height * width * ImageDataset.Channels); // the data set refuses sizes for which this could overflow
    }

    public byte[] Pixels { get; }

    public override RgbImage Read(int index) => new(Pixels.AsSpan(checked(index * _imageSize), _imageSize), _height, _width);
}
