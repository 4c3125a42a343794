using System.Buffers.Binary;
using System.IO.Compression;

namespace WrnEngine.Training.Data;

/// <summary>
/// Reads an IDX file of bytes, plain or gzip (told by its first bytes, not by its name): magic 0, 0, 8 (unsigned byte), rank, then one
/// big-endian 32-bit size per axis, then the data. The sizes are known beforehand, so a lying header can't make us allocate.
/// </summary>
internal static class IdxFile
{
    private const byte UnsignedByte = 8;
    private const int GzipTrailer = 4; // the last four bytes hold the unpacked length

    /// <summary>The data of a file whose axes must be <paramref name="sizes"/>.</summary>
    /// <exception cref="DatasetException">The file is missing, unreadable, or not what it should be.</exception>
    public static byte[] Read(string path, IReadOnlyList<int> sizes) => DataFolder.Guard(path, () =>
    {
        using FileStream file = File.OpenRead(path);
        return Read(path, file, sizes);
    });

    /// <summary>The same, of a file that is open.</summary>
    /// <exception cref="DatasetException">The file is not what it should be.</exception>
    public static byte[] Read(string path, Stream file, IReadOnlyList<int> sizes)
    {
        bool packed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        if (!packed)
            return ReadArray(path, file, sizes, file.Length);
        try
        {
            using var unpacked = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
            return ReadArray(path, unpacked, sizes, UnpackedLength(file));
        }
        catch (InvalidDataException e)
        {
            throw Invalid(path, $"is not a whole gzip file ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static byte[] ReadArray(string path, Stream stream, IReadOnlyList<int> sizes, long length)
    {
        Span<byte> header = stackalloc byte[4 + (4 * sizes.Count)];
        int read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read < header.Length)
            throw Invalid(path, $"ends after {read} bytes, inside its header of {header.Length}");
        if (header[0] != 0 || header[1] != 0 || header[2] != UnsignedByte || header[3] != sizes.Count)
        {
            uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
            throw Invalid(
                path,
                $"begins with the magic number 0x{magic:x8}, but an IDX file of bytes with {sizes.Count} axes begins with "
                + $"0x{0x800 + sizes.Count:x8}");
        }

        long count = 1;
        for (int axis = 0; axis < sizes.Count; axis++)
        {
            uint found = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * axis))..]);
            if (found != sizes[axis])
                throw Invalid(path, $"has {found} along axis {axis}, but {string.Join(" x ", sizes)} is expected");
            count *= sizes[axis];
        }

        long expected = header.Length + count;
        if (length != expected)
            throw Invalid(path, $"holds {length} bytes, but {string.Join(" x ", sizes)} needs {expected}");
        byte[] data = GC.AllocateUninitializedArray<byte>((int)count);
        read = stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false);
        if (read < data.Length)
            throw Invalid(path, $"ends after {header.Length + read} bytes, but {string.Join(" x ", sizes)} needs {expected}");
        if (stream.ReadByte() >= 0) // at the end of a gzip file this also makes the stream compare the checksum
            throw Invalid(path, $"goes on after the {expected} bytes that {string.Join(" x ", sizes)} needs");
        return data;
    }

    /// <summary>
    /// The unpacked length that a gzip file states at its end. The stream doesn't look at a trailer that was cut off; a wrong length
    /// here gives it away.
    /// </summary>
    private static long UnpackedLength(Stream file)
    {
        if (file.Length < 18) // ten bytes of header, eight of trailer
            throw new InvalidDataException($"it has only {file.Length} bytes");
        Span<byte> trailer = stackalloc byte[GzipTrailer];
        long position = file.Position;
        file.Position = file.Length - GzipTrailer;
        file.ReadExactly(trailer);
        file.Position = position;
        return BinaryPrimitives.ReadUInt32LittleEndian(trailer);
    }

    private static DatasetException Invalid(string path, string finding, Exception? cause = null) =>
        new(DatasetError.Invalid, $"{path} {finding}; fetch the file again.", cause);
}
