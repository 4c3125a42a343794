using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Safetensors;

/// <summary>
/// Collects tensors and metadata and writes them as a safetensors file. Equal content gives equal bytes: tensors are sorted by alignment,
/// largest first, then by name, as the format's own library does; metadata is sorted by key; the header is padded with spaces to a multiple of 8.
/// </summary>
public sealed class SafetensorsWriter
{
    private const int HeaderAlignment = 8;

    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, Item> _items = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private sealed record Item(byte[] Name, SafetensorsDType DType, long[] Shape, long SizeInBytes, Action<Action<ReadOnlySpan<byte>>> Emit);

    /// <summary>Adds SHA-256 over the file to its metadata, under <see cref="SafetensorsFile.ChecksumKey"/>.</summary>
    public bool IncludeChecksum { get; init; }

    /// <summary>Adds a tensor in its logical order (OIHW for convolution weights). Its values are read when the file is written.</summary>
    /// <exception cref="ArgumentException">The name is taken or not allowed, or the format has no such type.</exception>
    public void Add(string name, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        var (dtype, emit) = tensor.DType switch
        {
            DType.Float32 => (SafetensorsDType.F32, Emit<float>(tensor)),
            DType.Int32 => (SafetensorsDType.I32, Emit<int>(tensor)),
            DType.UInt8 => (SafetensorsDType.U8, Emit<byte>(tensor)),
            _ => throw new ArgumentException($"cannot save tensor '{name}' of type {tensor.DType.ShortName()}"),
        };
        long[] shape = new long[tensor.Rank];
        for (int i = 0; i < shape.Length; i++) shape[i] = tensor.Shape[i];
        Add(new Item(NameBytes(name), dtype, shape, tensor.SizeInBytes, emit), name);
    }

    /// <summary>Adds a tensor from bytes, little-endian and in row-major order.</summary>
    /// <exception cref="ArgumentException">The name is taken or not allowed, or the shape does not fit the bytes.</exception>
    public void Add(string name, SafetensorsDType dtype, IReadOnlyList<long> shape, ReadOnlyMemory<byte> data)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long bits = dtype.SizeInBits();
        foreach (long size in shape)
        {
            if (size < 0) throw new ArgumentException($"tensor '{name}' has the negative size {size}");
            bits = checked(bits * size);
        }
        if (bits % 8 != 0 || bits / 8 != data.Length)
            throw new ArgumentException($"tensor '{name}' has {data.Length} bytes; its shape and type need {(bits + 7) / 8}");
        Add(new Item(NameBytes(name), dtype, [.. shape], data.Length, write => write(data.Span)), name);
    }

    /// <summary>Adds a line of metadata, or replaces it.</summary>
    public void SetMetadata(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        _metadata[key] = value;
    }

    /// <summary>Replaces the file at <paramref name="path"/>; see <see cref="AtomicFile"/>.</summary>
    /// <exception cref="IOException">The file could not be written; an old one is untouched.</exception>
    public void Save(string path) => AtomicFile.Write(path, WriteTo);

    /// <summary>Writes the file to a stream, which has to be seekable when a checksum is included.</summary>
    public void WriteTo(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var items = _items.Values.ToArray();
        Array.Sort(items, (a, b) => a.DType != b.DType ? b.DType.CompareTo(a.DType) : a.Name.AsSpan().SequenceCompareTo(b.Name));
        var (header, checksumAt) = Header(items);
        Span<byte> prefix = stackalloc byte[SafetensorsFile.PrefixSize];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);

        long start = IncludeChecksum ? stream.Position : 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Write(ReadOnlySpan<byte> bytes)
        {
            if (IncludeChecksum) hash.AppendData(bytes);
            stream.Write(bytes);
        }
        Write(prefix);
        Write(header.Span);
        foreach (var item in items) item.Emit(Write);
        if (!IncludeChecksum) return;
        long end = stream.Position;
        stream.Position = start + SafetensorsFile.PrefixSize + checksumAt;
        stream.Write(SafetensorsFile.HexDigits(hash.GetHashAndReset()));
        stream.Position = end;
    }

    /// <summary>The padded header, and the position in it of the checksum's digits.</summary>
    private (ReadOnlyMemory<byte> Header, int ChecksumAt) Header(Item[] items)
    {
        var buffer = new ArrayBufferWriter<byte>();
        int checksumAt = 0;
        var metadata = new SortedDictionary<string, string>(_metadata, StringComparer.Ordinal);
        if (IncludeChecksum) metadata[SafetensorsFile.ChecksumKey] = Encoding.ASCII.GetString(SafetensorsFile.ZeroChecksum);
        using (var json = new Utf8JsonWriter(buffer, JsonOptions))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                {
                    json.WriteString(key, value);
                    if (IncludeChecksum && key == SafetensorsFile.ChecksumKey) checksumAt = (int)(json.BytesCommitted + json.BytesPending) - 1 - value.Length;
                }
                json.WriteEndObject();
            }
            long offset = 0;
            foreach (var item in items)
            {
                json.WriteStartObject(item.Name);
                json.WriteString("dtype", item.DType.ToString());
                json.WriteStartArray("shape");
                foreach (long size in item.Shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += item.SizeInBytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        int padding = (HeaderAlignment - buffer.WrittenCount % HeaderAlignment) % HeaderAlignment;
        buffer.Write("       "u8[..padding]);
        return (buffer.WrittenMemory, checksumAt);
    }

    private void Add(Item item, string name)
    {
        if (!_items.TryAdd(name, item)) throw new ArgumentException($"there is a tensor '{name}' already");
    }

    private static byte[] NameBytes(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == "__metadata__") throw new ArgumentException("a tensor cannot be called '__metadata__'");
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(name);
    }

    private static Action<Action<ReadOnlySpan<byte>>> Emit<T>(Tensor tensor) where T : unmanaged =>
        write => write(MemoryMarshal.AsBytes(tensor.ToArray<T>().AsSpan()));
}
