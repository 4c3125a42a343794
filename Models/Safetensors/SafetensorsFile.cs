using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace WrnEngine.Models.Safetensors;

/// <summary>
/// Reads safetensors files: eight bytes with the header's size, a JSON header, the tensors' bytes. The whole header is checked on opening,
/// and every file is refused that the format's specification tells readers to refuse; tensors are read one at a time when asked for, so
/// that a header which lies about sizes never makes the reader allocate more than the file holds.
/// Source: github.com/huggingface/safetensors, README, "Format".
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>Bytes in front of the header: its size as a little-endian 64-bit number.</summary>
    public const int PrefixSize = 8;

    /// <summary>The largest header the format allows.</summary>
    public const int MaxHeaderSize = 100_000_000;

    /// <summary>
    /// Metadata key of the checksum that <see cref="SafetensorsWriter"/> can add: SHA-256, in hexadecimal, over the whole file with the
    /// checksum's own 64 digits taken as zeros.
    /// </summary>
    public const string ChecksumKey = "sha256";

    private const int ChecksumDigits = SHA256.HashSizeInBytes * 2;

    private readonly Stream _stream;
    private readonly bool _ownsStream;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsFile(Stream stream, string name, bool ownsStream)
    {
        (_stream, _ownsStream, Name) = (stream, ownsStream, name);
        long length = stream.Length;
        if (length < PrefixSize) throw Error(SafetensorsFault.HeaderTooSmall, name, $"it has {length} bytes, too few for the size of a header");
        Span<byte> prefix = stackalloc byte[PrefixSize];
        ReadAt(0, prefix);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (size > MaxHeaderSize) throw Error(SafetensorsFault.HeaderTooLarge, name, $"its header claims {size} bytes; the format allows {MaxHeaderSize}");
        _dataStart = PrefixSize + (long)size;
        if (_dataStart > length)
            throw Error(SafetensorsFault.InvalidHeaderLength, name, $"it is cut off: its header claims {size} bytes and {length - PrefixSize} are there");
        byte[] json = new byte[size];
        ReadAt(PrefixSize, json);
        _header = SafetensorsHeader.Parse(json, length - _dataStart, name);
    }

    /// <summary>The name used in messages.</summary>
    public string Name { get; }

    /// <summary>Bytes of the header.</summary>
    public long HeaderSize => _dataStart - PrefixSize;

    /// <summary>Number of tensors.</summary>
    public int Count => _header.Count;

    /// <summary>The tensors in the order of their names.</summary>
    public IEnumerable<SafetensorsTensorInfo> Tensors => _header.Tensors;

    /// <summary>A copy of the metadata.</summary>
    public IReadOnlyDictionary<string, string> ReadMetadata() =>
        new SortedDictionary<string, string>(new Dictionary<string, string>(_header.Metadata), StringComparer.Ordinal);

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="SafetensorsException">The file breaks the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
#pragma warning disable IDISP001 // The file owns the stream from here on.
        var stream = OpenStream(path);
#pragma warning restore IDISP001
        try
        {
            return new SafetensorsFile(stream, path, ownsStream: true);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads from a seekable stream, which stays the caller's.</summary>
    /// <param name="stream">The content, from the stream's start to its end.</param>
    /// <param name="name">The name used in messages.</param>
    /// <exception cref="SafetensorsException">The content breaks the format.</exception>
    public static SafetensorsFile Open(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return new SafetensorsFile(stream, name, ownsStream: false);
    }

    /// <summary>The description of a tensor, or null when the file has none of that name.</summary>
    public SafetensorsTensorInfo? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _header.Find(name);
    }

    /// <summary>Reads the bytes of a tensor.</summary>
    /// <param name="info">A tensor of this file.</param>
    /// <param name="target">As long as the tensor's data.</param>
    public void Read(SafetensorsTensorInfo info, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(info);
        if (target.Length != info.SizeInBytes) throw new ArgumentException($"tensor '{info.Name}' has {info.SizeInBytes} bytes, not {target.Length}");
        ReadAt(_dataStart + info.Begin, target);
    }

    /// <summary>Reads a tensor of type F32 in row-major order, to the bit.</summary>
    /// <exception cref="ArgumentException">The tensor has another type.</exception>
    public float[] ReadFloats(SafetensorsTensorInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        if (info.DType != SafetensorsDType.F32) throw new ArgumentException($"tensor '{info.Name}' of '{Name}' is {info.DType}, not F32");
        float[] values = new float[info.SizeInBytes / sizeof(float)];
        Read(info, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Compares the file with the checksum in its metadata.</summary>
    /// <returns>False when the metadata holds none.</returns>
    /// <exception cref="SafetensorsException">The content is not what was written.</exception>
    public bool VerifyChecksum()
    {
        if (_header.FindMetadataValue(Encoding.UTF8.GetBytes(ChecksumKey)) is not var (start, length)) return false;
        if (length != ChecksumDigits) throw Error(SafetensorsFault.ChecksumMismatch, Name, $"its checksum has {length} digits instead of {ChecksumDigits}");
        long digitsAt = PrefixSize + start;
        byte[] digits = new byte[ChecksumDigits];
        ReadAt(digitsAt, digits);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, 0, digitsAt);
        hash.AppendData(ZeroChecksum);
        Append(hash, digitsAt + ChecksumDigits, _stream.Length);
        if (!digits.AsSpan().SequenceEqual(HexDigits(hash.GetHashAndReset())))
            throw Error(SafetensorsFault.ChecksumMismatch, Name, "its checksum does not fit its content: the file is damaged");
        return true;
    }

    internal static ReadOnlySpan<byte> ZeroChecksum => "0000000000000000000000000000000000000000000000000000000000000000"u8;

    internal static byte[] HexDigits(byte[] hash) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash));

    internal static SafetensorsException Error(SafetensorsFault fault, string file, string what, Exception? cause = null) =>
        new(fault, $"'{file}' is not a usable safetensors file: {what}", cause);

    private static FileStream OpenStream(string path)
    {
        try
        {
            // Whoever replaces the file meanwhile renames another one over it; this handle goes on reading the old content.
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"there is no file '{path}'", path, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(Directory.Exists(path) ? $"'{path}' is a folder, not a safetensors file" : $"cannot read '{path}': access is denied", e);
        }
    }

    private void Append(IncrementalHash hash, long from, long to)
    {
        byte[] buffer = new byte[(int)Math.Min(to - from, 1 << 16)];
        while (from < to)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(to - from, buffer.Length));
            ReadAt(from, part);
            hash.AppendData(part);
            from += part.Length;
        }
    }

    private void ReadAt(long position, Span<byte> target)
    {
        _stream.Position = position;
        _stream.ReadExactly(target);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        if (_ownsStream) _stream.Dispose();
    }
}
