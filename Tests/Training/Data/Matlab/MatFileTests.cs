using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Matlab;

namespace WrnEngine.Tests.Training.Data.Matlab;

[TestFixture]
[Category("Training")]
public class MatFileTests
{
    private static readonly byte[] Values = [0, 1, 7, 100, 127, 9];

    [TestCase(1, new sbyte[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(2, new byte[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(3, new short[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(4, new ushort[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(5, new[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(6, new uint[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(7, new float[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(9, new double[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(12, new long[] { 0, 1, 7, 100, 127, 9 })]
    [TestCase(13, new ulong[] { 0, 1, 7, 100, 127, 9 })]
    public void EveryStorageTypeIsReadWhateverTheClass(int storage, Array stored)
    {
        foreach (bool compressed in new[] { false, true })
        {
            byte[] file = new MatWriter().AddArray("v", [2, 3], MatWriter.DoubleClass, storage, Bytes(stored), compressed).ToArray();
            Assert.That(Read(file, "v"), Is.EqualTo(Values), $"compressed: {compressed}");
        }
    }

    [TestCase(3, new short[] { 5, -1 })]
    [TestCase(4, new ushort[] { 256, 0 })]
    [TestCase(7, new[] { 1.5f, 0 })]
    [TestCase(9, new[] { double.NaN, 0 })]
    [TestCase(9, new[] { 0.0, double.PositiveInfinity })]
    [TestCase(13, new ulong[] { ulong.MaxValue, 0 })]
    public void ValuesThatAreNoBytesAreTold(int storage, Array stored)
    {
        byte[] file = new MatWriter().AddArray("v", [2, 1], MatWriter.DoubleClass, storage, Bytes(stored)).ToArray();
        Assert.That(Fails(() => Read(file, "v")), Does.Contain("has a value in the array at byte 136 that is no whole number from 0 to 255"));
    }

    [Test]
    public void FewValuesInTheirTagAreRead([Values(1, 2, 3, 4)] int count, [Values] bool compressed)
    {
        byte[] file = new MatWriter().AddBytes("v", [count, 1], Values.AsSpan(1, count), compressed).ToArray();
        Assert.That(Read(file, "v"), Is.EqualTo(Values.Skip(1).Take(count)));
    }

    [Test]
    public void ValuesCanBeReadInAnyPortions([Values(1, 2, 3)] int portion)
    {
        using var file = Open(new MatWriter().AddBytes("v", [4, 1], Values.AsSpan(0, 4)).ToArray());
        using var reader = file.OpenValues(file.Find("v"));
        var read = new List<byte>();
        while (read.Count < 4)
        {
            var part = new byte[Math.Min(portion, 4 - read.Count)];
            reader.ReadBytes(part);
            read.AddRange(part);
        }

        reader.Finish();
        Assert.That(read, Is.EqualTo(Values.Take(4)));
    }

    [Test]
    public void OtherVariablesAreSkipped()
    {
        byte[] text = MatWriter.Array("text", [1, 2], arrayClass: 4, storage: 4, [65, 0, 66, 0]);
        byte[] complex = MatWriter.Array("z", [1, 1], MatWriter.DoubleClass, MatWriter.UInt8, [1], flags: 0x0800);
        byte[] opaque = MatWriter.Array("o", [1, 1], arrayClass: 17, MatWriter.UInt8, [1]);
        byte[] file = new MatWriter().Add(text).Add(complex).AddBytes("v", [6, 1], Values, compressed: true).Add(opaque)
            .AddBytes("long_name", [2, 3], Values).ToArray();
        Assert.That(Read(file, "v"), Is.EqualTo(Values));
        Assert.That(Read(file, "long_name"), Is.EqualTo(Values));
        Assert.That(Fails(() => Read(file, "text")), Does.Contain("has no numeric array text, only v, long_name"));
    }

    [Test]
    public void PaddingAtTheVeryEndMayBeMissing()
    {
        byte[] array = MatWriter.Array("v", [6, 1], MatWriter.UInt8Class, MatWriter.UInt8, Values);
        byte[] cut = [.. MatWriter.Tag(MatWriter.Matrix, array.Length - 8 - 2), .. array.AsSpan(8, array.Length - 8 - 2)];
        Assert.That(Read(new MatWriter().Add(cut).ToArray(), "v"), Is.EqualTo(Values));
        Assert.That(Read(new MatWriter().Add(MatWriter.Zlib(cut)).ToArray(), "v"), Is.EqualTo(Values));
    }

    [Test]
    public void AnotherHeaderIsTold()
    {
        Assert.That(Fails(() => Open(new MatWriter("MATLAB 7.3 MAT-file, Platform", 0x0200).ToArray())), Does.Contain("of version 7.3, and only level 5"));
        Assert.That(Fails(() => Open(new MatWriter(endian: "MI").ToArray())), Does.Contain("is a big-endian MATLAB file"));
        Assert.That(Fails(() => Open(new MatWriter(version: 0x0300).ToArray())), Does.Contain("is not a MATLAB file of level 5"));
        Assert.That(Fails(() => Open(new byte[40])), Does.Contain("ends after 40 bytes, inside its header of 128"));
    }

    [Test]
    public void WhatContradictsItselfIsTold()
    {
        Check([.. MatWriter.Tag(7, 0)], "has an element of the unknown type 7 at byte 128");
        Check([.. MatWriter.Tag(MatWriter.Matrix, 100), 1], "ends inside the element at byte 128, which needs 100 bytes");
        Check([1, 2, 3], "ends inside the head of the element at byte 128");
        Check(Array([2, 2], 9, 2, Values), "has 6 bytes of values for v, and its sizes need 4");
        Check(Array([3, 4], 9, 2, Values), "has 6 bytes of values for v, and its sizes need 12");
        Check(Array([-1, -6], 9, 2, Values), "has an array with the size -1");
        Check(Array([6], 9, 2, Values), "has an array with 4 bytes of sizes");
        Check(Array([.. Enumerable.Repeat(1, 33)], 9, 2, Values), "has 132 bytes of sizes in the element at byte 136; 128 is the most");
        Check(Array([int.MaxValue, int.MaxValue, int.MaxValue], 9, 2, Values), "claims more than 2,147,483,647 values for v");
        Check(Array([6, 1], 9, 14, Values), "stores the values of v in the unknown type 14");
        Check(MatWriter.Array(new string('n', 64), [6, 1], 9, 2, Values), "has 64 bytes of name");
        Check(MatWriter.Zlib(MatWriter.Part(MatWriter.UInt8, Values)), "has a compressed element of type 2");
        Check([.. MatWriter.Tag(MatWriter.Compressed, 4), 1, 2, 3, 4], "has a compressed element at byte 136 that can't be unpacked");

        static byte[] Array(int[] sizes, int arrayClass, int storage, byte[] values) => MatWriter.Array("v", sizes, arrayClass, storage, values);
        static void Check(byte[] element, string finding) =>
            Assert.That(Fails(() => Read(new MatWriter().Add(element).ToArray(), "v")), Does.Contain(finding));
    }

    [Test]
    public void WhatGoesOnAfterTheValuesIsTold()
    {
        byte[] array = MatWriter.Array("v", [6, 1], MatWriter.UInt8Class, MatWriter.UInt8, Values);
        byte[] longer = [.. MatWriter.Tag(MatWriter.Matrix, array.Length), .. array.AsSpan(8), .. new byte[8]];
        Assert.That(Fails(() => Read(new MatWriter().Add(longer).ToArray(), "v")), Does.Contain("has 8 bytes after the values of the array"));
        Assert.That(
            Fails(() => Read(new MatWriter().Add(MatWriter.Zlib([.. array, 0])).ToArray(), "v")),
            Does.Contain("has more bytes in the element at byte 136 than its array needs"));
    }

    [Test]
    public void TwoOfTheSameNameAreTold() => Assert.That(
        Fails(() => Read(new MatWriter().AddBytes("v", [6, 1], Values).AddBytes("v", [6, 1], Values).ToArray(), "v")), Does.Contain("has 2 arrays v"));

    [Test]
    public void ManyVariablesAreTold()
    {
        var writer = new MatWriter();
        for (int i = 0; i < 33; i++)
            writer.AddBytes($"v{i}", [1, 1], [1]);
        Assert.That(Fails(() => Read(writer.ToArray(), "v")), Does.Contain("has more than 32 variables"));
    }

    [Test]
    public void ABombIsRefusedBeforeItIsUnpacked()
    {
        // 100 MiB of zeros are about 100 KB of zlib. Its header says so honestly; that is no file of images.
        const int Size = 100 << 20;
        byte[] file = new MatWriter().AddBytes("X", [32, 32, 3, Size / 3072], new byte[Size / 3072 * 3072], compressed: true).ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Fails(() => Open(file)), Does.Contain("claims 104,856,576 values for X, which 10").And.Contain("compressed bytes don't plausibly hold"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));

        // One that unpacks to more than its header says isn't read to its end.
        byte[] array = MatWriter.Array("v", [6, 1], MatWriter.UInt8Class, MatWriter.UInt8, Values);
        file = new MatWriter().Add(MatWriter.Zlib([.. array, .. new byte[Size]])).ToArray();
        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Fails(() => Read(file, "v")), Does.Contain("has more bytes in the element"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    private static MatFile Open(byte[] file) => new("file.mat", () => new MemoryStream(file, writable: false));

    private static byte[] Read(byte[] bytes, string name)
    {
        using MatFile file = Open(bytes);
        MatVariable variable = file.Find(name);
        var values = new byte[variable.Count];
        using MatValueReader reader = file.OpenValues(variable);
        reader.ReadBytes(values);
        reader.Finish();
        return values;
    }

    private static string Fails(Func<object> read)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => read())!;
        Assert.That(e.Error, Is.EqualTo(DatasetError.Invalid));
        Assert.That(e.Message, Does.StartWith("file.mat ").And.EndWith("; fetch the file again."));
        return e.Message;
    }

    private static byte[] Bytes(Array values)
    {
        var bytes = new byte[Buffer.ByteLength(values)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return bytes;
    }
}
