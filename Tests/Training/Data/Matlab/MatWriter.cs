using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace WrnEngine.Tests.Training.Data.Matlab;

/// <summary>Writes MATLAB files of level 5, sound ones and, by its parts, unsound ones.</summary>
internal sealed class MatWriter
{
    public const int UInt8 = 2, Int32 = 5, UInt32 = 6, Double = 9, Matrix = 14, Compressed = 15;
    public const int DoubleClass = 6, UInt8Class = 9;

    private readonly List<byte> _file = [];

    public MatWriter(string text = "MATLAB 5.0 MAT-file, written by a test", ushort version = 0x0100, string endian = "IM")
    {
        var header = new byte[128];
        header.AsSpan(0, 124).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text).CopyTo(header, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(124), version);
        Encoding.ASCII.GetBytes(endian).CopyTo(header, 126);
        _file.AddRange(header);
    }

    public byte[] ToArray() => _file.ToArray();

    public MatWriter Add(ReadOnlySpan<byte> element)
    {
        _file.AddRange(element);
        return this;
    }

    /// <summary>A variable of bytes.</summary>
    public MatWriter AddBytes(string name, int[] sizes, ReadOnlySpan<byte> values, bool compressed = false) =>
        AddArray(name, sizes, UInt8Class, UInt8, values, compressed);

    /// <summary>A variable of any class and storage.</summary>
    public MatWriter AddArray(string name, int[] sizes, int arrayClass, int storage, ReadOnlySpan<byte> values, bool compressed = false)
    {
        byte[] array = Array(name, sizes, arrayClass, storage, values);
        return Add(compressed ? Zlib(array) : array);
    }

    /// <summary>The element of an array.</summary>
    public static byte[] Array(string name, int[] sizes, int arrayClass, int storage, ReadOnlySpan<byte> values, uint flags = 0)
    {
        var sizeBytes = new byte[4 * sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteInt32LittleEndian(sizeBytes.AsSpan(4 * i), sizes[i]);
        var flagBytes = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(flagBytes, (uint)arrayClass | flags);
        return Part(Matrix, [.. Part(UInt32, flagBytes), .. Part(Int32, sizeBytes), .. Part(1, Encoding.ASCII.GetBytes(name)), .. Part(storage, values)]);
    }

    /// <summary>An element around a zlib stream of another.</summary>
    public static byte[] Zlib(ReadOnlySpan<byte> element)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(element);
        return [.. Tag(Compressed, (int)packed.Length), .. packed.ToArray()];
    }

    /// <summary>An element or a part of one: short form where it fits, as MATLAB writes it, else padded to eight bytes.</summary>
    public static byte[] Part(int type, ReadOnlySpan<byte> data)
    {
        if (data.Length is > 0 and <= 4 && type != Matrix)
        {
            var small = new byte[8];
            BinaryPrimitives.WriteUInt32LittleEndian(small, (uint)type | ((uint)data.Length << 16));
            data.CopyTo(small.AsSpan(4));
            return small;
        }

        return [.. Tag(type, data.Length), .. data, .. new byte[-data.Length & 7]];
    }

    public static byte[] Tag(int type, int length)
    {
        var tag = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(tag, type);
        BinaryPrimitives.WriteInt32LittleEndian(tag.AsSpan(4), length);
        return tag;
    }
}
