using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models.Safetensors;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Models.Safetensors;

public class SafetensorsWriterTests
{
    private static readonly byte[] ZeroToFive = [.. MemoryMarshal.AsBytes<float>(new float[] { 0, 1, 2, 3, 4, 5 })];

    /// <summary>The same bytes as the format's own library writes, from its tests.</summary>
    [TestCase("attn.0", "1,2,3", "{\"attn.0\":{\"dtype\":\"F32\",\"shape\":[1,2,3],\"data_offsets\":[0,24]}}")]
    [TestCase("attn0", "1,1,2,3", "{\"attn0\":{\"dtype\":\"F32\",\"shape\":[1,1,2,3],\"data_offsets\":[0,24]}}       ")]
    public void OneTensor(string name, string shape, string header)
    {
        var writer = new SafetensorsWriter();
        writer.Add(name, SafetensorsDType.F32, Array.ConvertAll(shape.Split(','), long.Parse), ZeroToFive);
        Assert.That(Bytes(writer), Is.EqualTo(SafetensorsBytes.File(header).Concat(ZeroToFive)));
    }

    [Test]
    public void NoTensors()
    {
        Assert.That(Bytes(new SafetensorsWriter()), Is.EqualTo("\b\0\0\0\0\0\0\0{}      "u8.ToArray()));
        var writer = new SafetensorsWriter();
        writer.SetMetadata("framework", "pt");
        Assert.That(Bytes(writer), Is.EqualTo("(\0\0\0\0\0\0\0{\"__metadata__\":{\"framework\":\"pt\"}}     "u8.ToArray()));
    }

    [Test]
    public void LargerElementsComeFirstThenNamesInOrder()
    {
        var writer = new SafetensorsWriter();
        writer.Add("b", SafetensorsDType.U8, [1], new byte[1]);
        writer.Add("Z", SafetensorsDType.U8, [1], new byte[1]);
        writer.Add("a", SafetensorsDType.F32, [1], new byte[4]);
        writer.Add("c", SafetensorsDType.I64, [1], new byte[8]);
        writer.Add("A", SafetensorsDType.F32, [1], new byte[4]);
        writer.Add("d", SafetensorsDType.BF16, [1], new byte[2]);
        string text = Encoding.UTF8.GetString(Bytes(writer));
        var places = "cAadZb".Select(n => text.IndexOf($"\"{n}\":", StringComparison.Ordinal));
        Assert.That(places, Is.Ordered.And.All.GreaterThan(0));
        Assert.That(string.Concat(SafetensorsBytes.ReadAll(Bytes(writer)).OrderBy(t => t.Info.Begin).Select(t => t.Info.Name)), Is.EqualTo("cAadZb"));
    }

    [Test]
    public void NamesAreSortedByTheirBytesAndSurviveEscaping()
    {
        string[] names = ["a\"b\\c\n\u0001", "\u00e4", "\uff5e", "\U0001F600", ""];
        var writer = new SafetensorsWriter();
        foreach (string name in names.Reverse()) writer.Add(name, SafetensorsDType.U8, [0], ReadOnlyMemory<byte>.Empty);
        writer.SetMetadata("k\"", "v\n\U0001F600");
        Assert.That(SafetensorsBytes.ReadAll(Bytes(writer)).Select(t => t.Info.Name), Is.EqualTo(names.OrderBy(n => Convert.ToHexString(Encoding.UTF8.GetBytes(n)), StringComparer.Ordinal)));
        using var stream = new MemoryStream(Bytes(writer));
        using var file = SafetensorsFile.Open(stream, "x");
        Assert.That(file.ReadMetadata()["k\""], Is.EqualTo("v\n\U0001F600"));
    }

