using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.Win32.SafeHandles;

namespace WrnEngine.Training.Data;

/// <summary>
/// Reads CIFAR-10 and CIFAR-100 in their binary form. Files are known by size, number of records and labels, not by a hash, so that a
/// set made from other sources in the same layout serves as well.
/// </summary>
internal static class CifarLoader
{
    private const int RecordsPerChunk = 256; // 0.8 MB: read and turned while it is in the cache
    private const int SuperclassCount = 20;

    /// <summary>The folder that holds at least one file of the set, or null.</summary>
    public static string? Find(CifarLayout layout, string dataDirectory) =>
        DataFolder.Find(DataFolder.Candidates(dataDirectory, [layout.Folder]), layout.Files);

    /// <summary>Reads training and test images.</summary>
    /// <exception cref="DatasetException">A file is missing, unreadable, or not what it should be.</exception>
    public static (ImageDataset Train, ImageDataset Test) Load(CifarLayout layout, string dataDirectory, int threads)
    {
        string folder = Find(layout, dataDirectory) ?? throw NotFound(layout, dataDirectory);
        string[] missing = [.. layout.Files.Where(file => !File.Exists(Path.Combine(folder, file)))];
        if (missing.Length > 0)
        {
            throw new DatasetException(
                DatasetError.NotFound,
                $"{layout.Title} in {folder} is incomplete: {string.Join(", ", missing)} missing; unpack {layout.Archive} there again.");
        }

        ImageDataset train = Read(layout, [.. layout.TrainFiles.Select(file => Path.Combine(folder, file))], layout.TrainRecords, threads);
        ImageDataset test = Read(layout, [Path.Combine(folder, layout.TestFile)], layout.TestRecords, threads);
        return (train, test);
    }

    private static DatasetException NotFound(CifarLayout layout, string dataDirectory)
    {
        string usual = Path.Combine(dataDirectory, layout.Folder);
        string python = layout.Folder.Replace("-batches-bin", "-batches-py", StringComparison.Ordinal)
            .Replace("-binary", "-python", StringComparison.Ordinal);
        string hint = Directory.Exists(Path.Combine(dataDirectory, python))
            ? $" ({python} there is the Python version, which is not read)" : "";
        return new DatasetException(
            DatasetError.NotFound,
            $"{layout.Title} was not found: neither {dataDirectory} nor {usual} holds {layout.TrainFiles[0]} or {layout.TestFile}{hint}; "
            + $"give --download, unpack {layout.Archive} and point --data-dir at its folder, or use --dataset synthetic.");
    }

    private static ImageDataset Read(CifarLayout layout, string[] paths, int recordsPerFile, int threads)
    {
        var handles = new List<SafeFileHandle>();
        try
        {
            foreach (string path in paths)
            {
                handles.Add(DataFolder.Guard(path, () => File.OpenHandle(path)));
                CheckSize(layout, path, DataFolder.Guard(path, () => RandomAccess.GetLength(handles[^1])), recordsPerFile);
            }

            int count = paths.Length * recordsPerFile;
            byte[] pixels = GC.AllocateUninitializedArray<byte>(count * CifarLayout.PixelBytes);
            byte[] heads = new byte[count * layout.LabelBytes];
            int chunksPerFile = (recordsPerFile + RecordsPerChunk - 1) / RecordsPerChunk;
            Parallel.For(
                0,
                paths.Length * chunksPerFile,
                new ParallelOptions { MaxDegreeOfParallelism = threads },
                () => new byte[Math.Min(RecordsPerChunk, recordsPerFile) * layout.RecordSize],
                (chunk, _, buffer) =>
                {
                    int file = chunk / chunksPerFile;
                    int first = chunk % chunksPerFile * RecordsPerChunk;
                    int records = Math.Min(RecordsPerChunk, recordsPerFile - first);
                    ReadFully(handles[file], paths[file], buffer.AsSpan(0, records * layout.RecordSize), (long)first * layout.RecordSize);
                    Unpack(layout, buffer, records, (file * recordsPerFile) + first, pixels, heads);
                    return buffer;
                },
                _ => { });
            int[] labels = CheckLabels(layout, paths, recordsPerFile, heads);
            return new ImageDataset(layout.Key, layout.ClassNames, CifarLayout.Side, CifarLayout.Side, pixels, labels);
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<DatasetException>().FirstOrDefault() is { } cause)
        {
            throw new DatasetException(cause.Error, cause.Message, e);
        }
        finally
        {
            handles.ForEach(handle => handle.Dispose());
        }
    }

    private static void CheckSize(CifarLayout layout, string path, long size, int records)
    {
        long expected = (long)records * layout.RecordSize;
        if (size == expected)
            return;
        string found = size % layout.RecordSize == 0 ? $"{size / layout.RecordSize} records"
            : $"no whole number of records{OtherRecordSize(layout, size)}";
        throw new DatasetException(
            DatasetError.Invalid,
            $"{path} has {size} bytes, which is {found}, but {layout.Title} needs {expected} ({records} records of {layout.RecordSize} bytes); "
            + $"unpack {layout.Archive} again.");
    }

