using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Training.Data;

/// <summary>How an image file becomes an image of a data set.</summary>
/// <param name="Height">Rows, or 0 for the file's own.</param>
/// <param name="Width">Columns, or 0 for the file's own.</param>
/// <param name="Resizes">
/// True: the shorter side is resized and the centre taken, for Height = Width. False: a file of another size is an error.
/// </param>
internal readonly record struct ImageFit(int Height, int Width, bool Resizes)
{
    /// <summary>Every image in its own size.</summary>
    public static ImageFit AsItIs => default;

    /// <summary>A file must have this size.</summary>
    public static ImageFit Exactly(int height, int width) => new(height, width, Resizes: false);

    /// <summary>A file becomes a square.</summary>
    public static ImageFit Square(int side) => new(side, side, Resizes: true);
}

/// <summary>Image files of a data set, decoded each time they are read.</summary>
/// <param name="files">The paths, by index.</param>
/// <param name="fit">What becomes of an image.</param>
internal sealed class ImageFiles(IReadOnlyList<ClassFile> files, ImageFit fit) : ImageStore
{
    public override RgbImage Read(int index)
    {
        string path = files[index].Path;
        RgbImage image = ImageDecoder.Decode(path);
        if (fit == ImageFit.AsItIs || (image.Height, image.Width) == (fit.Height, fit.Width))
            return image;
        if (!fit.Resizes)
            throw OtherSize(path, image.Height, image.Width, fit);
        ImageScratch scratch = ImageScratch.OfThread;
        Span<byte> pixels = scratch.Fitted(fit.Height * fit.Width * ImageDataset.Channels);
        CentreCropTransform.Crop(image, fit.Height, fit.Height, pixels, scratch);
        return new RgbImage(pixels, fit.Height, fit.Width);
    }

    private static DatasetException OtherSize(string path, int height, int width, ImageFit fit) => new(
        DatasetError.Invalid,
        $"{path} has {width} x {height} pixels and the images before it have {fit.Width} x {fit.Height}; give --image-size S to resize them all.");
}

/// <summary>One image file; the folder's path is shared by all files in it.</summary>
internal readonly record struct ClassFile(string Folder, string Name)
{
    public string Path => System.IO.Path.Combine(Folder, Name);
}
