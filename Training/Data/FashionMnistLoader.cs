namespace WrnEngine.Training.Data;

/// <summary>
/// Reads Fashion-MNIST: 28 x 28 grey images in IDX files, padded with black to 32 x 32 and copied to three channels, so that every
/// network for CIFAR takes them.
/// </summary>
internal static class FashionMnistLoader
{
    public const string Key = "fashion-mnist";
    private const string Title = "Fashion-MNIST";
    private const int SourceSide = 28;
    private const int Side = 32;
    private const int Border = (Side - SourceSide) / 2;
    private const int ImagesPerChunk = 1024;

    // Where Debian's package dataset-fashion-mnist puts the files.
    private const string SystemFolder = "/usr/share/datasets/fashion-mnist";

    public static readonly string[] ClassNames =
        ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"];

    private static readonly string[] UsualFolders = ["fashion-mnist", "FashionMNIST/raw", "FashionMNIST", "fashion"];

    private static readonly string[] Sets = ["train", "t10k"];

    /// <summary>Reads training and test images.</summary>
    /// <exception cref="DatasetException">A file is missing, unreadable, or not what it should be.</exception>
    public static (ImageDataset Train, ImageDataset Test) Load(
        string dataDirectory, int threads, int trainImages = 60_000, int testImages = 10_000, string systemFolder = SystemFolder)
    {
        string[] candidates = [.. DataFolder.Candidates(dataDirectory, UsualFolders), systemFolder];
        string folder = DataFolder.Find(candidates, Sets.SelectMany(set => FileNames(set, "images", 3))) ?? throw new DatasetException(
            DatasetError.NotFound,
            $"{Title} was not found: none of {string.Join(", ", candidates)} holds train-images-idx3-ubyte or its .gz; "
            + "give --download, put the four IDX files there and point --data-dir at them, install Debian's dataset-fashion-mnist, or use --dataset synthetic.");

        // Unpacking takes most of the time and can't be divided, so the two sets are read side by side.
        int[] counts = [trainImages, testImages];
        var images = new ImageDataset?[Sets.Length];
        var failures = new DatasetException?[Sets.Length];
        Parallel.For(0, Sets.Length, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
        {
            try
            {
                images[i] = Read(folder, Sets[i], counts[i], threads);
            }
            catch (DatasetException e)
            {
                failures[i] = e;
            }
        });
        if (failures.FirstOrDefault(failure => failure is not null) is { } first)
            throw new DatasetException(first.Error, first.Message, first);
        return (images[0]!, images[1]!);
    }

    /// <summary>True when the first folder that holds images of the set holds all four files.</summary>
    public static bool IsComplete(string dataDirectory, string systemFolder = SystemFolder) =>
        DataFolder.Find([.. DataFolder.Candidates(dataDirectory, UsualFolders), systemFolder], Sets.SelectMany(set => FileNames(set, "images", 3))) is { } folder
        && Sets.All(set => Has(folder, set, "images", 3) && Has(folder, set, "labels", 1));

    private static bool Has(string folder, string set, string kind, int rank) =>
        FileNames(set, kind, rank).Any(name => File.Exists(Path.Combine(folder, name)));

    private static ImageDataset Read(string folder, string set, int count, int threads)
    {
        string labelPath = Locate(folder, set, "labels", 1);
        byte[] labels = IdxFile.Read(labelPath, [count]);
        int bad = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(ClassNames.Length - 1));
        if (bad >= 0)
        {
            throw new DatasetException(
                DatasetError.Invalid,
                $"{labelPath} has the label {labels[bad]} in record {bad}, but {Title} has 0 to {ClassNames.Length - 1}; fetch the file again.");
        }

        byte[] grey = IdxFile.Read(Locate(folder, set, "images", 3), [count, SourceSide, SourceSide]);
        byte[] pixels = PadToColour(grey, count, threads);
        return new ImageDataset(Key, ClassNames, Side, Side, pixels, Array.ConvertAll(labels, label => (int)label)) { Border = Border };
    }

    private static string Locate(string folder, string set, string kind, int rank)
    {
        string[] names = [.. FileNames(set, kind, rank)];
        return names.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) ?? throw new DatasetException(
            DatasetError.NotFound,
            $"{Title} in {folder} is incomplete: {names[0]} (or {names[1]}) is missing; put the four IDX files there.");
    }

    private static IEnumerable<string> FileNames(string set, string kind, int rank) =>
        [$"{set}-{kind}-idx{rank}-ubyte.gz", $"{set}-{kind}-idx{rank}-ubyte", $"{set}-{kind}.idx{rank}-ubyte.gz", $"{set}-{kind}.idx{rank}-ubyte"];

    private static byte[] PadToColour(byte[] grey, int count, int threads)
    {
        const int ImageSize = Side * Side * ImageDataset.Channels;
        var pixels = new byte[count * ImageSize]; // zeros: the border is black
        int chunks = (count + ImagesPerChunk - 1) / ImagesPerChunk;
        Parallel.For(0, chunks, new ParallelOptions { MaxDegreeOfParallelism = threads }, chunk =>
        {
            int end = Math.Min(count, (chunk + 1) * ImagesPerChunk);
            for (int i = chunk * ImagesPerChunk; i < end; i++)
            {
                for (int row = 0; row < SourceSide; row++)
                {
                    ReadOnlySpan<byte> source = grey.AsSpan(((i * SourceSide) + row) * SourceSide, SourceSide);
                    Span<byte> target = pixels.AsSpan(
                        (i * ImageSize) + ((((row + Border) * Side) + Border) * ImageDataset.Channels), SourceSide * ImageDataset.Channels);
                    for (int x = 0; x < SourceSide; x++)
                        target.Slice(3 * x, 3).Fill(source[x]);
                }
            }
        });
        return pixels;
    }
}
