using System.Buffers.Binary;
using System.Text;

namespace WrnEngine.Tests.Training.Reporting;

/// <summary>A reader of event files that shares nothing with the writer.</summary>
internal static class EventFile
{
    /// <summary>The events of a file; checksums are verified.</summary>
    public static EventMessage[] Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var records = new List<EventMessage>();
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)), Is.EqualTo(Masked(file.AsSpan(at, 8))));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)), Is.EqualTo(Masked(file.AsSpan(at + 12, length))));
            records.Add(EventMessage.Parse(file[(at + 12)..(at + 12 + length)]));
            at += 16 + length;
        }

        return [.. records];
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc(bytes);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8);
    }

    /// <summary>CRC-32C bit by bit, by its polynomial.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0x82f63b78);
        }

        return ~crc;
    }
}

/// <summary>A message taken apart: the bytes of each field, by number; numbers as eight bytes.</summary>
internal sealed class EventMessage
{
    private readonly Dictionary<int, List<byte[]>> _fields = [];

    public static EventMessage Parse(byte[] bytes)
    {
        var message = new EventMessage();
        for (int at = 0; at < bytes.Length;)
        {
            ulong tag = Varint(bytes, ref at);
            int size = (tag & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(bytes, ref at), _ => 0 };
            byte[] value = (tag & 7) == 0 ? BitConverter.GetBytes(Varint(bytes, ref at)) : bytes[at..(at + size)];
            at += size;
            if (!message._fields.TryGetValue((int)(tag >> 3), out var all)) message._fields[(int)(tag >> 3)] = all = [];
            all.Add(value);
        }

        return message;
    }

    public byte[] Bytes(int field) => _fields[field].Single();

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public ulong Number(int field) => BitConverter.ToUInt64(Bytes(field));

    public float Float(int field) => BitConverter.ToSingle(Bytes(field));

    public double Double(int field) => BitConverter.ToDouble(Bytes(field));

    public double[] Doubles(int field) => [.. Bytes(field).Chunk(8).Select(c => BitConverter.ToDouble(c))];

    public EventMessage Inner(int field) => Parse(_fields[field].Single());

    public EventMessage[] All(int field) => _fields.TryGetValue(field, out var all) ? [.. all.Select(Parse)] : [];

    public bool Has(int field) => _fields.ContainsKey(field);

    private static ulong Varint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
    }
}
