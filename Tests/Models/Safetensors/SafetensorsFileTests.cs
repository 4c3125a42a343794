using System.Text;
using WrnEngine.Models.Safetensors;
using static WrnEngine.Tests.Models.Safetensors.SafetensorsBytes;

namespace WrnEngine.Tests.Models.Safetensors;

/// <summary>What the reader accepts and what it refuses; the first vectors are the cases of the format's own library.</summary>
public class SafetensorsFileTests
{
    private const string I32 = "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}";

    [Test]
    public void ATensor()
    {
        byte[] bytes = File(I32, 16);
        Assert.That(bytes[0], Is.EqualTo((byte)'<')); // 60 bytes of header
        bytes[^1] = 7;
        var (info, data) = ReadAll(bytes).Single();
        Assert.That((info.Name, info.DType, info.Begin, info.End), Is.EqualTo(("test", SafetensorsDType.I32, 0L, 16L)));
        Assert.That(info.Shape, Is.EqualTo(new long[] { 2, 2 }));
        Assert.That(data, Is.EqualTo(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7 }));
    }

    [Test]
    public void AScalar()
    {
        var (info, data) = ReadAll(File("{\"test\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4)).Single();
        Assert.That(info.Shape, Is.Empty);
        Assert.That(data, Has.Length.EqualTo(4));
    }

    [Test]
    public void ATensorWithoutElements()
    {
        var (info, data) = ReadAll(File("{\"test\":{\"dtype\":\"I32\",\"shape\":[2,0],\"data_offsets\":[0, 0]}}")).Single();
        Assert.That(info.Shape, Is.EqualTo(new long[] { 2, 0 }));
        Assert.That(data, Is.Empty);
    }

    [TestCase("{}\r \t\n")]
    [TestCase("{}      ")]
    [TestCase("{\"__metadata__\":{}}")]
    public void NoTensors(string header) => Assert.That(ReadAll(File(header)), Is.Empty);

    [Test]
    public void TensorsInAnyOrder()
    {
        byte[] bytes = File("{" + Tensor("b", "U8", "2", "1,3") + "," + Tensor("c", "BOOL", "0", "3,3") + "," + Tensor("a", "I8", "", "0,1") + "}", 3);
        (bytes[^3], bytes[^2], bytes[^1]) = (1, 2, 3);
        var tensors = ReadAll(bytes);
        Assert.That(string.Concat(tensors.Select(t => t.Info.Name)), Is.EqualTo("abc"));
        Assert.That(tensors.Select(t => t.Data), Is.EqualTo(new byte[][] { [1], [2, 3], [] }));
    }

    [Test]
    public void FieldsInAnyOrderAndEscapesInNames()
    {
        var (info, _) = ReadAll(File("{\"\\u0061\\\"\\ud83d\\ude00\":{\"data_offsets\":[0,1],\"shape\":[1],\"dt\\u0079pe\":\"U\\u0038\"}}", 1)).Single();
        Assert.That(info.Name, Is.EqualTo("a\"\U0001F600"));
        Assert.That(info.DType, Is.EqualTo(SafetensorsDType.U8));
    }

    [Test]
    public void ElementsSmallerThanAByteArePacked()
    {
        Assert.That(ReadAll(File("{" + Tensor("x", "F4", "3,2", "0,3") + "}", 3)).Single().Data, Has.Length.EqualTo(3));
        Assert.That(ReadAll(File("{" + Tensor("x", "F6_E2M3", "4", "0,3") + "}", 3)).Single().Data, Has.Length.EqualTo(3));
        Assert.That(Failure(File("{" + Tensor("x", "F4", "3", "0,2") + "}", 2))?.Fault, Is.EqualTo(SafetensorsFault.SizeMismatch));
    }

    [Test]
    public void EveryType()
    {
        foreach (var dtype in Enum.GetValues<SafetensorsDType>())
        {
            int bytes = dtype.SizeInBits();
            Assert.That(ReadAll(File("{" + Tensor("x", dtype.ToString(), "8", $"0,{bytes}") + "}", bytes)).Single().Info.DType, Is.EqualTo(dtype));
        }
    }

    [Test]
    public void MetadataAndLookup()
    {
        using var stream = new MemoryStream(File("{\"__metadata__\":{\"b\":\"2\",\"a\":\"\\n\u00e4\"}," + Tensor("y", "U8", "1", "1,2") + "," + Tensor("x", "U8", "1", "0,1") + "}", 2));
        using var file = SafetensorsFile.Open(stream, "x");
        Assert.That(file.ReadMetadata(), Is.EqualTo(new Dictionary<string, string> { ["a"] = "\n\u00e4", ["b"] = "2" }));
        Assert.That(file.Count, Is.EqualTo(2));
        Assert.That(file.Find("x")?.Begin, Is.EqualTo(0));
        Assert.That(file.Find("y")?.Begin, Is.EqualTo(1));
        Assert.That(file.Find("z"), Is.Null);
        Assert.That(file.Find("__metadata__"), Is.Null);
        Assert.That(file.VerifyChecksum(), Is.False);
    }

    public static IEnumerable<TestCaseData> Refused()
    {
        TestCaseData Case(SafetensorsFault fault, string name, byte[] bytes) => new TestCaseData(fault, bytes).SetArgDisplayNames(fault.ToString(), name);
        string x = Tensor("x", "U8", "1", "0,1"), y = Tensor("y", "U8", "1", "1,2");

        yield return Case(SafetensorsFault.HeaderTooSmall, "empty", []);
        yield return Case(SafetensorsFault.HeaderTooSmall, "7 bytes", new byte[7]);
        yield return Case(SafetensorsFault.HeaderTooLarge, "upper bytes set", File(I32, 16, 0xffffff000000003c));
        yield return Case(SafetensorsFault.HeaderTooLarge, "one over the limit", File(I32, 16, 100_000_001));
        yield return Case(SafetensorsFault.InvalidHeaderLength, "no header", File("", 0, 60));
        yield return Case(SafetensorsFault.InvalidHeaderLength, "one byte short", File(I32, 0, 61));
        yield return Case(SafetensorsFault.InvalidUtf8, "a lone 0xff", File([0xff]));
        yield return Case(SafetensorsFault.InvalidUtf8, "overlong", File([.. "{\""u8, 0xc0, 0x80, .. "\":{}}"u8]));
        yield return Case(SafetensorsFault.InvalidUtf8, "an encoded surrogate", File([.. "{\""u8, 0xed, 0xa0, 0x80, .. "\":{}}"u8]));
        yield return Case(SafetensorsFault.InvalidHeaderStart, "no bytes", File(""));
        // The format asks for a brace in the first place; its library tolerates blanks there, which no writer makes.
        yield return Case(SafetensorsFault.InvalidHeaderStart, "blanks first", File("\t\n{}\r "));
        yield return Case(SafetensorsFault.InvalidHeaderStart, "a byte order mark", File([0xef, 0xbb, 0xbf, .. "{}"u8]));
        yield return Case(SafetensorsFault.InvalidHeaderStart, "a list", File("[]"));
        yield return Case(SafetensorsFault.InvalidJson, "a brace", File("{"));
        yield return Case(SafetensorsFault.InvalidJson, "two values", File("{}{}"));
        yield return Case(SafetensorsFault.InvalidJson, "zeros behind", File("{}\0\0"));
        yield return Case(SafetensorsFault.InvalidJson, "a comment", File("{/**/}"));
        yield return Case(SafetensorsFault.InvalidJson, "a trailing comma", File("{" + x + ",}", 1));
        yield return Case(SafetensorsFault.InvalidJson, "half a surrogate pair", File("{\"\\ud83d\":{}}"));
        yield return Case(SafetensorsFault.InvalidJson, "deep nesting", File("{\"x\":" + new string('[', 100_000)));
        yield return Case(SafetensorsFault.InvalidEntry, "a number", File("{\"x\":1}"));
        yield return Case(SafetensorsFault.InvalidEntry, "no fields", File("{\"x\":{}}"));
        yield return Case(SafetensorsFault.InvalidEntry, "no shape", File("{\"x\":{\"dtype\":\"U8\",\"data_offsets\":[0,0]}}"));
        yield return Case(SafetensorsFault.InvalidEntry, "no offsets", File("{\"x\":{\"dtype\":\"U8\",\"shape\":[0]}}"));
        yield return Case(SafetensorsFault.InvalidEntry, "no dtype", File("{\"x\":{\"shape\":[0],\"data_offsets\":[0,0]}}"));
        yield return Case(SafetensorsFault.InvalidEntry, "an unknown field", File("{\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"more\":0}}"));
        yield return Case(SafetensorsFault.InvalidEntry, "null for a dtype", File("{\"x\":{\"dtype\":null,\"shape\":[0],\"data_offsets\":[0,0]}}"));
        yield return Case(SafetensorsFault.InvalidEntry, "a shape that is no list", File("{\"x\":{\"dtype\":\"U8\",\"shape\":0,\"data_offsets\":[0,0]}}"));
        foreach (string size in new[] { "-1", "1.0", "1e0", "\"1\"", "null", "[1]", "{}", "18446744073709551616", "01" })
            yield return Case(size == "01" ? SafetensorsFault.InvalidJson : SafetensorsFault.InvalidEntry, $"the size {size}", File("{" + Tensor("x", "U8", size, "0,1") + "}", 1));
        foreach (string offsets in new[] { "", "0", "0,1,1", "-1,1", "0,1.0", "0,\"1\"", "[0],1", "0,18446744073709551616" })
            yield return Case(SafetensorsFault.InvalidEntry, $"the offsets {offsets}", File("{" + Tensor("x", "U8", "1", offsets) + "}", 1));
        yield return Case(SafetensorsFault.InvalidEntry, "metadata that is a number", File("{\"__metadata__\":{\"a\":1}}"));
        yield return Case(SafetensorsFault.InvalidEntry, "metadata in metadata", File("{\"__metadata__\":{\"a\":{}}}"));
        yield return Case(SafetensorsFault.InvalidEntry, "metadata that is null", File("{\"__metadata__\":null}"));
        yield return Case(SafetensorsFault.DuplicateKey, "a tensor twice", File("{" + x + "," + Tensor("x", "U8", "1", "1,2") + "}", 2));
        yield return Case(SafetensorsFault.DuplicateKey, "once with escapes", File("{" + x + "," + Tensor("\\u0078", "U8", "1", "1,2") + "}", 2));
        yield return Case(SafetensorsFault.DuplicateKey, "a field twice", File("{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"));
        yield return Case(SafetensorsFault.DuplicateKey, "metadata twice", File("{\"__metadata__\":{},\"__metadata__\":{}}"));
        yield return Case(SafetensorsFault.DuplicateKey, "a metadata key twice", File("{\"__metadata__\":{\"a\":\"1\",\"b\":\"\",\"\\u0061\":\"1\"}}"));
        yield return Case(SafetensorsFault.UnknownDType, "F33", File("{" + Tensor("x", "F33", "1", "0,1") + "}", 1));
        yield return Case(SafetensorsFault.UnknownDType, "a number in quotes", File("{" + Tensor("x", "4", "1", "0,1") + "}", 1));
        yield return Case(SafetensorsFault.UnknownDType, "lower case", File("{" + Tensor("x", "u8", "1", "0,1") + "}", 1));
        yield return Case(SafetensorsFault.Overflow, "elements", File("{\"test\":{\"dtype\":\"I32\",\"shape\":[2,18446744073709551614],\"data_offsets\":[0,16]}}", 16));
        yield return Case(SafetensorsFault.Overflow, "bytes", File("{\"test\":{\"dtype\":\"I32\",\"shape\":[2,9223372036854775807],\"data_offsets\":[0,16]}}", 16));
        yield return Case(SafetensorsFault.Overflow, "elements that wrap around to 16", File("{" + Tensor("x", "U8", "4294967296,4294967296,16", "0,16") + "}", 16));
        yield return Case(SafetensorsFault.SizeMismatch, "too few bytes", File("{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0, 4]}}"));
        yield return Case(SafetensorsFault.SizeMismatch, "too many bytes", File("{" + Tensor("x", "F32", "1", "0,5") + "}", 5));
        yield return Case(SafetensorsFault.InvalidOffset, "backwards", File("{" + Tensor("x", "U8", "1", "1,0") + "}", 1));
        yield return Case(SafetensorsFault.InvalidOffset, "a hole first", File("{" + Tensor("x", "U8", "1", "1,2") + "}", 2));
        yield return Case(SafetensorsFault.InvalidOffset, "a hole between", File("{" + x + "," + Tensor("y", "U8", "1", "2,3") + "}", 3));
        yield return Case(SafetensorsFault.InvalidOffset, "an overlap", File("{" + Tensor("x", "U8", "2", "0,2") + "," + y + "}", 2));
        yield return Case(SafetensorsFault.InvalidOffset, "the same bytes ten times", File("{" + string.Join(",", Enumerable.Range(0, 10).Select(i => Tensor($"w{i}", "F32", "2,2", "0,16"))) + "}", 16));
        yield return Case(SafetensorsFault.IncompleteBuffer, "bytes behind the last tensor", [.. File(I32, 16), .. "a second file"u8]);
        yield return Case(SafetensorsFault.IncompleteBuffer, "bytes without a tensor", File("{}", 1));
        yield return Case(SafetensorsFault.IncompleteBuffer, "two bytes missing", File(I32, 14));
        yield return Case(SafetensorsFault.IncompleteBuffer, "offsets far behind the end", File("{" + Tensor("x", "U8", "1000000000000000000", "0,1000000000000000000") + "}", 1));
        yield return Case(SafetensorsFault.TooMuchMetadata, "5,000 entries", File("{\"__metadata__\":{" + string.Join(",", Enumerable.Range(0, 5000).Select(i => $"\"{i}\":\"\"")) + "}}"));
    }

    [TestCaseSource(nameof(Refused))]
    public void IsRefused(SafetensorsFault fault, byte[] bytes)
    {
        var error = Failure(bytes);
        Assert.That(error?.Fault, Is.EqualTo(fault), error?.Message);
        Assert.That(error!.Message, Does.StartWith("'test.safetensors' is not a usable safetensors file: ").And.Not.Contain("\n"));
        Assert.That(error.Message, Has.Length.LessThan(300));
    }

    [Test]
    public void EveryFaultHasACase()
    {
        // The checksum is an addition of ours; CheckpointDamageTests is about it.
        var faults = Enum.GetValues<SafetensorsFault>().Except([SafetensorsFault.ChecksumMismatch]);
        Assert.That(Refused().Select(c => c.Arguments[0]).Distinct(), Is.EquivalentTo(faults));
    }

    /// <summary>Ten million entries are more than the largest header holds: refused by the size alone, before anything is read or allocated for them.</summary>
    [Test]
    public void TenMillionEntriesAreRefusedByTheSizeOfTheirHeader()
    {
        const int Entries = 10_000_000;
        long header = Entries * (long)Tensor("0000000", "U8", "1", "0,1").Length;
        using var stream = new ClaimedStream(header);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(stream, "x").Dispose())!;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(error.Fault, Is.EqualTo(SafetensorsFault.HeaderTooLarge));
        Assert.That(stream.BytesRead, Is.EqualTo(8));
        Assert.That(allocated, Is.LessThan(1 << 16));
    }

    /// <summary>A file with a header of the given size, of which only the first eight bytes are there to be read.</summary>
    private sealed class ClaimedStream(long header) : MemoryStream(BitConverter.GetBytes(header))
    {
        public long BytesRead { get; private set; }

        public override long Length => 8 + header + 1;

        public override int Read(Span<byte> buffer)
        {
            int read = base.Read(buffer);
            BytesRead += read;
            return read;
        }
    }

    [Test]
    public void HostileNamesAreShortenedInMessages()
    {
        string name = "\\u001b[31m\\n" + new string('x', 5000);
        string message = Failure(File("{" + Tensor(name, "U8", "1", "0,2") + "}", 2))!.Message;
        Assert.That(message, Does.Contain("'?[31m?xxx").And.Contain("...'"));
        Assert.That(message, Has.Length.LessThan(300));
    }

    [Test]
    public void AMissingFileAndAFolder()
    {
        string folder = TestContext.CurrentContext.TestDirectory;
        string missing = Path.Combine(folder, "no such file.safetensors");
        Assert.That(() => SafetensorsFile.Open(missing), Throws.InstanceOf<FileNotFoundException>().With.Message.EqualTo($"there is no file '{missing}'"));
        Assert.That(() => SafetensorsFile.Open(folder), Throws.InstanceOf<IOException>().With.Message.Contains("is a folder"));
    }

    /// <summary>Headers made to exhaust memory: the reader takes at most twice the file's size and a fixed megabyte.</summary>
    [TestCaseSource(nameof(AllocationBombs))]
    public void MemoryStaysInProportion(Func<byte[]> make)
    {
        byte[] bytes = make();
        using var stream = new MemoryStream(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = SafetensorsFile.Open(stream, "test.safetensors");
            Assert.That(file.Find("no such tensor"), Is.Null);
        }
        catch (SafetensorsException)
        {
            // Refused or accepted: the memory is what counts here.
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.LessThanOrEqualTo(2L * bytes.Length + (1 << 20)));
    }

    public static IEnumerable<TestCaseData> AllocationBombs()
    {
        // Made when they are needed: some are large.
        TestCaseData Case(string name, Func<byte[]> make) => new TestCaseData(make).SetArgDisplayNames(name);
        yield return Case("a header that claims 100 MB", () => File("{}", 0, 100_000_000));
        yield return Case("a tensor that claims 1 EB", () => File("{" + Tensor("x", "U8", "1000000000000000000", "0,1000000000000000000") + "}", 1));
        yield return Case("60,000 empty tensors", () => File("{" + string.Join(",", Enumerable.Range(0, 60_000).Select(i => Tensor(i.ToString("x"), "U8", "0", "0,0"))) + "}"));
        yield return Case("60,000 tensors in one place", () => File("{" + string.Join(",", Enumerable.Range(0, 60_000).Select(i => Tensor(i.ToString("x"), "U8", "9", "0,9"))) + "}", 9));
        yield return Case("a million tensors in one place", () => File("{" + string.Join(",", Enumerable.Range(0, 1_000_000).Select(i => Tensor(i.ToString("x"), "F32", "2,2", "0,16"))) + "}", 16));
        yield return Case("a shape of 2 million sizes", () => File("{" + Tensor("x", "U8", string.Join(",", Enumerable.Repeat("0", 2_000_000)), "0,0") + "}"));
        yield return Case("4 MB of empty metadata", () => File("{\"__metadata__\":{" + string.Join(",", Enumerable.Range(0, 500_000).Select(i => $"\"{i:x}\":\"\"")) + "}}"));
        yield return Case("a name of 4 MB", () => File("{" + Tensor(new string('x', 4_000_000), "U8", "0", "0,0") + "}"));
        yield return Case("a name of a million escapes", () => File("{" + Tensor(string.Concat(Enumerable.Repeat("\\u0078", 1_000_000)), "U8", "0", "0,0") + "}"));
        yield return Case("braces", () => File(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"x\":", 500_000)))));
    }
}
