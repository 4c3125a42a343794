using WrnEngine.Tests.Training.Data.Matlab;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class SvhnLoaderTests
{
    private const int Train = 70, Test = 5, Extra = 130; // 64 images are a chunk

    [Test]
    public void ReadsPixelsAndLabelsInTheirOrder([Values] bool compressed, [Values(1, 3)] int threads)
    {
        using var folder = new TempFolder();
        Write(folder, compressed: compressed);
        LoadedImages images = SvhnLoader.Load(folder.Path, SvhnExtra.Auto, threads);
        Assert.That((images.Train.Name, images.Train.ClassCount, images.Train.Count, images.Test.Count), Is.EqualTo(("svhn", 10, Train + Extra, Test)));
        Check(images.Train, 0, Train, 0);
        Check(images.Train, Train, Extra, 1);
        Check(images.Test, 0, Test, 2);
        Assert.That((images.Augmentation, images.Normalization), Is.EqualTo((Augmentation.None, NormalizationSource.Unit)));
        Assert.That(images.Notices, Is.Empty);
    }

    [TestCase("svhn-plain.mat")]
    [TestCase("svhn-compressed.mat")] // its labels are doubles
    public void ReadsWhatScipyWrites(string name)
    {
        using var folder = new TempFolder();
        folder.Write("svhn/train_32x32.mat", Fixture.Bytes(name));
        folder.Write("svhn/test_32x32.mat", Fixture.Bytes(name));
        ImageDataset images = SvhnLoader.Load(folder.Path, SvhnExtra.Off, 1).Train;
        Assert.That(images.Labels, Is.EqualTo((int[])[1, 0, 7]));
        for (int image = 0; image < 3; image++)
        {
            for (int i = 0; i < 3072; i++)
            {
                int y = i / 96, x = i / 3 % 32, c = i % 3;
                long n = y + (32 * (x + (32 * (c + (3L * image)))));
                if (images.Image(image)[i] != n * 37 / 5 % 251)
                    Assert.Fail($"image {image}, row {y}, column {x}, channel {c}");
            }
        }
    }

    [Test]
    public void ExtraIsTakenWhenItIsThereOrAskedFor()
    {
        using var folder = new TempFolder();
        Write(folder);
        Assert.That(SvhnLoader.Load(folder.Path, SvhnExtra.On, 1).Train.Count, Is.EqualTo(Train + Extra));
        LoadedImages without = SvhnLoader.Load(folder.Path, SvhnExtra.Off, 1);
        Assert.That(without.Train.Count, Is.EqualTo(Train));
        Assert.That(without.Notices, Is.EqualTo((string[])[
            "training on the 70 images of train_32x32.mat alone; the paper trains on those of extra_32x32.mat as well (--svhn-extra on)."]));

        File.Delete(folder["extra_32x32.mat"]);
        without = SvhnLoader.Load(folder.Path, SvhnExtra.Auto, 1);
        Assert.That(without.Train.Count, Is.EqualTo(Train));
        Assert.That(without.Notices.Single(), Does.EndWith($"extra_32x32.mat as well, which is not in {folder.Path}."));
        Assert.That(Fails(folder, SvhnExtra.On), Is.EqualTo(
            (DatasetError.NotFound,
                $"SVHN in {folder.Path} is incomplete: extra_32x32.mat missing; put it there, or train without it (--svhn-extra off).")));
    }

    [Test]
    public void TheCatalogDividesBy255AndDoesNotAugment()
    {
        using var folder = new TempFolder();
        Write(folder);
        DatasetSplit data = DatasetCatalog.Load(new DatasetOptions { Name = "svhn", DataDirectory = folder.Path });
        ImageDataset images = data.Train.Source;
        var actual = new float[images.ImageSize];
        foreach (SampleTransform transform in new[] { data.TrainTransform(seed: 3), data.EvaluationTransform() })
        {
            transform.Apply(images, 4, 7, actual);
            for (int i = 0; i < actual.Length; i++)
            {
                if (!(Math.Abs(actual[i] - (images.Image(4)[i] / 255.0)) < 1e-7))
                    Assert.Fail($"{actual[i]} for {images.Image(4)[i]}");
            }
        }
    }

    [Test]
    public void AMissingSetOrFileIsOneSentence()
    {
        using var folder = new TempFolder();
        Assert.That(Fails(folder), Is.EqualTo(
            (DatasetError.NotFound,
                $"SVHN was not found: neither {folder.Path} nor {Path.Combine(folder.Path, "svhn")} holds train_32x32.mat or test_32x32.mat; "
                + "give --download, put the files of format 2 (cropped digits) there, or use --dataset synthetic.")));
        Write(folder);
        File.Delete(folder["test_32x32.mat"]);
        Assert.That(Fails(folder).Message, Is.EqualTo($"SVHN in {folder.Path} is incomplete: test_32x32.mat missing; put the files there."));
    }

    [Test]
    public void ArraysThatDoNotFitAreTold()
    {
        Check([31, 32, 3, 2], [2, 1], "has an array X of 31 x 32 x 3 x 2, not 32 x 32 x 3 x N");
        Check([32, 32, 3, 0], [0, 1], "has an array X of 32 x 32 x 3 x 0, not 32 x 32 x 3 x N");
        Check([32, 32, 6], [2, 1], "has an array X of 32 x 32 x 6, not 32 x 32 x 3 x N");
        Check([32, 32, 3, 2], [3, 1], "has labels y of 3 x 1 for 2 images, not 2 x 1");
        Check([32, 32, 3, 4], [2, 2], "has labels y of 2 x 2 for 4 images, not 4 x 1");

        static void Check(int[] pixels, int[] labels, string finding)
        {
            using var folder = new TempFolder();
            Write(folder);
            byte[] file = new MatWriter().AddBytes("X", pixels, new byte[Product(pixels)]).AddBytes("y", labels, new byte[Product(labels)]).ToArray();
            string path = folder.Write("train_32x32.mat", file);
            Assert.That(Fails(folder), Is.EqualTo((DatasetError.Invalid, $"{path} {finding}; fetch the file again.")));
        }

        static int Product(int[] sizes) => sizes.Aggregate(1, (a, b) => a * b);
    }

    [TestCase(0)]
    [TestCase(11)]
    public void LabelsOutOfRangeAreTold(int label)
    {
        using var folder = new TempFolder();
        Write(folder);
        byte[] file = new MatWriter().AddBytes("y", [2, 1], [10, (byte)label]).AddBytes("X", [32, 32, 3, 2], new byte[6144]).ToArray();
        string path = folder.Write("test_32x32.mat", file);
        Assert.That(Fails(folder).Message, Is.EqualTo($"{path} has the label {label} for image 1, and SVHN has 1 to 10; fetch the file again."));
    }

    [Test]
    public void OneImageMayComeWithThreeSizes()
    {
        using var folder = new TempFolder();
        Write(folder);
        folder.Write("test_32x32.mat", new MatWriter().AddBytes("y", [1, 1], [3]).AddBytes("X", [32, 32, 3], new byte[3072]).ToArray());
        Assert.That(SvhnLoader.Load(folder.Path, SvhnExtra.Off, 1).Test.Labels, Is.EqualTo((int[])[3]));
    }

    private static (DatasetError Error, string Message) Fails(TempFolder folder, SvhnExtra extra = SvhnExtra.Auto)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => SvhnLoader.Load(folder.Path, extra, 2))!;
        return (e.Error, e.Message);
    }

    private static void Write(TempFolder folder, bool compressed = true)
    {
        (string Name, int Count)[] files = [("train", Train), ("extra", Extra), ("test", Test)];
        for (int file = 0; file < files.Length; file++)
        {
            int count = files[file].Count;
            var pixels = new byte[count * 3072];
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = Pixel(file, i / 3072, i % 32, i / 32 % 32, i / 1024 % 3);
            byte[] labels = [.. Enumerable.Range(0, count).Select(i => (byte)(1 + ((i + file) % 10)))];
            folder.Write(
                $"{files[file].Name}_32x32.mat",
                new MatWriter().AddBytes("X", [32, 32, 3, count], pixels, compressed).AddBytes("y", [count, 1], labels, compressed).ToArray());
        }
    }

    private static void Check(ImageDataset images, int first, int count, int file)
    {
        for (int image = 0; image < count; image++)
        {
            ReadOnlySpan<byte> pixels = images.Image(first + image);
            for (int i = 0; i < pixels.Length; i++)
            {
                if (pixels[i] != Pixel(file, image, i / 96, i / 3 % 32, i % 3))
                    Assert.Fail($"file {file}, image {image}, value {i}");
            }

            Assert.That(images.Labels[first + image], Is.EqualTo((1 + ((image + file) % 10)) % 10));
        }
    }

    private static byte Pixel(int file, int image, int y, int x, int c) => (byte)((file * 91) + (image * 57) + (y * 7) + (x * x) + (c * 113));
}
