using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class FashionMnistLoaderTests
{
    private const int TrainCount = 12;
    private const int TestCount = 5;

    [TestCase("", ".gz")]
    [TestCase("fashion-mnist", "")]
    [TestCase("FashionMNIST/raw", "")]
    public void ReadsPadsAndColours(string below, string ending)
    {
        using var folder = new TempFolder();
        WriteSet(folder, below, ending);
        (ImageDataset train, ImageDataset test) = Load(folder);
        Check(train, TrainCount, 0);
        Check(test, TestCount, 1);
    }

    [Test]
    public void FindsTheSystemsCopy()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "system", ".gz");
        (ImageDataset train, _) = FashionMnistLoader.Load(folder["nothing-here"], 2, TrainCount, TestCount, folder["system"]);
        Check(train, TrainCount, 0);
    }

    [Test]
    public void NothingThereNamesThePlacesAndTheWayOut()
    {
        using var folder = new TempFolder();
        DatasetException e = Assert.Throws<DatasetException>(() => Load(folder))!;
        Assert.That(e.Error, Is.EqualTo(DatasetError.NotFound));
        Assert.That(e.Message, Does.Contain(folder["fashion-mnist"]).And.Contain("dataset-fashion-mnist").And.Contain("--data-dir"));
    }

    [Test]
    public void AMissingFileIsNamed()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", ".gz");
        File.Delete(folder["t10k-labels-idx1-ubyte.gz"]);
        Assert.That(
            Assert.Throws<DatasetException>(() => Load(folder))!.Message,
            Does.Contain("incomplete: t10k-labels-idx1-ubyte.gz (or t10k-labels-idx1-ubyte) is missing"));
    }

    [Test]
    public void ALabelOutOfRangeIsFoundAtItsRecord()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", "");
        byte[] labels = File.ReadAllBytes(folder["train-labels-idx1-ubyte"]);
        labels[8 + 7] = 10;
        File.WriteAllBytes(folder["train-labels-idx1-ubyte"], labels);
        Assert.That(
            Assert.Throws<DatasetException>(() => Load(folder))!.Message,
            Does.Contain("train-labels-idx1-ubyte has the label 10 in record 7, but Fashion-MNIST has 0 to 9"));
    }

    [Test]
    public void TheFirstOfTwoBrokenFilesIsTold()
    {
        using var folder = new TempFolder();
        WriteSet(folder, "", "");
        File.WriteAllBytes(folder["t10k-images-idx3-ubyte"], [1, 2, 3]);
        File.WriteAllBytes(folder["train-images-idx3-ubyte"], [1, 2, 3]);
        for (int i = 0; i < 20; i++)
            Assert.That(Assert.Throws<DatasetException>(() => Load(folder))!.Message, Does.Contain("train-images-idx3-ubyte ends after 3 bytes"));
    }

    [Test]
    public void TheRealSetHasItsKnownMeanAndDeviation()
    {
        if (!Directory.Exists("/usr/share/datasets/fashion-mnist"))
            Assert.Ignore("Debian's dataset-fashion-mnist is not installed.");
        using var folder = new TempFolder();
        DatasetSplit split = DatasetCatalog.Load(new DatasetOptions { Name = "fashion-mnist", DataDirectory = folder.Path });
        Assert.That((split.Train.Count, split.Test.Count), Is.EqualTo((60_000, 10_000)));

        // On 28 x 28 they are 72.94 and 90.02; 784 of the 1,024 pixels are image now, the others black.
        const double Share = 784.0 / 1024;
        double mean = 72.9404 * Share;
        double deviation = Math.Sqrt((((90.0212 * 90.0212) + (72.9404 * 72.9404)) * Share) - (mean * mean));
        for (int c = 0; c < 3; c++)
        {
            Assert.That(split.Normalization.Mean[c], Is.InRange(mean - 0.01, mean + 0.01));
            Assert.That(split.Normalization.Std[c], Is.InRange(deviation - 0.01, deviation + 0.01));
        }

        int[] counts = new int[10];
        foreach (byte label in split.Train.Source.Labels)
            counts[label]++;
        Assert.That(counts, Has.All.EqualTo(6_000));
    }

    private static (ImageDataset Train, ImageDataset Test) Load(TempFolder folder) =>
        FashionMnistLoader.Load(folder.Path, 2, TrainCount, TestCount, folder["no-system-copy"]);

    private static void WriteSet(TempFolder folder, string below, string ending)
    {
        foreach ((string name, int count, int set) in new[] { ("train", TrainCount, 0), ("t10k", TestCount, 1) })
        {
            var images = new List<byte> { 0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, 28, 0, 0, 0, 28 };
            var labels = new List<byte> { 0, 0, 8, 1, 0, 0, 0, (byte)count };
            for (int i = 0; i < count; i++)
            {
                labels.Add((byte)((i + set) % 10));
                for (int y = 0; y < 28; y++)
                    for (int x = 0; x < 28; x++)
                        images.Add(Grey(set, i, y, x));
            }

            Write($"{name}-images-idx3-ubyte", [.. images]);
            Write($"{name}-labels-idx1-ubyte", [.. labels]);
        }

        void Write(string name, byte[] content) =>
            folder.Write(Path.Combine(below, name + ending), ending == ".gz" ? TempFolder.Gzip(content) : content);
    }

    private static void Check(ImageDataset images, int count, int set)
    {
        Assert.That((images.Count, images.Height, images.Width, images.ClassCount), Is.EqualTo((count, 32, 32, 10)));
        for (int i = 0; i < count; i++)
        {
            Assert.That(images.Labels[i], Is.EqualTo((i + set) % 10));
            for (int at = 0; at < images.ImageSize; at++)
            {
                int y = (at / 96) - 2, x = (at / 3 % 32) - 2;
                byte expected = y is >= 0 and < 28 && x is >= 0 and < 28 ? Grey(set, i, y, x) : (byte)0;
                if (images.Image(i)[at] != expected)
                    Assert.Fail($"Image {i}, row {y}, column {x}: {images.Image(i)[at]} instead of {expected}.");
            }
        }
    }

    private static byte Grey(int set, int image, int y, int x) => (byte)((y * 37) + (x * 11) + (image * 5) + (set * 99) + 1);
}