    [Test]
    public void TheOrderOfAddingDoesNotMatter()
    {
        var (one, two) = (new SafetensorsWriter { IncludeChecksum = true }, new SafetensorsWriter { IncludeChecksum = true });
        byte[] x = [1, 2], y = [3];
        one.Add("x", SafetensorsDType.U8, [2], x);
        one.Add("y", SafetensorsDType.U8, [1], y);
        one.SetMetadata("a", "1");
        one.SetMetadata("b", "2");
        two.SetMetadata("b", "2");
        two.SetMetadata("a", "0");
        two.SetMetadata("a", "1");
        two.Add("y", SafetensorsDType.U8, [1], y);
        two.Add("x", SafetensorsDType.U8, [2], x);
        Assert.That(Bytes(two), Is.EqualTo(Bytes(one)));
        Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(Bytes(one)) % 8, Is.Zero);
    }

    [Test]
    public void TensorsAreWrittenInLogicalOrder()
    {
        using var device = new CpuDevice(1);
        float[] weight = [.. Enumerable.Range(0, 2 * 3 * 2 * 2).Select(i => i + 0.5f)];
        var tensor = Tensor.From(weight, [2, 3, 2, 2], device);
        var labels = Tensor.From([3, -1], [2], device);
        var writer = new SafetensorsWriter();
        writer.Add("weight", tensor);
        writer.Add("labels", labels);
        var read = SafetensorsBytes.ReadAll(Bytes(writer)).ToDictionary(t => t.Info.Name);
        Assert.That(read["weight"].Info.Shape, Is.EqualTo(new long[] { 2, 3, 2, 2 }));
        Assert.That(MemoryMarshal.Cast<byte, float>(read["weight"].Data).ToArray(), Is.EqualTo(weight));
        Assert.That(read["labels"].Info.DType, Is.EqualTo(SafetensorsDType.I32));
        Assert.That(MemoryMarshal.Cast<byte, int>(read["labels"].Data).ToArray(), Is.EqualTo(new[] { 3, -1 }));
        tensor.Release();
        labels.Release();
    }

    [Test]
    public void EveryBitPatternSurvives()
    {
        uint[] patterns = [0x7fc00000, 0x7f800001, 0xffc12345, 0x7f800000, 0xff800000, 0x80000000, 1, 0x007fffff, 0x3f800000];
        using var device = new CpuDevice(1);
        var tensor = Tensor.From(Array.ConvertAll(patterns, BitConverter.UInt32BitsToSingle), [patterns.Length], device);
        var writer = new SafetensorsWriter();
        writer.Add("x", tensor);
        tensor.Device.Synchronize();
        using var stream = new MemoryStream(Bytes(writer));
        using var file = SafetensorsFile.Open(stream, "x");
        Assert.That(Array.ConvertAll(file.ReadFloats(file.Find("x")!), BitConverter.SingleToUInt32Bits), Is.EqualTo(patterns));
        tensor.Release();
    }

    [Test]
    public void Mistakes()
    {
        var writer = new SafetensorsWriter();
        writer.Add("x", SafetensorsDType.U8, [1], new byte[1]);
        Assert.That(() => writer.Add("x", SafetensorsDType.U8, [1], new byte[1]), Throws.ArgumentException.With.Message.Contains("there is a tensor 'x' already"));
        Assert.That(() => writer.Add("y", SafetensorsDType.F32, [2], new byte[4]), Throws.ArgumentException.With.Message.Contains("has 4 bytes; its shape and type need 8"));
        Assert.That(() => writer.Add("y", SafetensorsDType.F4, [3], new byte[2]), Throws.ArgumentException);
        Assert.That(() => writer.Add("y", SafetensorsDType.U8, [-1], ReadOnlyMemory<byte>.Empty), Throws.ArgumentException.With.Message.Contains("negative"));
        Assert.That(() => writer.Add("__metadata__", SafetensorsDType.U8, [0], ReadOnlyMemory<byte>.Empty), Throws.ArgumentException);
        Assert.That(() => writer.Add("\ud83d", SafetensorsDType.U8, [0], ReadOnlyMemory<byte>.Empty), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void TheChecksumCoversEveryByte()
    {
        var writer = new SafetensorsWriter { IncludeChecksum = true };
        writer.SetMetadata("epoch", "3");
        writer.Add("x", SafetensorsDType.U8, [5], new byte[] { 1, 2, 3, 4, 5 });
        byte[] bytes = Bytes(writer);
        Assert.That(Verifies(bytes), Is.True);
        for (int i = 0; i < bytes.Length; i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = (byte[])bytes.Clone();
                damaged[i] ^= (byte)(1 << bit);
                Assert.That(Verifies(damaged), Is.False, $"bit {bit} of byte {i}");
            }
        }
    }

    private static bool Verifies(byte[] bytes)
    {
        try
        {
            using var stream = new MemoryStream(bytes);
            using var file = SafetensorsFile.Open(stream, "x");
            return file.VerifyChecksum();
        }
        catch (SafetensorsException)
        {
            return false;
        }
    }

    private static byte[] Bytes(SafetensorsWriter writer)
    {
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }
}
