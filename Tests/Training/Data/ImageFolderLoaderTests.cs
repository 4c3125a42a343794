using WrnEngine.Tests.Training.Data.Decoding;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class ImageFolderLoaderTests
{
    [Test]
    public void ClassesAreSortedByOrdinalComparisonAndFilesByName()
    {
        using var folder = new TempFolder();
        folder.Write("train/b/2.png", Png.Flat(2, 0, 0));
        folder.Write("train/b/10.PNG", Png.Flat(1, 0, 0));
        folder.Write("train/a/x.png", Png.Flat(0, 7, 0));
        folder.Write("train/Z/x.png", Png.Flat(0, 0, 9));
        folder.Write("train/b/notes.txt", [1]);
        folder.Write("train/b/.hidden.png", [1]);
        folder.Write("train/readme.md", [1]);
        folder.Write("test/a/x.png", Png.Flat(5, 5, 5));
        DatasetSplit data = Load(folder);
        ImageDataset train = data.Train.Source;
        Assert.That(train.ClassNames, Is.EqualTo((string[])["Z", "a", "b"]));
        Assert.That(train.Labels, Is.EqualTo((int[])[0, 1, 2, 2]));
        Assert.That(Enumerable.Range(0, 4).Select(i => string.Join(' ', train.Image(i)[..3].ToArray())), Is.EqualTo((string[])["0 0 9", "0 7 0", "1 0 0", "2 0 0"]));
        Assert.That(data.Test.Source.Labels, Is.EqualTo((int[])[1]));
        Assert.That((train.Name, train.Height, train.Width, train.IsInMemory, data.LoaderThreads), Is.EqualTo(("folder", 8, 8, true, 1)));
        Assert.That(data.Augmentation, Is.EqualTo(Augmentation.CropFlip));
    }

    [Test]
    public void MoreClassesThanAByteCountsHaveALabelEach()
    {
        using var folder = new TempFolder();
        byte[] image = Png.Flat(1, 2, 3, 5, 5);
        for (int i = 0; i < 300; i++)
            folder.Write($"train/n{i:d4}/x.png", image);
        folder.Write("val/n0299/x.png", image);
        DatasetSplit data = Load(folder);
        Assert.That(data.ClassCount, Is.EqualTo(300));
        Assert.That(data.Train.Source.Labels, Is.EqualTo(Enumerable.Range(0, 300)));
        Assert.That(data.Test.Source.Labels, Is.EqualTo((int[])[299]));
    }

    [Test]
    public void TestIsPreferredToVal()
    {
        using var folder = Small();
        folder.Write("val/b/1.png", Png.Flat(1, 2, 3, 6, 10));
        Assert.That(Load(folder).Test.Source.Labels, Is.EqualTo((int[])[0]));
        Directory.Delete(folder["test"], recursive: true);
        Assert.That(Load(folder).Test.Source.Labels, Is.EqualTo((int[])[1]));
    }

    [Test]
    public void MeanAndDeviationOfALargeSetComeFromImagesSpreadOverIt()
    {
        const int Count = ChannelNormalization.MaxDecoded + 1;
        var read = new HashSet<int>();
        var images = new ImageDataset("large", ["a"], 1, 1, new Grey(read), new int[Count]);
        var constants = ChannelNormalization.Of(images, threads: 2);
        Assert.That(read, Is.EquivalentTo(Enumerable.Range(0, (Count + 1) / 2).Select(i => 2 * i)), "every second");
        double mean = read.Average(i => (double)(i % 251));
        Assert.That(constants.Mean.ToArray(), Is.EqualTo(new[] { mean, mean, mean }).Within(1e-4));
    }

    [Test]
    public void OneSizeIsKeptAndOthersAreResizedWhenAsked()
    {
        using var folder = Small();
        Assert.That(Size(Load(folder)), Is.EqualTo((6, 10)), "not a square, and not asked to be one");
        string odd = folder.Write("train/b/y.png", Png.Flat(1, 2, 3, 9, 7));
        Assert.That(Fails(folder), Is.EqualTo(
            (DatasetError.Invalid, $"{odd} has 7 x 9 pixels and the images before it have 10 x 6; give --image-size S to resize them all.")));
        DatasetSplit data = Load(folder, o => o with { ImageSize = 8 });
        Assert.That(Size(data), Is.EqualTo((8, 8)));
        Assert.That(data.Train.Source.Image(2).ToArray().Chunk(3).Select(p => string.Join(' ', p)).Distinct(), Is.EqualTo((string[])["1 2 3"]));

        static (int, int) Size(DatasetSplit data) => (data.Test.Source.Height, data.Test.Source.Width);
    }

    [TestCase("auto", 64, Augmentation.CropFlip)]
    [TestCase("auto", 65, Augmentation.ImageNet)]
    [TestCase("auto", null, Augmentation.CropFlip)]
    [TestCase("none", 100, Augmentation.None)]
    [TestCase("imagenet", 16, Augmentation.ImageNet)]
    [TestCase("imagenet", null, Augmentation.ImageNet)]
    public void TheSizeDecidesTheAugmentationUnlessItIsGiven(string asked, int? size, Augmentation expected)
    {
        using var folder = Small();
        Augmentation augmentation = asked switch { "none" => Augmentation.None, "imagenet" => Augmentation.ImageNet, _ => Augmentation.Auto };
        DatasetSplit data = Load(folder, o => o with { ImageSize = size, Augmentation = augmentation, Threads = 3 });
        Assert.That(data.Augmentation, Is.EqualTo(expected));
        bool isImageNet = expected == Augmentation.ImageNet;
        Assert.That((data.Train.Source.IsInMemory, data.LoaderThreads), Is.EqualTo((!isImageNet, isImageNet ? 3 : 1)));
        Assert.That(data.Normalization == ChannelNormalization.ImageNet, Is.EqualTo(isImageNet));
        if (isImageNet)
            Assert.That(data.Train.Source.Width, Is.EqualTo(size ?? 224));
    }

    [Test]
    public void LargeImagesWithoutASizeAreImageNets()
    {
        using var folder = new TempFolder();
        folder.Write("train/a/x.png", Png.Flat(1, 2, 3, 70, 66));
        folder.Write("test/a/x.png", Png.Flat(1, 2, 3, 30, 99));
        DatasetSplit data = Load(folder);
        Assert.That((data.Augmentation, data.Test.Source.Height, data.Test.Source.Width), Is.EqualTo((Augmentation.ImageNet, 224, 224)));
        Assert.That(Batches(data, workers: 2), Has.Count.EqualTo(1));
    }

    [Test]
    public void DecodingPerSampleGivesTheSameBatches()
    {
        using var folder = Varied(40);
        DatasetSplit inMemory = Load(folder, o => o with { ImageSize = 12 });
        DatasetSplit perSample = Load(folder, o => o with { ImageSize = 12, MemoryBudget = 44 * 12 * 12 * 3 - 1, Threads = 4 });
        Assert.That((inMemory.Train.Source.IsInMemory, perSample.Train.Source.IsInMemory), Is.EqualTo((true, false)));
        Assert.That((inMemory.Notices, perSample.Notices.Single()), Is.EqualTo((
            Array.Empty<string>(), $"the images of {folder.Path} would take 0.0 GB in memory: they are decoded again for every batch.")));
        Assert.That(perSample.Normalization.Mean.ToArray(), Is.EqualTo(inMemory.Normalization.Mean.ToArray()));
        Assert.That(perSample.Normalization.Std.ToArray(), Is.EqualTo(inMemory.Normalization.Std.ToArray()));
        Assert.That(Batches(perSample, workers: 4), Is.EqualTo(Batches(inMemory, workers: 1)));
        Assert.That(Load(folder, o => o with { ImageSize = 12, MemoryBudget = 44 * 12 * 12 * 3 }).Train.Source.IsInMemory);
    }

    [Test]
    public void BatchesDoNotDependOnTheNumberOfThreads()
    {
        using var folder = Varied(40);
        DatasetSplit data = Load(folder, o => o with { ImageSize = 24, Augmentation = Augmentation.ImageNet });
        List<string> one = Batches(data, workers: 1);
        Assert.That(Batches(data, workers: 2), Is.EqualTo(one));
        Assert.That(Batches(data, workers: 5), Is.EqualTo(one));
        Assert.That(one.Distinct().Count(), Is.EqualTo(one.Count));
    }

    [Test]
    public void ABrokenImageIsNamedAtLoadingOrInItsBatch()
    {
        using var folder = Varied(40);
        byte[] broken = Png.Flat(1, 2, 3).AsSpan(0, 45).ToArray(); // its header, and the first bytes of its pixels
        string second = folder.Write("train/c1/0021.png", broken), first = folder.Write("train/c1/0003.png", broken);
        string expected = $"{first} ends before its last pixel; replace the file or take it out of the folder.";
        for (int repeat = 0; repeat < 5; repeat++)
            Assert.That(Fails(folder, o => o with { ImageSize = 12, Threads = 4 }), Is.EqualTo((DatasetError.Invalid, expected)));

        DatasetSplit data = Load(folder, o => o with { ImageSize = 12, Augmentation = Augmentation.ImageNet });
        using var loader = new BatchLoader(data.Train, data.EvaluationTransform(), 40, BatchOrder.Evaluation, 0, workers: 4);
        for (int repeat = 0; repeat < 5; repeat++)
        {
            loader.StartEpoch(0);
            Assert.That(loader.Next, Throws.InstanceOf<DatasetException>().With.Message.EqualTo(expected), "the first in the batch's order");
        }

        Assert.That(File.Exists(second));
    }

    [Test]
    public void AWrongFolderIsOneSentence()
    {
        using var folder = new TempFolder();
        DatasetException e = Assert.Throws<DatasetException>(() => ImageFolderLoader.Load(new DatasetOptions { DataDirectory = folder["none"] }))!;
        Assert.That((e.Error, e.Message), Is.EqualTo(
            (DatasetError.NotFound, $"There is no folder {folder["none"]}; point --data-dir at a folder with train/<class>/*.png.")));

        const string Needs = "an image folder needs train/<class>/*.png (or .jpg) and test/<class> or val/<class>.";
        Assert.That(Fails(folder), Is.EqualTo((DatasetError.NotFound, $"{folder.Path} has no folder train; {Needs}")));
        Directory.CreateDirectory(folder["train"]);
        Assert.That(Fails(folder), Is.EqualTo((DatasetError.NotFound, $"{folder.Path} has no folder test (or val); {Needs}")));
        Directory.CreateDirectory(folder["val"]);
        Assert.That(Fails(folder), Is.EqualTo(
            (DatasetError.Invalid, $"{folder["train"]} is empty; put the images of each class into {Path.Combine(folder["train"], "<class>")}.")));
        folder.Write("train/x.jpeg", [1]);
        Assert.That(Fails(folder).Message, Does.StartWith($"{folder["train"]} holds images but no class folders; put"));
        Directory.CreateDirectory(folder["train/a/images"]);
        Assert.That(Fails(folder), Is.EqualTo(
            (DatasetError.Invalid,
                $"{folder["train/a"]} has no .png, .jpg, .jpeg files (folders inside it aren't read); add images or delete the folder.")));
        folder.Write("train/a/x.png", Png.Flat(1, 2, 3));
        folder.Write("val/b/x.png", Png.Flat(1, 2, 3));
        Assert.That(Fails(folder), Is.EqualTo(
            (DatasetError.Invalid, $"{folder["val/b"]} is a class that training does not have; its classes are a; add it there or take it away here.")));
    }

    [Test]
    public void ImagesTooSmallForTheAugmentationAreOneSentence()
    {
        using var folder = new TempFolder();
        folder.Write("train/a/x.png", Png.Flat(1, 2, 3, 4, 9));
        folder.Write("test/a/x.png", Png.Flat(1, 2, 3, 4, 9));
        Assert.That(Assert.Throws<DatasetException>(() => Load(folder))!.Message, Is.EqualTo(
            "folder has images of 9 x 4 pixels, too small to reflect 4 of them; give --augment none."));
        Assert.That(Load(folder, o => o with { Augmentation = Augmentation.None }).Train.Count, Is.EqualTo(1));
    }

    private static (DatasetError Error, string Message) Fails(TempFolder folder, Func<DatasetOptions, DatasetOptions>? change = null)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => Load(folder, change))!;
        return (e.Error, e.Message);
    }

    private static DatasetSplit Load(TempFolder folder, Func<DatasetOptions, DatasetOptions>? change = null)
    {
        var options = new DatasetOptions { Name = "folder", DataDirectory = folder.Path, Threads = 2 };
        return DatasetCatalog.Load(change is null ? options : change(options));
    }

    private static TempFolder Small()
    {
        var folder = new TempFolder();
        folder.Write("train/a/x.png", Png.Flat(10, 20, 30, 6, 10));
        folder.Write("train/b/x.png", Png.Flat(40, 50, 60, 6, 10));
        folder.Write("test/a/x.png", Png.Flat(1, 2, 3, 6, 10));
        return folder;
    }

    /// <summary>Images of many sizes in two classes, and four to test on.</summary>
    private static TempFolder Varied(int count)
    {
        var folder = new TempFolder();
        for (int i = 0; i < count + 4; i++)
        {
            int height = 10 + (i % 7), width = 9 + (i % 11);
            string place = i < count ? $"train/c{i / (count / 2)}" : $"test/c{i % 2}";
            folder.Write($"{place}/{i % (count / 2):d4}.png", Png.Encode(TestImages.Create(1, height, width, seed: (ulong)i).Pixels, height, width));
        }

        return folder;
    }

    private static List<string> Batches(DatasetSplit data, int workers)
    {
        using var loader = new BatchLoader(data.Train, data.TrainTransform(3), Math.Min(16, data.Train.Count), BatchOrder.Training, 3, workers);
        loader.StartEpoch(2);
        var batches = new List<string>();
        while (loader.Next() is { } batch)
            batches.Add($"{string.Join(' ', batch.Labels.ToArray())}: {Convert.ToHexString(System.Runtime.InteropServices.MemoryMarshal.AsBytes(batch.Images))}");
        return batches;
    }

    private sealed class Grey(HashSet<int> read) : ImageStore
    {
        public override RgbImage Read(int index)
        {
            lock (read)
                read.Add(index);
            return new RgbImage(Enumerable.Repeat((byte)(index % 251), 3).ToArray(), 1, 1);
        }
    }
}
