using System.Text;
using WrnEngine.Tests.Training.Data.Matlab;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;
using WrnEngine.Training.Data.Matlab;

namespace WrnEngine.Tests.Training.Data;

/// <summary>
/// Whatever a file holds, reading it ends in a <see cref="DatasetException"/> or in data of the promised size, soon, and without allocating
/// more than twice the file plus 1 MiB plus the data that a header justified: for arrays their stated size, which a hundredth of it must
/// back; for images seven bytes per pixel (RGBA and RGB), of which no file may claim more than it can hold.
/// </summary>
[TestFixture]
[Category("Training")]
[CancelAfter(60_000)]
public class HostileFileTests
{
    private const int RandomChanges = 20_000;

    // Small arrays keep a compressed file below 300 bytes, so that random changes hit everything.
    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 96).Select(i => (byte)(i * 77))];
    private static readonly byte[] PlainMat = new MatWriter().AddBytes("X", [4, 4, 3, 2], Pixels).AddBytes("y", [2, 1], [10, 4]).ToArray();
    private static readonly byte[] PackedMat =
        new MatWriter().AddBytes("X", [4, 4, 3, 2], Pixels, compressed: true).AddBytes("y", [2, 1], [10, 4], compressed: true).ToArray();

    private static readonly int[] IdxSizes = [3, 4, 5];
    private static readonly byte[] PlainIdx = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, .. Pixels[..60]];

    [TestCase("svhn-plain.mat")]
    [TestCase("svhn-compressed.mat")]
    public void MatlabFilesFromScipy(string name)
    {
        byte[] file = Fixture.Bytes(name);
        byte[]? whole = name.Contains("compressed", StringComparison.Ordinal) ? ReadMat(file, new Cost()) : null;
        Check(file, Mutations.Flips(file).Concat(Mutations.Truncations(file)), ReadMat, whole);
    }

    [Test]
    public void MatlabFiles([Values] bool compressed)
    {
        byte[] file = compressed ? PackedMat : PlainMat;
        Check(file, Mutations.Flips(file).Concat(Mutations.Truncations(file)), ReadMat, compressed ? ReadMat(file, new Cost()) : null);
        Check(file, Mutations.Random(file, RandomChanges, seed: 1), ReadMat, null);
    }

    [Test]
    public void MatlabFilesWhoseDamageIsInsideTheCompressedPart()
    {
        // Random changes of the packed file end at the checksum; these don't.
        byte[] x = MatWriter.Array("X", [4, 4, 3, 2], MatWriter.UInt8Class, MatWriter.UInt8, Pixels);
        byte[] y = MatWriter.Array("y", [2, 1], MatWriter.UInt8Class, MatWriter.UInt8, [10, 4]);
        byte[] rest = MatWriter.Zlib(y);
        Check(x, Mutations.Random(x, RandomChanges / 4, seed: 2).Concat(Mutations.Flips(x)).Concat(Mutations.Truncations(x)), (changed, cost) =>
            ReadMat(new MatWriter().Add(MatWriter.Zlib(changed)).Add(rest).ToArray(), cost), null);
    }

    [Test]
    public void IdxFiles([Values] bool packed)
    {
        byte[] file = packed ? TempFolder.Gzip(PlainIdx) : PlainIdx;
        Check(file, Mutations.Flips(file).Concat(Mutations.Truncations(file)), ReadIdx, packed ? PlainIdx[16..] : null);
        Check(file, Mutations.Random(file, RandomChanges, seed: 3), ReadIdx, null);

        static byte[] ReadIdx(byte[] file, Cost cost)
        {
            cost.Justified = 60;
            using var stream = new MemoryStream(file, writable: false);
            byte[] data = IdxFile.Read("file", stream, IdxSizes);
            Assert.That(data, Has.Length.EqualTo(60));
            return data;
        }
    }

    [Test]
    public void CifarFiles()
    {
        CifarLayout layout = CifarLayout.Cifar10 with { TrainFiles = ["train.bin"], TestFile = "test.bin", TrainRecords = 2, TestRecords = 1 };
        byte[] file = new byte[2 * layout.RecordSize];
        for (int i = 0; i < file.Length; i++)
            file[i] = i % layout.RecordSize == 0 ? (byte)(i % 10) : (byte)(i * 31);
        using var folder = new TempFolder();
        folder.Write("test.bin", file.AsSpan(0, layout.RecordSize));
        folder.Write("train.bin", []);
        using var train = File.OpenHandle(folder["train.bin"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

        // One image in place of flipped pixels: a flip there only changes the picture.
        IEnumerable<byte[]> damaged = Mutations.Truncations(file).Where(f => f.Length % 7 == 0 || f.Length % layout.RecordSize < 3)
            .Concat(Mutations.Flips(file).Where((_, i) => i % 41 == 0 || i % layout.RecordSize == 0))
            .Concat(Mutations.Random(file, RandomChanges, seed: 4));
        Check(file, damaged, (changed, cost) =>
        {
            RandomAccess.SetLength(train, changed.Length);
            RandomAccess.Write(train, changed, 0);
            cost.Justified = 3 * 3072;
            (ImageDataset images, _) = CifarLoader.Load(layout, folder.Path, threads: 1);
            Assert.That(images.Count, Is.EqualTo(2));
            return [.. images.Labels.Select(label => (byte)label)];
        }, null);
    }

    [TestCase("rgb.png", RandomChanges)]
    [TestCase("palette-transparent.png", RandomChanges / 4)]
    [TestCase("grey-alpha.png", RandomChanges / 4)]
    [TestCase("rgb.jpg", RandomChanges)]
    [TestCase("progressive.jpg", RandomChanges / 4)]
    [TestCase("turned.jpg", RandomChanges / 4)]
    [TestCase("cmyk.jpg", RandomChanges / 4)]
    public void Images(string name, int changes)
    {
        const long ResidentLimit = 200 << 20; // a decoder left open would hold more than that after so many
        byte[] file = Fixture.Bytes(name);
        long residentBefore = Environment.WorkingSet;
        Check(
            file,
            Mutations.Flips(file).Concat(Mutations.Truncations(file)).Concat(Mutations.Random(file, changes, seed: 5)),
            (changed, cost) =>
            {
                cost.Justified = 7L * Math.Min(ImageDecoder.MaxPixels, ImageDecoder.MaxPixelsPerByte * changed.Length);
                RgbImage image = ImageDecoder.Decode("image", changed, changed.Length, new ImageScratch());
                cost.Justified = 7L * image.Height * image.Width;
                Assert.That(image.Pixels.Length, Is.EqualTo(image.Height * image.Width * 3));
                return [];
            },
            null);
        Assert.That(Environment.WorkingSet - residentBefore, Is.LessThan(ResidentLimit));
    }

    private static byte[] ReadMat(byte[] bytes, Cost cost)
    {
        using var file = new MatFile("file.mat", () => new MemoryStream(bytes, writable: false));
        var all = new List<byte>();
        foreach (string name in (string[])["X", "y"])
        {
            MatVariable variable = file.Find(name);
            Assert.That(variable.Count, Is.LessThanOrEqualTo((1 << 20) + (100L * bytes.Length)));
            cost.Justified += 2 * variable.Count;
            var values = new byte[variable.Count];
            using MatValueReader reader = file.OpenValues(variable);
            reader.ReadBytes(values);
            reader.Finish();
            all.AddRange(values);
            all.AddRange(Encoding.ASCII.GetBytes(variable.SizeText));
        }

        return [.. all];
    }

    /// <summary>
    /// Reads every version. What is read must equal <paramref name="whole"/>, where it is given: then the file has a checksum, and damage
    /// can't change the data unseen.
    /// </summary>
    private static void Check(byte[] file, IEnumerable<byte[]> versions, Func<byte[], Cost, byte[]> read, byte[]? whole)
    {
        read(file, new Cost()); // the undamaged one can be read, and the code is loaded
        int count = 0, refused = 0;
        foreach (byte[] version in versions)
        {
            var cost = new Cost();
            long before = GC.GetAllocatedBytesForCurrentThread();
            byte[]? data = null;
            try
            {
                data = read(version, cost);
            }
            catch (DatasetException e)
            {
                refused++;
                if (e.Message.Length is < 20 or > 400 || !e.Message.EndsWith('.'))
                    Assert.Fail($"version {count}: {e.Message}");
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Assert.Fail($"version {count}: {e} {Convert.ToHexString(version)}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > (2L * version.Length) + (1 << 20) + cost.Justified)
                Assert.Fail($"version {count}: {allocated} bytes allocated for {version.Length}: {Convert.ToHexString(version)}");
            if (data is not null && whole is not null && !data.AsSpan().SequenceEqual(whole))
                Assert.Fail($"version {count}: other data than the undamaged file: {Convert.ToHexString(version)}");
            count++;
        }

        TestContext.Out.WriteLine($"{count} versions, {refused} refused");
        Assert.That(refused, Is.GreaterThan(count / 20));
    }

    private sealed class Cost
    {
        public long Justified { get; set; }
    }
}
