using CsCheck;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class CifarLoaderTests
{
    private static readonly CifarLayout SmallCifar10 = CifarLayout.Cifar10 with { TrainRecords = 300, TestRecords = 3 };
    private static readonly CifarLayout TinyCifar10 = CifarLayout.Cifar10 with { TrainRecords = 1, TestRecords = 1 };
    private static readonly CifarLayout SmallCifar100 = CifarLayout.Cifar100 with { TrainRecords = 301, TestRecords = 4 };

    [Test]
    public void ReadsCifar10FromTheFolderOrItsParent([Values("", "cifar-10-batches-bin")] string below, [Values(1, 2, 3)] int threads)
    {
        using var folder = new TempFolder();
        WriteSet(folder, below, SmallCifar10);
        (ImageDataset train, ImageDataset test) = CifarLoader.Load(SmallCifar10, folder.Path, threads);
        CheckPixels(train, SmallCifar10, 0);
        CheckPixels(test, SmallCifar10, 5);
        Assert.That((train.Name, train.Count, test.Count, train.ClassCount), Is.EqualTo(("cifar10", 1500, 3, 10)));
    }

    [Test]
    public void ReadsTheFineLabelsOfCifar100()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", SmallCifar100);
        (ImageDataset train, ImageDataset test) = CifarLoader.Load(SmallCifar100, folder.Path, 2);
        CheckPixels(train, SmallCifar100, 0);
        CheckPixels(test, SmallCifar100, 1);
        Assert.That(train.ClassNames, Has.Count.EqualTo(100).And.Unique.And.Ordered);
    }

    [Test]
    public void TheOfficialLayoutsHaveTheOfficialSizes()
    {
        Assert.That(CifarLayout.Cifar10.RecordSize * CifarLayout.Cifar10.TrainRecords, Is.EqualTo(30_730_000));
        Assert.That(CifarLayout.Cifar100.RecordSize * CifarLayout.Cifar100.TrainRecords, Is.EqualTo(153_700_000));
        Assert.That(CifarLayout.Cifar100.RecordSize * CifarLayout.Cifar100.TestRecords, Is.EqualTo(30_740_000));
    }

    [Test]
    public void EveryTruncationIsOneSentence()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", TinyCifar10);
        string path = folder["data_batch_1.bin"];
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole.AsSpan(0, length));
            DatasetException e = Fails(TinyCifar10, folder.Path);
            if (e.Error != DatasetError.Invalid || !e.Message.Contains($"{path} has {length} bytes", StringComparison.Ordinal))
                Assert.Fail($"At {length} bytes: {e.Message}");
        }
    }

    [TestCase("data_batch_3.bin")]
    [TestCase("test_batch.bin")]
    public void AMissingFileIsNamed(string name)
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", TinyCifar10);
        File.Delete(folder[name]);
        DatasetException e = Fails(TinyCifar10, folder.Path);
        Assert.That(e.Error, Is.EqualTo(DatasetError.NotFound));
        Assert.That(e.Message, Does.Contain($"incomplete: {name} missing").And.Contain("cifar-10-binary.tar.gz"));
    }

    [Test]
    public void NothingThereNamesBothPlacesAndTheWayOut()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["cifar-10-batches-py"]);
        DatasetException e = Fails(CifarLayout.Cifar10, folder.Path);
        Assert.That(e.Error, Is.EqualTo(DatasetError.NotFound));
        Assert.That(e.Message, Does.Contain(folder["cifar-10-batches-bin"]).And.Contain("Python version").And.Contain("--data-dir"));
    }

    [Test]
    public void OtherRecordSizesAndCountsAreTold()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", TinyCifar10);
        folder.Write("data_batch_2.bin", new byte[3074 * 2]);
        Assert.That(Fails(TinyCifar10, folder.Path).Message, Does.Contain("records look like CIFAR-100's").And.Contain("data_batch_2.bin"));
        folder.Write("data_batch_2.bin", new byte[3073 * 2]);
        Assert.That(Fails(TinyCifar10, folder.Path).Message, Does.Contain("which is 2 records, but CIFAR-10 needs 3073 (1 records of 3073 bytes)"));
    }

    [Test]
    public void ALabelOutOfRangeIsFoundAtItsRecord([Values(1, 3)] int threads)
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", SmallCifar10);
        Poke(folder["data_batch_4.bin"], 299 * 3073, 255);
        Poke(folder["data_batch_4.bin"], 17 * 3073, 10);
        DatasetException e = Fails(SmallCifar10, folder.Path, threads);
        Assert.That(e.Error, Is.EqualTo(DatasetError.Invalid));
        Assert.That(e.Message, Does.Contain("data_batch_4.bin has the label 10 in record 17, but CIFAR-10 has 0 to 9"));
    }

    [TestCase(0, "coarse label 20", (byte)20)]
    [TestCase(1, "label 100", (byte)100)]
    public void BothLabelsOfCifar100AreLookedAt(int offset, string expected, byte value)
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", SmallCifar100);
        Poke(folder["test.bin"], (2 * 3074) + offset, value);
        Assert.That(Fails(SmallCifar100, folder.Path).Message, Does.Contain($"test.bin has the {expected} in record 2"));
    }

    [Test]
    public void AFolderInPlaceOfAFileIsAnError()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", TinyCifar10);
        File.Delete(folder["data_batch_2.bin"]);
        Directory.CreateDirectory(folder["data_batch_2.bin"]);
        Assert.That(Fails(TinyCifar10, folder.Path).Message, Does.Contain("data_batch_2.bin"));
    }

    [Test]
    public void AnyByteChangeGivesImagesOrASentence()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", TinyCifar10);
        string path = folder["data_batch_5.bin"];
        byte[] whole = File.ReadAllBytes(path);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                byte[] changed = [.. whole];
                changed[at] = value;
                File.WriteAllBytes(path, changed);
                try
                {
                    (ImageDataset train, _) = CifarLoader.Load(TinyCifar10, folder.Path, 1);
                    return at == 0 ? train.Labels[4] == value : train.Image(4)[((at - 1) % 1024 * 3) + ((at - 1) / 1024)] == value;
                }
                catch (DatasetException e)
                {
                    return at == 0 && value > 9 && e.Error == DatasetError.Invalid;
                }
            },
            iter: 200,
            threads: 1);
    }

    private static DatasetException Fails(CifarLayout layout, string path, int threads = 2) =>
        Assert.Throws<DatasetException>(() => CifarLoader.Load(layout, path, threads))!;

    private static void Poke(string path, long offset, byte value)
    {
        using FileStream file = File.OpenWrite(path);
        file.Position = offset;
        file.WriteByte(value);
    }

    private static void WriteSet(TempFolder folder, string below, CifarLayout layout)
    {
        string[] files = [.. layout.Files];
        for (int file = 0; file < files.Length; file++)
        {
            int records = file < layout.TrainFiles.Count ? layout.TrainRecords : layout.TestRecords;
            var content = new byte[records * layout.RecordSize];
            for (int record = 0; record < records; record++)
            {
                Span<byte> bytes = content.AsSpan(record * layout.RecordSize, layout.RecordSize);
                bytes[0] = (byte)(record % 20 % layout.ClassNames.Count); // the superclass, where there are two labels
                bytes[layout.LabelBytes - 1] = Label(layout, file, record);
                for (int i = 0; i < 3072; i++)
                    bytes[layout.LabelBytes + i] = Pixel(file, record, i);
            }

            folder.Write(Path.Combine(below, files[file]), content);
        }
    }

    private static void CheckPixels(ImageDataset images, CifarLayout layout, int firstFile)
    {
        int perFile = firstFile == 0 ? layout.TrainRecords : layout.TestRecords;
        int wrong = 0;
        for (int image = 0; image < images.Count; image++)
        {
            int file = firstFile + (image / perFile), record = image % perFile;
            ReadOnlySpan<byte> pixels = images.Image(image);
            for (int i = 0; i < 3072; i++)
                wrong += pixels[(i % 1024 * 3) + (i / 1024)] == Pixel(file, record, i) ? 0 : 1;
            wrong += images.Labels[image] == Label(layout, file, record) ? 0 : 1;
        }

        Assert.That(wrong, Is.Zero);
    }

    private static byte Label(CifarLayout layout, int file, int record) => (byte)(((7 * record) + file) % layout.ClassNames.Count);

    private static byte Pixel(int file, int record, int i) => (byte)((i * 31) + (i / 32) + (record * 17) + (file * 101));
}
