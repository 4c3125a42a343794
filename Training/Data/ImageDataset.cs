namespace WrnEngine.Training.Data;

/// <summary>
/// Labelled RGB images that stay bytes in memory: a float copy would be four times as large, and converting a batch costs less than
/// reading one.
/// </summary>
public sealed class ImageDataset
{
    /// <summary>Every image has three channels, red, green and blue.</summary>
    public const int Channels = 3;

    // Rows are assembled on the stack.
    private const int MaxSide = 1024;

    /// <summary>Wraps pixels and labels without copying them.</summary>
    /// <param name="name">The name that runs and results carry.</param>
    /// <param name="classNames">One name per class.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="pixels">[N, H, W, 3] bytes.</param>
    /// <param name="labels">[N] classes.</param>
    /// <exception cref="ArgumentException">The sizes don't fit each other, or a label is out of range.</exception>
    public ImageDataset(string name, IReadOnlyList<string> classNames, int height, int width, byte[] pixels, byte[] labels)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentNullException.ThrowIfNull(labels);
        if (height is < 1 or > MaxSide || width is < 1 or > MaxSide)
            throw new ArgumentException($"Images of {height} x {width} are outside 1 x 1 to {MaxSide} x {MaxSide}.");
        long expected = (long)labels.Length * height * width * Channels;
        if (pixels.LongLength != expected)
        {
            throw new ArgumentException(
                $"{labels.Length} images of {height} x {width} x {Channels} need {expected} bytes, not {pixels.LongLength}.");
        }

        int bad = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(classNames.Count - 1));
        if (bad >= 0)
            throw new ArgumentException($"Image {bad} has the label {labels[bad]}, but there are {classNames.Count} classes.");
        (Name, ClassNames, Height, Width, Pixels, Labels) = (name, classNames, height, width, pixels, labels);
    }

    /// <summary>The name that runs and results carry.</summary>
    public string Name { get; }

    /// <summary>One name per class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Columns of an image.</summary>
    public int Width { get; }

    /// <summary>[N, H, W, 3] bytes.</summary>
    public byte[] Pixels { get; }

    /// <summary>[N] classes.</summary>
    public byte[] Labels { get; }

    /// <summary>Number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Bytes of one image: H * W * 3.</summary>
    public int ImageSize => Height * Width * Channels;

    /// <summary>The bytes of one image, [H, W, 3].</summary>
    public ReadOnlySpan<byte> Image(int index) => Pixels.AsSpan(checked(index * ImageSize), ImageSize);
}
