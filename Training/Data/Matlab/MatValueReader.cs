using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace WrnEngine.Training.Data.Matlab;

/// <summary>
/// Reads one variable from its element: header, then values as bytes, whatever type they are stored in (it may be narrower than the class
/// of the array). Sizes that contradict each other, values that are no bytes, and data that goes on or ends too early are errors.
/// </summary>
internal sealed class MatValueReader : IDisposable
{
    private const int FirstNumericClass = 6, LastNumericClass = 15; // double, single, int8 .. uint64
    private const uint ComplexFlag = 0x0800;
    private const int MaxRank = 32, MaxNameLength = 63;
    private const long MaxCount = int.MaxValue;
    private const byte ZlibDictionaryFlag = 0x20; // .NET reports it as a failure of the system
    private const int BufferValues = 4096; // for values that are stored wider than a byte

    // Deflate turns one byte into 1032 at most. Images shrink to a fraction, not to a hundredth: a stream that claims more is a bomb.
    private const long FreeSize = 1 << 20, MaxRatio = 100;

    private readonly string _path;
    private readonly long _offset;
    private readonly long _length;
    private readonly bool _isCompressed;
    private readonly Stream _source;
    private readonly byte[] _pending = new byte[4]; // values that were in their tag
    private long _left; // bytes of the array's element that weren't read yet
    private long _valuesLeft;
    private int _padding; // after the values
    private MatType _storage;
    private byte[]? _wide;
    private int _pendingCount;

    public MatValueReader(string path, Stream file, long offset, long length, bool isCompressed)
    {
        (_path, _offset, _length, _isCompressed) = (path, offset, length, isCompressed);
        if (isCompressed && length >= 2)
        {
            file.Position = offset + 1;
            if ((file.ReadByte() & ZlibDictionaryFlag) != 0)
                throw Problem($"has a compressed element at byte {offset} that can't be unpacked (it asks for a preset dictionary)");
        }

        file.Position = offset;
        var element = new BoundedStream(file, length);
        _source = isCompressed ? new ZLibStream(element, CompressionMode.Decompress) : element;
        _left = length;
    }

    /// <summary>Reads up to the first value. Null for a variable that isn't an array of real numbers.</summary>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public MatVariable? ReadHeader()
    {
        Span<byte> small = stackalloc byte[4];
        if (_isCompressed)
        {
            _left = long.MaxValue;
            (MatType inner, uint size, bool isSmall) = ReadTag(small);
            if (inner != MatType.Matrix || isSmall)
                throw Problem($"has a compressed element of type {(int)inner} at byte {_offset}, which should hold an array");
            _left = size;
        }

        Span<byte> flags = stackalloc byte[8];
        if (ReadPart(flags, "flags", MatType.UInt32) != flags.Length)
            throw Problem($"has array flags of the wrong size at byte {_offset}");
        uint word = BinaryPrimitives.ReadUInt32LittleEndian(flags), arrayClass = word & 0xFF;
        if (arrayClass is 0 or > LastNumericClass) // functions and the like, which have no sizes and no name here
            return null;

        Span<byte> sizeBytes = stackalloc byte[MaxRank * sizeof(int)];
        int sizeCount = ReadPart(sizeBytes, "sizes", MatType.Int32);
        int[] sizes = new int[sizeCount / sizeof(int)];
        UInt128 count = 1;
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            sizes[axis] = BinaryPrimitives.ReadInt32LittleEndian(sizeBytes[(axis * sizeof(int))..]);
            if (sizes[axis] < 0)
                throw Problem($"has an array with the size {sizes[axis]} at byte {_offset}");
            count = UInt128.Min(count * (uint)sizes[axis], MaxCount + 1UL);
        }

        if (sizes.Length < 2 || sizeCount % sizeof(int) != 0)
            throw Problem($"has an array with {sizeCount} bytes of sizes at byte {_offset}");
        Span<byte> nameBytes = stackalloc byte[MaxNameLength];
        string name = Encoding.Latin1.GetString(nameBytes[..ReadPart(nameBytes, "name", MatType.Int8)]);
        if (arrayClass < FirstNumericClass || (word & ComplexFlag) != 0)
            return null;

