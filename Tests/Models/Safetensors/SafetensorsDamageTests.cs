using WrnEngine.Models.Safetensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Models.Safetensors;

/// <summary>A damaged file without a checksum: it is refused, or what it still describes is read; nothing else can happen.</summary>
public class SafetensorsDamageTests
{
    private const int Mutations = 20_000;

    /// <summary>Above twice the file's size; the rest is what opening anything takes.</summary>
    private const int FixedAllocation = 1 << 20;

    private static readonly byte[] Original = Create();

    [Test]
    public void EveryTruncationIsRefused()
    {
        for (int length = 0; length < Original.Length; length++)
            Assert.That(SafetensorsBytes.Failure(Original[..length]), Is.Not.Null, $"{length} bytes");
    }

    /// <summary>Every byte with every other value.</summary>
    [Test]
    public void EveryByteFlip()
    {
        for (int i = 0; i < Original.Length; i++)
        {
            for (int flip = 1; flip < 256; flip++)
            {
                byte[] damaged = (byte[])Original.Clone();
                damaged[i] ^= (byte)flip;
                Read(damaged, $"byte {i} ^ {flip}");
            }
        }
    }

    [Test]
    public void RandomMutations()
    {
        var random = TestData.For("safetensors mutations");
        for (int m = 0; m < Mutations; m++)
        {
            var bytes = Original.ToList();
            for (int edits = 1 + random.Next(4); edits > 0; edits--) Mutate(bytes, random);
            Read([.. bytes], $"mutation {m}");
        }
    }

    /// <summary>Reads all there is to read. Any exception but the typed one fails the test, and so does memory out of proportion.</summary>
    private static void Read(byte[] bytes, string what)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long read = 0;
        try
        {
            read = SafetensorsBytes.ReadAll(bytes).Sum(t => (long)t.Data.Length);
        }
        catch (SafetensorsException)
        {
            // Refused.
        }
        // Plain comparisons: a constraint for each of a hundred thousand files takes longer than reading them.
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > 2 * bytes.Length + FixedAllocation) Assert.Fail($"{what}: {allocated} bytes allocated for a file of {bytes.Length}");
        if (read > 0 && read >= bytes.Length) Assert.Fail($"{what}: {read} bytes read from a file of {bytes.Length}");
    }

    private static void Mutate(List<byte> bytes, TestData random)
    {
        if (bytes.Count == 0) return;
        int at = random.Next(bytes.Count), length = Math.Min(1 + random.Next(12), bytes.Count - at);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1: // another digit, bracket or letter of the JSON
                bytes[at] = "0123456789[]{},:\"\\-.eU"u8[random.Next(22)];
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                break;
            case 4: // one of the first bytes: the header's size
                bytes[random.Next(Math.Min(8, bytes.Count))] = (byte)random.Next(256);
                break;
            default:
                bytes.InsertRange(at, "18446744073709551615"u8.ToArray());
                break;
        }
    }

    private static byte[] Create()
    {
        var writer = new SafetensorsWriter();
        writer.SetMetadata("format", "test");
        writer.SetMetadata("epoch", "12");
        writer.Add("conv0", SafetensorsDType.F32, [2, 1, 3, 1], new byte[24]);
        writer.Add("bn.weight", SafetensorsDType.F32, [2], new byte[8]);
        writer.Add("labels", SafetensorsDType.I64, [3], new byte[24]);
        writer.Add("scalar", SafetensorsDType.U8, [], new byte[1]);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }
}
