namespace WrnEngine.Training.Data;

/// <summary>
/// Labelled RGB images. They stay bytes until a batch needs them: a float copy would be four times as large, and converting a batch costs
/// less than reading one. Where even the bytes are too many, an <see cref="ImageStore"/> decodes each image when it is read.
/// </summary>
public sealed class ImageDataset
{
    /// <summary>Every image has three channels, red, green and blue.</summary>
    public const int Channels = 3;

    /// <summary>The largest side that a network may read: rows are assembled on the stack.</summary>
    public const int MaxSide = 1024;

    private readonly ImageStore _store;

    /// <summary>Wraps pixels and labels without copying them.</summary>
    /// <param name="name">The name that runs and results carry.</param>
    /// <param name="classNames">One name per class.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <param name="pixels">[N, H, W, 3] bytes.</param>
    /// <param name="labels">[N] classes.</param>
    /// <exception cref="ArgumentException">The sizes don't fit each other, or a label is out of range.</exception>
    public ImageDataset(string name, IReadOnlyList<string> classNames, int height, int width, byte[] pixels, int[] labels)
        : this(name, classNames, height, width, new PackedImages(pixels, height, width), labels)
    {
        long expected = (long)labels.Length * height * width * Channels;
        if (pixels.LongLength != expected)
        {
            throw new ArgumentException(
                $"{labels.Length} images of {height} x {width} x {Channels} need {expected} bytes, not {pixels.LongLength}.");
        }
    }

    /// <summary>Images that a store reads one at a time.</summary>
    /// <param name="name">The name that runs and results carry.</param>
    /// <param name="classNames">One name per class.</param>
    /// <param name="height">Rows of what a network reads; an image of the store may have another size, for a transform that crops it.</param>
    /// <param name="width">Columns of what a network reads.</param>
    /// <param name="store">Where the images are.</param>
    /// <param name="labels">[N] classes.</param>
    /// <exception cref="ArgumentException">The size is out of range, or a label is.</exception>
    public ImageDataset(string name, IReadOnlyList<string> classNames, int height, int width, ImageStore store, int[] labels)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(labels);
        if (height is < 1 or > MaxSide || width is < 1 or > MaxSide)
            throw new ArgumentException($"Images of {height} x {width} are outside 1 x 1 to {MaxSide} x {MaxSide}.");
        int bad = labels.AsSpan().IndexOfAnyExceptInRange(0, classNames.Count - 1);
        if (bad >= 0)
            throw new ArgumentException($"Image {bad} has the label {labels[bad]}, but there are {classNames.Count} classes.");
        (Name, ClassNames, Height, Width, _store, Labels) = (name, classNames, height, width, store, labels);
    }

    /// <summary>The name that runs and results carry.</summary>
    public string Name { get; }

    /// <summary>One name per class.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount => ClassNames.Count;

    /// <summary>Rows of what a network reads.</summary>
    public int Height { get; }

    /// <summary>Columns of what a network reads.</summary>
    public int Width { get; }

    /// <summary>Black pixels that the loader put around each image, on each side.</summary>
    public int Border { get; init; }

    /// <summary>Pixels that <see cref="CropFlip"/> pads an image by: the paper's 4, fewer where images were shrunk.</summary>
    public int CropPadding { get; init; } = CropFlip.Padding;

    /// <summary>True when the images are bytes in memory, all of <see cref="Height"/> x <see cref="Width"/>.</summary>
    public bool IsInMemory => _store is PackedImages;

    /// <summary>[N, H, W, 3] bytes.</summary>
    /// <exception cref="InvalidOperationException">The images aren't in memory.</exception>
    public byte[] Pixels => _store is PackedImages packed
        ? packed.Pixels : throw new InvalidOperationException($"The images of {Name} are decoded when they are read; there is no array of them.");

    /// <summary>[N] classes.</summary>
    public int[] Labels { get; }

    /// <summary>Number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>Values of one sample: H * W * 3.</summary>
    public int ImageSize => Height * Width * Channels;

    /// <summary>One image as it is stored. It is valid until the next call on the same thread.</summary>
    /// <exception cref="DatasetException">Its file can't be read or decoded.</exception>
    public RgbImage Read(int index) => _store.Read(index);

    /// <summary>The bytes of one image, [H, W, 3].</summary>
    /// <exception cref="InvalidOperationException">The image has another size than a network reads.</exception>
    /// <exception cref="DatasetException">Its file can't be read or decoded.</exception>
    public ReadOnlySpan<byte> Image(int index)
    {
        RgbImage image = Read(index);
        return (image.Height, image.Width) == (Height, Width) ? image.Pixels : throw new InvalidOperationException(
            $"Image {index} of {Name} has {image.Height} x {image.Width} pixels, not {Height} x {Width}.");
    }
}
