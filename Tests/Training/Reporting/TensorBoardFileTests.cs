using System.Buffers.Binary;
using System.Text;
using WrnEngine.Training.Reporting.TensorBoard;

namespace WrnEngine.Tests.Training.Reporting;

/// <summary>Event files, read back record by record with a reader of the format that shares nothing with the writer but the checksum's known answers.</summary>
[Category("Training")]
public class TensorBoardFileTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("wrn-events-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    /// <summary>The usual known answer of CRC-32C, and what the format makes of it.</summary>
    [Test]
    public void TheChecksumIsTheFormats()
    {
        Assert.That(Crc("123456789"u8), Is.EqualTo(0xe3069283));
        Assert.That(TensorBoardFile.MaskedChecksum("123456789"u8), Is.EqualTo(0xc78ab0e5));
    }

    [Test]
    public void EveryKindOfValueReadsBack()
    {
        byte[] png = [0x89, (byte)'P', (byte)'N', (byte)'G', 1, 2, 3];
        string path;
        using (var file = new TensorBoardFile(_folder, TimeProvider.System))
        {
            file.Scalar("loss/train", 1.5, 7);
            file.Image("images/augmented", png, 4, 2, 8);
            file.Histogram("weights/conv0", [-1, 0, 0.5f, 0.5f, 2, float.NaN], 9);
            file.Histogram("weights/none", [float.NaN], 9);
            file.Restart(5);
            path = file.FullPath;
        }

        var records = Records(File.ReadAllBytes(path)).Select(r => Message.Parse(r)).ToArray();
        Assert.That(records, Has.Length.EqualTo(5));
        Assert.That(records[0].Text(3), Is.EqualTo("brain.Event:2"));
        Assert.That(records[1].Double(1), Is.EqualTo((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds).Within(60));
        Assert.That(records[1].Number(2), Is.EqualTo(7));
        var scalar = records[1].Inner(5).Inner(1);
        Assert.That((scalar.Text(1), scalar.Float(2)), Is.EqualTo(("loss/train", 1.5f)));
        var image = records[2].Inner(5).Inner(1).Inner(4);
        Assert.That((image.Number(1), image.Number(2), image.Number(3)), Is.EqualTo((2UL, 4UL, 3UL)));
        Assert.That(image.Bytes(4), Is.EqualTo(png));
        var histogram = records[3].Inner(5).Inner(1).Inner(5);
        Assert.That((histogram.Double(1), histogram.Double(2), histogram.Double(3), histogram.Double(4), histogram.Double(5)), Is.EqualTo((-1.0, 2.0, 5.0, 2.0, 5.5)));
        double[] limits = histogram.Doubles(6), counts = histogram.Doubles(7);
        Assert.Multiple(() =>
        {
            Assert.That(limits, Is.Ordered.Ascending);
            Assert.That(counts, Has.Length.EqualTo(limits.Length));
            Assert.That(counts.Sum(), Is.EqualTo(5));
            Assert.That(limits[^1], Is.EqualTo(2));
            for (int i = 1; i < limits.Length; i++)
            {
                int expected = new[] { -1, 0, 0.5, 0.5, 2 }.Count(v => v >= limits[i - 1] && (v < limits[i] || i == limits.Length - 1));
                Assert.That(counts[i], Is.EqualTo(expected), $"from {limits[i - 1]} to {limits[i]}");
            }
        });
        Assert.That((records[4].Number(2), records[4].Inner(7).Number(1)), Is.EqualTo((5UL, 1UL)));
    }

    [Test]
    public void AHistogramOfEqualValuesHasOneBucket([Values(0f, 3f, -3f, 1e-30f, float.MaxValue)] float value)
    {
        var h = HistogramBuckets.Of([value, value])!;
        Assert.Multiple(() =>
        {
            Assert.That(h.Counts.Sum(), Is.EqualTo(2));
            Assert.That(h.Limits, Is.Ordered.Ascending);
            Assert.That(h.Limits[^1], Is.GreaterThanOrEqualTo(value));
            Assert.That(h.Limits[0], Is.LessThanOrEqualTo(value));
        });
    }

    private static List<byte[]> Records(byte[] file)
    {
        var records = new List<byte[]>();
        for (int at = 0; at < file.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)), Is.EqualTo(Masked(file.AsSpan(at, 8))));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)), Is.EqualTo(Masked(file.AsSpan(at + 12, length))));
            records.Add(file[(at + 12)..(at + 12 + length)]);
            at += 16 + length;
        }

        return records;
    }

    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        uint crc = Crc(bytes);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8);
    }

    /// <summary>CRC-32C bit by bit, by its polynomial.</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0x82f63b78);
        }

        return ~crc;
    }

    /// <summary>A message taken apart: the bytes of each field, by number; numbers as eight bytes.</summary>
    private sealed class Message
    {
        private readonly Dictionary<int, byte[]> _fields = [];

        public static Message Parse(byte[] bytes)
        {
            var message = new Message();
            for (int at = 0; at < bytes.Length;)
            {
                ulong tag = Varint(bytes, ref at);
                int size = (tag & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(bytes, ref at), _ => 0 };
                byte[] value = (tag & 7) == 0 ? BitConverter.GetBytes(Varint(bytes, ref at)) : bytes[at..(at + size)];
                at += size;
                message._fields.Add((int)(tag >> 3), value);
            }

            return message;
        }

        public byte[] Bytes(int field) => _fields[field];

        public string Text(int field) => Encoding.UTF8.GetString(_fields[field]);

        public ulong Number(int field) => BitConverter.ToUInt64(_fields[field]);

        public float Float(int field) => BitConverter.ToSingle(_fields[field]);

        public double Double(int field) => BitConverter.ToDouble(_fields[field]);

        public double[] Doubles(int field) => [.. _fields[field].Chunk(8).Select(c => BitConverter.ToDouble(c))];

        public Message Inner(int field) => Parse(_fields[field]);

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
}