    private static string OtherRecordSize(CifarLayout layout, long size)
    {
        CifarLayout other = layout.LabelBytes == 1 ? CifarLayout.Cifar100 : CifarLayout.Cifar10;
        return size > 0 && size % other.RecordSize == 0 ? $" (its records look like {other.Title}'s, of {other.RecordSize} bytes)" : "";
    }

    private static void ReadFully(SafeFileHandle handle, string path, Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            int read;
            try
            {
                read = RandomAccess.Read(handle, buffer, offset);
            }
            catch (IOException e)
            {
                throw new DatasetException(
                    DatasetError.Unreadable, $"{path} can't be read ({e.Message.TrimEnd('.')}); check the disk and the file's permissions.", e);
            }

            if (read == 0)
                throw new DatasetException(DatasetError.Invalid, $"{path} became shorter while it was read (at byte {offset}); try again.");
            buffer = buffer[read..];
            offset += read;
        }
    }

    private static void Unpack(CifarLayout layout, byte[] records, int count, int firstImage, byte[] pixels, byte[] heads)
    {
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> record = records.AsSpan(i * layout.RecordSize, layout.RecordSize);
            int image = firstImage + i;
            record[..layout.LabelBytes].CopyTo(heads.AsSpan(image * layout.LabelBytes));
            Interleave(record[layout.LabelBytes..], pixels.AsSpan(image * CifarLayout.PixelBytes, CifarLayout.PixelBytes));
        }
    }

    /// <summary>Planes [3, H, W] to pixels [H, W, 3], 16 pixels at a time.</summary>
    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        const byte None = 255; // an index out of range shuffles in a zero
        ref byte source = ref MemoryMarshal.GetReference(planes);
        ref byte target = ref MemoryMarshal.GetReference(pixels);
        for (int i = 0; i < CifarLayout.PlaneSize; i += 16)
        {
            Vector128<byte> r = Vector128.LoadUnsafe(ref source, (nuint)i);
            Vector128<byte> g = Vector128.LoadUnsafe(ref source, (nuint)(i + CifarLayout.PlaneSize));
            Vector128<byte> b = Vector128.LoadUnsafe(ref source, (nuint)(i + (2 * CifarLayout.PlaneSize)));
            Vector128<byte> first =
                Vector128.Shuffle(r, Vector128.Create(0, None, None, 1, None, None, 2, None, None, 3, None, None, 4, None, None, 5))
                | Vector128.Shuffle(g, Vector128.Create(None, 0, None, None, 1, None, None, 2, None, None, 3, None, None, 4, None, None))
                | Vector128.Shuffle(b, Vector128.Create(None, None, 0, None, None, 1, None, None, 2, None, None, 3, None, None, 4, None));
            Vector128<byte> second =
                Vector128.Shuffle(r, Vector128.Create(None, None, 6, None, None, 7, None, None, 8, None, None, 9, None, None, 10, None))
                | Vector128.Shuffle(g, Vector128.Create(5, None, None, 6, None, None, 7, None, None, 8, None, None, 9, None, None, 10))
                | Vector128.Shuffle(b, Vector128.Create(None, 5, None, None, 6, None, None, 7, None, None, 8, None, None, 9, None, None));
            Vector128<byte> third =
                Vector128.Shuffle(r, Vector128.Create(None, 11, None, None, 12, None, None, 13, None, None, 14, None, None, 15, None, None))
                | Vector128.Shuffle(g, Vector128.Create(None, None, 11, None, None, 12, None, None, 13, None, None, 14, None, None, 15, None))
                | Vector128.Shuffle(b, Vector128.Create(10, None, None, 11, None, None, 12, None, None, 13, None, None, 14, None, None, 15));
            first.StoreUnsafe(ref target, (nuint)(3 * i));
            second.StoreUnsafe(ref target, (nuint)((3 * i) + 16));
            third.StoreUnsafe(ref target, (nuint)((3 * i) + 32));
        }
    }

    /// <summary>Looks at the labels in order, so that the same broken file always gives the same sentence.</summary>
    private static int[] CheckLabels(CifarLayout layout, string[] paths, int recordsPerFile, byte[] heads)
    {
        var labels = new int[heads.Length / layout.LabelBytes];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = heads[((i + 1) * layout.LabelBytes) - 1];
            if (labels[i] >= layout.ClassNames.Count)
                throw BadLabel("label", labels[i], layout.ClassNames.Count, i);
            if (layout.LabelBytes == 2 && heads[i * 2] >= SuperclassCount)
                throw BadLabel("coarse label", heads[i * 2], SuperclassCount, i);
        }

        return labels;

        DatasetException BadLabel(string what, int label, int count, int image) => new(
            DatasetError.Invalid,
            $"{paths[image / recordsPerFile]} has the {what} {label} in record {image % recordsPerFile}, but {layout.Title} has 0 to {count - 1}; "
            + $"unpack {layout.Archive} again.");
    }
}
