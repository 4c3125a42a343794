using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace WrnEngine.Models.Safetensors;

/// <summary>
/// The parsed header of a safetensors file. It keeps the JSON text and, per tensor, one small record of positions in it; names, shapes and
/// metadata become objects only when asked for. So a header built to exhaust memory costs less than twice its own size.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>Pairs of metadata a header may hold; the format sets no limit, and a reader without one can be made to allocate at will.</summary>
    public const int MaxMetadataPairs = 4096;

    private static readonly SafetensorsDType[] DTypes = Enum.GetValues<SafetensorsDType>();
    private static readonly byte[][] DTypeNames = [.. DTypes.Select(d => Encoding.UTF8.GetBytes(d.ToString()))];

    private readonly byte[] _json;
    private readonly string _file;
    private readonly List<MetadataSlot> _metadata = [];
    private TensorSlot[] _tensors = [];

    private SafetensorsHeader(byte[] json, string file) => (_json, _file) = (json, file);

    private record struct TextSlot(int Start, int Length);

    private record struct TensorSlot(TextSlot Name, int ShapeStart, SafetensorsDType DType, long Begin, long End);

    private record struct MetadataSlot(TextSlot Key, TextSlot Value, bool IsEscaped);

    /// <summary>Parses and checks a header.</summary>
    /// <param name="json">The header's bytes; they are kept, and names with escapes are decoded in place.</param>
    /// <param name="dataLength">Bytes behind the header.</param>
    /// <param name="file">The file's name for messages.</param>
    /// <exception cref="SafetensorsException">The header breaks the format.</exception>
    public static SafetensorsHeader Parse(byte[] json, long dataLength, string file)
    {
        var header = new SafetensorsHeader(json, file);
        if (!Utf8.IsValid(json)) throw header.Fault(SafetensorsFault.InvalidUtf8, "its header is not valid UTF-8");
        if (json.Length == 0 || json[0] != '{') throw header.Fault(SafetensorsFault.InvalidHeaderStart, "its header does not start with '{'");
        var reader = new Utf8JsonReader(json);
        try
        {
            // The first pass checks the whole syntax and counts, so that the second one can fill an array of the right length.
            int count = 0;
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1) count++;
            reader = new Utf8JsonReader(json);
            header.Fill(ref reader, count);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter for halves of surrogate pairs
        {
            throw header.Fault(SafetensorsFault.InvalidJson, $"its header is not valid JSON near byte {SafetensorsFile.PrefixSize + reader.BytesConsumed}", e);
        }
        header.CheckOffsets(dataLength);
        header.SortByName();
        return header;
    }

    /// <summary>Number of tensors.</summary>
    public int Count => _tensors.Length;

    /// <summary>The tensors in the order of their names.</summary>
    public IEnumerable<SafetensorsTensorInfo> Tensors => _tensors.Select(Describe);

    /// <summary>The metadata.</summary>
    public IEnumerable<KeyValuePair<string, string>> Metadata => _metadata.Select(m => KeyValuePair.Create(Text(m.Key), Text(m.Value)));

    /// <summary>The tensor of that name, or null.</summary>
    public SafetensorsTensorInfo? Find(string name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name);
        int low = 0, high = _tensors.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = Bytes(_tensors[middle].Name).SequenceCompareTo(wanted);
            if (order == 0) return Describe(_tensors[middle]);
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return null;
    }

    /// <summary>Where the value of a metadata key lies in the header, if it is there, written without escapes.</summary>
    public (int Start, int Length)? FindMetadataValue(ReadOnlySpan<byte> key)
    {
        foreach (var m in _metadata)
            if (!m.IsEscaped && Bytes(m.Key).SequenceEqual(key)) return (m.Value.Start, m.Value.Length);
        return null;
    }

    private void Fill(ref Utf8JsonReader reader, int count)
    {
        var tensors = new TensorSlot[count];
        int filled = 0;
        bool hasMetadata = false;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = TextOf(ref reader);
            reader.Read();
            if (!Bytes(name).SequenceEqual("__metadata__"u8)) tensors[filled++] = ReadTensor(ref reader, name);
            else if (hasMetadata) throw Duplicate(name);
            else
            {
                ReadMetadata(ref reader);
                hasMetadata = true;
            }
        }
        _tensors = filled == count ? tensors : tensors[..filled];
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Fault(SafetensorsFault.InvalidEntry, "its __metadata__ is not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = TextOf(ref reader);
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) throw Fault(SafetensorsFault.InvalidEntry, $"its metadata {Quote(key)} is not a string");
            bool escaped = reader.ValueIsEscaped;
            if (_metadata.Count == MaxMetadataPairs) throw Fault(SafetensorsFault.TooMuchMetadata, $"its metadata has more than {MaxMetadataPairs} entries");
            _metadata.Add(new MetadataSlot(key, TextOf(ref reader), escaped));
        }
        _metadata.Sort((a, b) => Bytes(a.Key).SequenceCompareTo(Bytes(b.Key)));
        for (int i = 1; i < _metadata.Count; i++)
            if (Bytes(_metadata[i].Key).SequenceEqual(Bytes(_metadata[i - 1].Key))) throw Duplicate(_metadata[i].Key);
    }

    private TensorSlot ReadTensor(ref Utf8JsonReader reader, TextSlot name)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Fault(SafetensorsFault.InvalidEntry, $"its entry {Quote(name)} is not an object");
        SafetensorsDType? dtype = null;
        (int Start, ulong Elements)? shape = null;
        (long Begin, long End)? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isDType = reader.ValueTextEquals("dtype"u8), isShape = reader.ValueTextEquals("shape"u8), isOffsets = reader.ValueTextEquals("data_offsets"u8);
            if (isDType && dtype is not null || isShape && shape is not null || isOffsets && offsets is not null)
                throw Fault(SafetensorsFault.DuplicateKey, $"tensor {Quote(name)} has the field '{reader.GetString()}' twice");
            if (!isDType && !isShape && !isOffsets) throw Fault(SafetensorsFault.InvalidEntry, $"tensor {Quote(name)} has a field that the format does not know");
            reader.Read();
            if (isDType) dtype = ReadDType(ref reader, name);
            else if (isShape) shape = ReadShape(ref reader, name);
            else offsets = ReadOffsets(ref reader, name);
        }
        if (dtype is null || shape is null || offsets is null)
            throw Fault(SafetensorsFault.InvalidEntry, $"tensor {Quote(name)} has no {(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        var (begin, end) = offsets.Value;
        if (end < begin) throw Fault(SafetensorsFault.InvalidOffset, $"tensor {Quote(name)} ends at byte {end}, before its start at byte {begin}");
        UInt128 bits = (UInt128)shape.Value.Elements * (uint)dtype.Value.SizeInBits();
        if (bits > ulong.MaxValue) throw Fault(SafetensorsFault.Overflow, $"the shape of tensor {Quote(name)} has more bytes than 64 bits can count");
        if (bits % 8 != 0 || bits / 8 != (ulong)(end - begin))
            throw Fault(SafetensorsFault.SizeMismatch, $"tensor {Quote(name)} has {end - begin} bytes, but its shape and type need {(bits + 7) / 8}");
        return new TensorSlot(name, shape.Value.Start, dtype.Value, begin, end);
    }

    private SafetensorsDType ReadDType(ref Utf8JsonReader reader, TextSlot name)
    {
        if (reader.TokenType != JsonTokenType.String) throw Fault(SafetensorsFault.InvalidEntry, $"the dtype of tensor {Quote(name)} is not a string");
        for (int i = 0; i < DTypes.Length; i++)
            if (reader.ValueTextEquals(DTypeNames[i])) return DTypes[i];
        throw Fault(SafetensorsFault.UnknownDType, $"tensor {Quote(name)} has the unknown type {Quote(TextOf(ref reader))}");
    }

    /// <summary>Multiplies the sizes, left to right as other readers do, and remembers where they are.</summary>
    private (int Start, ulong Elements) ReadShape(ref Utf8JsonReader reader, TextSlot name)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Fault(SafetensorsFault.InvalidEntry, $"the shape of tensor {Quote(name)} is not a list");
        int start = (int)reader.TokenStartIndex;
        UInt128 elements = 1;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetUInt64(out ulong size))
                throw Fault(SafetensorsFault.InvalidEntry, $"the shape of tensor {Quote(name)} holds something that is not a whole number of 64 bits");
            elements *= size;
            if (size > long.MaxValue || elements > ulong.MaxValue)
                throw Fault(SafetensorsFault.Overflow, $"the shape of tensor {Quote(name)} has more elements than 64 bits can count");
        }
        return (start, (ulong)elements);
    }

    private (long Begin, long End) ReadOffsets(ref Utf8JsonReader reader, TextSlot name)
    {
        Span<long> offsets = stackalloc long[2];
        int count = 0;
        bool isValid = reader.TokenType == JsonTokenType.StartArray;
        while (isValid && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            long value = 0;
            isValid = count < 2 && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value) && value >= 0;
            if (isValid) offsets[count++] = value;
        }
        if (!isValid || count != 2) throw Fault(SafetensorsFault.InvalidEntry, $"the data_offsets of tensor {Quote(name)} are not two whole numbers");
        return (offsets[0], offsets[1]);
    }

    /// <summary>Every byte of the data belongs to exactly one tensor: nothing can hide in a hole, behind the end, or in two places at once.</summary>
    private void CheckOffsets(long dataLength)
    {
        _tensors.AsSpan().Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long expected = 0;
        foreach (var t in _tensors)
        {
            if (t.Begin != expected)
            {
                string what = t.Begin > expected ? "a hole" : "an overlap";
                throw Fault(SafetensorsFault.InvalidOffset, $"tensor {Quote(t.Name)} starts at byte {t.Begin} instead of {expected}, which leaves {what}");
            }
            expected = t.End;
        }
        if (expected != dataLength)
        {
            throw Fault(SafetensorsFault.IncompleteBuffer, expected > dataLength
                ? $"it is cut off: its tensors need {expected} bytes and {dataLength} are there"
                : $"{dataLength - expected} bytes follow its last tensor");
        }
    }

    private void SortByName()
    {
        _tensors.AsSpan().Sort((a, b) => Bytes(a.Name).SequenceCompareTo(Bytes(b.Name)));
        for (int i = 1; i < _tensors.Length; i++)
            if (Bytes(_tensors[i].Name).SequenceEqual(Bytes(_tensors[i - 1].Name))) throw Duplicate(_tensors[i].Name);
    }

    /// <summary>Where the present string is. One with escapes is decoded over itself, which the reader has left behind; it never grows.</summary>
    private TextSlot TextOf(ref Utf8JsonReader reader)
    {
        int start = (int)reader.TokenStartIndex + 1;
        if (!reader.ValueIsEscaped) return new TextSlot(start, reader.ValueSpan.Length);
        byte[] decoded = new byte[reader.ValueSpan.Length];
        int length = reader.CopyString(decoded);
        decoded.AsSpan(0, length).CopyTo(_json.AsSpan(start));
        return new TextSlot(start, length);
    }

    private SafetensorsTensorInfo Describe(TensorSlot t)
    {
        var shape = new List<long>();
        var reader = new Utf8JsonReader(_json.AsSpan(t.ShapeStart));
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) shape.Add(reader.GetInt64());
        return new SafetensorsTensorInfo(Text(t.Name), t.DType, shape, t.Begin, t.End);
    }

    private ReadOnlySpan<byte> Bytes(TextSlot slot) => _json.AsSpan(slot.Start, slot.Length);

    private string Text(TextSlot slot) => Encoding.UTF8.GetString(Bytes(slot));

    private SafetensorsException Duplicate(TextSlot name) => Fault(SafetensorsFault.DuplicateKey, $"the name {Quote(name)} occurs twice in its header");

    /// <summary>A name from a file that may be hostile: short, and without control characters.</summary>
    private string Quote(TextSlot name)
    {
        const int Longest = 80;
        string text = Encoding.UTF8.GetString(Bytes(name)[..Math.Min(name.Length, Longest)]);
        return "'" + string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) + (name.Length > Longest ? "..." : "") + "'";
    }

    private SafetensorsException Fault(SafetensorsFault fault, string what, Exception? cause = null) => SafetensorsFile.Error(fault, _file, what, cause);
}
