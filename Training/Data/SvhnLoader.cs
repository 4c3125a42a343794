using System.Runtime.CompilerServices;
using WrnEngine.Training.Data.Matlab;

namespace WrnEngine.Training.Data;

/// <summary>
/// Reads SVHN's cropped digits: X [32, 32, 3, N] bytes and y [N, 1] labels of 1 to 10, where 10 is the digit 0, in MATLAB files. Training has
/// the 73,257 images of train and, as in the paper, the 531,131 of extra. The pixels are unpacked straight to their place.
/// </summary>
internal static class SvhnLoader
{
    /// <summary>The name on the command line.</summary>
    public const string Key = "svhn";

    private const string TrainFile = "train_32x32.mat", TestFile = "test_32x32.mat", ExtraFile = "extra_32x32.mat";
    private const int Side = 32, PlaneSize = Side * Side, ImageSize = ImageDataset.Channels * PlaneSize;
    private const int ImagesPerChunk = 64; // 192 KB, unpacked and turned while they are in the cache

    private static readonly string[] UsualFolders = ["svhn", "SVHN"];

    public static readonly string[] ClassNames = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    /// <summary>Whether training takes the extra images: what was asked for, or whether the file is there.</summary>
    public static bool UsesExtra(SvhnExtra extra, string dataDirectory) =>
        extra == SvhnExtra.Auto ? Find(dataDirectory) is { } folder && File.Exists(Path.Combine(folder, ExtraFile)) : extra == SvhnExtra.On;

    /// <summary>Reads training and test images.</summary>
    /// <exception cref="DatasetException">A file is missing, unreadable, or not what it should be.</exception>
    public static LoadedImages Load(string dataDirectory, SvhnExtra extra, int threads)
    {
        string folder = Find(dataDirectory) ?? throw new DatasetException(
            DatasetError.NotFound,
            $"SVHN was not found: neither {dataDirectory} nor {Path.Combine(dataDirectory, UsualFolders[0])} holds {TrainFile} or {TestFile}; "
            + "give --download, put the files of format 2 (cropped digits) there, or use --dataset synthetic.");
        bool usesExtra = UsesExtra(extra, dataDirectory);
        string[] names = usesExtra ? [TrainFile, ExtraFile, TestFile] : [TrainFile, TestFile];
        string[] missing = [.. names.Where(name => !File.Exists(Path.Combine(folder, name)))];
        if (missing.Length > 0)
        {
            string hint = missing is [ExtraFile] ? "put it there, or train without it (--svhn-extra off)" : "put the files there";
            throw new DatasetException(DatasetError.NotFound, $"SVHN in {folder} is incomplete: {string.Join(", ", missing)} missing; {hint}.");
        }

        var files = new List<SvhnFile>();
        try
        {
            foreach (string name in names)
                files.Add(new SvhnFile(Path.Combine(folder, name)));
            ImageDataset train = Allocate(files[..^1]), test = Allocate(files[^1..]);

            // The largest file decides how long it takes, so it goes first; in each, X is by far the larger part.
            int first = 0;
            var parts = new List<(SvhnFile File, ImageDataset Images, int First)>();
            foreach (SvhnFile file in files[..^1])
            {
                parts.Add((file, train, first));
                first += file.Count;
            }

            parts.Add((files[^1], test, 0));
            parts.Sort((a, b) => b.File.Count.CompareTo(a.File.Count));
            DataFolder.InParallel(parts.Count, threads, i => Read(parts[i].File, parts[i].Images, parts[i].First));
            return new LoadedImages(train, test)
            {
                Augmentation = Augmentation.None,
                Normalization = NormalizationSource.Unit,
                Notices = usesExtra ? [] : [WithoutExtra(folder, train.Count)],
            };
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private static string? Find(string dataDirectory) =>
        DataFolder.Find(DataFolder.Candidates(dataDirectory, UsualFolders), [TrainFile, TestFile]);

    private static string WithoutExtra(string folder, int count) =>
        $"training on the {count:N0} images of {TrainFile} alone; the paper trains on those of {ExtraFile} as well"
        + (File.Exists(Path.Combine(folder, ExtraFile)) ? " (--svhn-extra on)." : $", which is not in {folder}.");

    private static ImageDataset Allocate(List<SvhnFile> files)
    {
        long count = files.Sum(file => (long)file.Count);
        if (count * ImageSize > Array.MaxLength)
            throw new DatasetException(DatasetError.Invalid, $"SVHN has {count:N0} images here, more than fit in memory as one array; fetch the files again.");
        return new ImageDataset(Key, ClassNames, Side, Side, GC.AllocateUninitializedArray<byte>((int)count * ImageSize), new int[count]);
    }

    private static void Read(SvhnFile file, ImageDataset images, int first) => DataFolder.Guard(file.Mat.Path, () =>
    {
        ReadLabels(file, images.Labels.AsSpan(first, file.Count));
        using MatValueReader reader = file.Mat.OpenValues(file.Pixels);
        byte[] chunk = new byte[Math.Min(ImagesPerChunk, file.Count) * ImageSize];
        for (int image = 0; image < file.Count; image += ImagesPerChunk)
        {
            Span<byte> planes = chunk.AsSpan(0, Math.Min(ImagesPerChunk, file.Count - image) * ImageSize);
            reader.ReadBytes(planes);
            for (int at = 0; at < planes.Length; at += ImageSize)
                Turn(planes.Slice(at, ImageSize), images.Pixels.AsSpan(((first + image) * ImageSize) + at, ImageSize));
        }

        reader.Finish();
        return true;
    });

    private static void ReadLabels(SvhnFile file, Span<int> labels)
    {
        byte[] values = new byte[file.Count];
        using (MatValueReader reader = file.Mat.OpenValues(file.Labels))
        {
            reader.ReadBytes(values);
            reader.Finish();
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] is < 1 or > 10)
                throw MatProblem.In(file.Mat.Path, $"has the label {values[i]} for image {i}, and SVHN has 1 to 10");
            labels[i] = values[i] % 10;
        }
    }