        StartValues(name, count);
        return new MatVariable(name, sizes, (long)count, _offset, _length, _isCompressed);
    }

    /// <summary>The next values.</summary>
    /// <exception cref="DatasetException">The file is damaged, or a value isn't a whole number from 0 to 255.</exception>
    public void ReadBytes(Span<byte> values)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(values.Length, _valuesLeft);
        _valuesLeft -= values.Length;
        if (_storage == MatType.UInt8)
        {
            Read(values);
            return;
        }

        int size = MatNumbers.SizeOf(_storage);
        _wide ??= new byte[BufferValues * sizeof(double)];
        while (!values.IsEmpty)
        {
            int count = Math.Min(values.Length, BufferValues);
            Span<byte> stored = _wide.AsSpan(0, count * size);
            Read(stored);
            int bad = MatNumbers.ToBytes(_storage, stored, values[..count]);
            if (bad >= 0)
                throw Problem($"has a value in the array at byte {_offset} that is no whole number from 0 to 255");
            values = values[count..];
        }
    }

    /// <summary>After the last value: nothing may follow but the padding.</summary>
    /// <exception cref="DatasetException">Something does, or the checksum is wrong.</exception>
    public void Finish()
    {
        if (_valuesLeft != 0)
            throw new InvalidOperationException($"{_valuesLeft} values of {_path} weren't read.");
        Skip(_padding);
        if (_left != 0)
            throw Problem($"has {_left} bytes after the values of the array at byte {_offset}");
        Span<byte> one = stackalloc byte[1];
        if (Raw(one) != 0)
            throw Problem($"has more bytes in the element at byte {_offset} than its array needs");
    }

    public void Dispose() => _source.Dispose();

    /// <summary>Reads the head of the values and checks that their number is what the sizes say, and that the file can hold them.</summary>
    private void StartValues(string name, UInt128 count)
    {
        Span<byte> small = stackalloc byte[4];
        (MatType storage, uint size, bool isSmall) = ReadTag(small);
        int width = MatNumbers.SizeOf(storage);
        if (width == 0)
            throw Problem($"stores the values of {name} in the unknown type {(int)storage}");
        if (count > MaxCount)
            throw Problem($"claims more than {MaxCount:N0} values for {name}");
        if ((ulong)count * (ulong)width != size)
            throw Problem($"has {size} bytes of values for {name}, and its sizes need {(ulong)count * (ulong)width}");
        if (_isCompressed && (long)count > FreeSize + (MaxRatio * _length))
            throw Problem($"claims {(ulong)count:N0} values for {name}, which {_length:N0} compressed bytes don't plausibly hold");
        (_storage, _valuesLeft, _padding) = (storage, (long)count, isSmall ? 0 : (int)(-size & 7));
        if (!isSmall)
        {
            if (size > _left)
                throw Problem($"ends inside the values of {name}");
            return;
        }

        // The values were in the tag: give them back, for Read to find them again.
        small[..(int)size].CopyTo(_pending);
        _pendingCount = (int)size;
        _left += size;
    }

    private (MatType Type, uint Size, bool IsSmall) ReadTag(Span<byte> small)
    {
        Span<byte> tag = stackalloc byte[8];
        Read(tag);
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(tag);
        if (first >> 16 == 0)
            return ((MatType)first, BinaryPrimitives.ReadUInt32LittleEndian(tag[4..]), false);
        uint size = first >> 16;
        if (size > small.Length)
            throw Problem($"has a short part of {size} bytes in the element at byte {_offset}; 4 is the most");
        tag[4..].CopyTo(small);
        return ((MatType)(first & 0xFFFF), size, true);
    }

    /// <summary>A part of the header: its length.</summary>
    private int ReadPart(Span<byte> target, string what, MatType type)
    {
        Span<byte> small = stackalloc byte[4];
        (MatType found, uint size, bool isSmall) = ReadTag(small);
        if (found != type)
            throw Problem($"has {what} of type {(int)found} in the element at byte {_offset}, not {(int)type}");
        if (size > target.Length)
            throw Problem($"has {size} bytes of {what} in the element at byte {_offset}; {target.Length} is the most");
        if (isSmall)
        {
            small[..(int)size].CopyTo(target);
        }
        else
        {
            Read(target[..(int)size]);
            Skip((int)(-size & 7));
        }

        return (int)size;
    }

    private void Skip(int count)
    {
        // Whoever left out the padding at the very end of an array did no harm.
        Span<byte> padding = stackalloc byte[8];
        if (count <= _left)
            Read(padding[..count]);
        else if (_left != 0)
            throw Problem($"ends inside the element at byte {_offset}");
    }

    private void Read(Span<byte> target)
    {
        if (target.Length > _left)
            throw Problem($"ends inside the element at byte {_offset}");
        _left -= target.Length;
        int ready = Math.Min(_pendingCount, target.Length);
        if (ready > 0)
        {
            _pending.AsSpan(0, ready).CopyTo(target);
            _pending.AsSpan(ready).CopyTo(_pending);
            _pendingCount -= ready;
            target = target[ready..];
        }

        if (Raw(target) < target.Length)
            throw Problem($"ends inside the element at byte {_offset}");
    }

    private int Raw(Span<byte> target)
    {
        try
        {
            return _source.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw MatProblem.In(_path, $"has a compressed element at byte {_offset} that can't be unpacked ({e.Message.TrimEnd('.')})", e);
        }
    }

    private DatasetException Problem(string finding) => MatProblem.In(_path, finding);
}
