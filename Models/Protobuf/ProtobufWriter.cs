using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace WrnEngine.Models.Protobuf;

/// <summary>
/// One protocol-buffers message as it lies in a file: fields, each a tag and a value. Just the kinds of value that ONNX and TensorBoard files use; a message in
/// a message is written first and then put in as bytes.
/// </summary>
public sealed class ProtobufWriter
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5; // wire types

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Bytes so far.</summary>
    public long Length => _bytes.WrittenCount;

    /// <summary>An integer, enum or bool.</summary>
    public ProtobufWriter Field(int number, long value)
    {
        Tag(number, Varint);
        Number((ulong)value);
        return this;
    }

    /// <summary>A 32-bit float.</summary>
    public ProtobufWriter Field(int number, float value)
    {
        Tag(number, Fixed32);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>A 64-bit float.</summary>
    public ProtobufWriter Field(int number, double value)
    {
        Tag(number, Fixed64);
        Real(value);
        return this;
    }

    /// <summary>64-bit floats one after another, under one tag.</summary>
    public ProtobufWriter Packed(int number, ReadOnlySpan<double> values)
    {
        Tag(number, Bytes);
        Number((ulong)values.Length * sizeof(double));
        foreach (double value in values) Real(value);
        return this;
    }

    /// <summary>Text.</summary>
    public ProtobufWriter Field(int number, string value) => Field(number, Encoding.UTF8.GetBytes(value));

    /// <summary>Bytes as they are.</summary>
    public ProtobufWriter Field(int number, ReadOnlySpan<byte> value)
    {
        Tag(number, Bytes);
        Number((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    /// <summary>A message.</summary>
    public ProtobufWriter Field(int number, ProtobufWriter message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Tag(number, Bytes);
        Number((ulong)message.Length);
        _bytes.Write(message._bytes.WrittenSpan);
        return this;
    }

    /// <summary>A repeated field.</summary>
    public ProtobufWriter Fields<T>(int number, IEnumerable<T> values, Action<ProtobufWriter, int, T> write)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(write);
        foreach (var value in values) write(this, number, value);
        return this;
    }

    /// <summary>Writes the message to a stream.</summary>
    public void CopyTo(Stream target)
    {
        ArgumentNullException.ThrowIfNull(target);
        target.Write(_bytes.WrittenSpan);
    }

    /// <summary>The message's bytes.</summary>
    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    private void Real(double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        _bytes.Write(bytes);
    }

    private void Tag(int number, int wireType) => Number((uint)(number << 3 | wireType));

    /// <summary>Seven bits a byte, the lowest first; the eighth says that more follow.</summary>
    private void Number(ulong value)
    {
        for (; value > 0x7f; value >>= 7) _bytes.Write([(byte)(value | 0x80)]);
        _bytes.Write([(byte)value]);
    }
}