    /// <summary>Planes whose rows vary fastest, [3, W, H], to pixels [H, W, 3].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // a set is read once, at the start of a process: no time for tiering
    private static void Turn(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        for (int x = 0; x < Side; x++)
        {
            ReadOnlySpan<byte> red = planes.Slice(x * Side, Side);
            ReadOnlySpan<byte> green = planes.Slice(PlaneSize + (x * Side), Side);
            ReadOnlySpan<byte> blue = planes.Slice((2 * PlaneSize) + (x * Side), Side);
            for (int y = 0, to = x * ImageDataset.Channels; y < Side; y++, to += Side * ImageDataset.Channels)
                (pixels[to], pixels[to + 1], pixels[to + 2]) = (red[y], green[y], blue[y]);
        }
    }

    /// <summary>One file whose two arrays fit each other.</summary>
    private sealed class SvhnFile : IDisposable
    {
        public SvhnFile(string path)
        {
            Mat = MatFile.Open(path);
            try
            {
                (Pixels, Labels) = (Mat.Find("X"), Mat.Find("y"));
                Count = Pixels.Sizes is [Side, Side, ImageDataset.Channels] ? 1 // MATLAB leaves out a last size of one
                    : Pixels.Sizes is [Side, Side, ImageDataset.Channels, > 0 and var count] ? count
                    : throw MatProblem.In(path, $"has an array X of {Pixels.SizeText}, not 32 x 32 x 3 x N");
                if (Labels.Sizes.Count != 2 || Labels.Count != Count || !Labels.Sizes.Contains(1))
                    throw MatProblem.In(path, $"has labels y of {Labels.SizeText} for {Count} images, not {Count} x 1");
            }
            catch
            {
                Mat.Dispose();
                throw;
            }
        }

        public MatFile Mat { get; }

        public MatVariable Pixels { get; }

        public MatVariable Labels { get; }

        public int Count { get; }

        public void Dispose() => Mat.Dispose();
    }
}
