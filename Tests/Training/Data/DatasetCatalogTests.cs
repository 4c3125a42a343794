using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class DatasetCatalogTests
{
    [Test]
    public void AnUnknownNameListsTheKnownOnes()
    {
        DatasetException e = Assert.Throws<DatasetException>(() => DatasetCatalog.Load(new DatasetOptions { Name = "cifar-10" }))!;
        Assert.That((e.Error, e.Message), Is.EqualTo(
            (DatasetError.Request, "There is no data set named 'cifar-10'; use one of auto, cifar10, cifar100, svhn, fashion-mnist, folder, synthetic.")));
    }

    [Test]
    public void AutoIsCifar10AsSoonAsOneFileOfItIsThere()
    {
        using var folder = new TempFolder();
        Assert.That(DatasetCatalog.Resolve("auto", folder.Path), Is.EqualTo("synthetic"));
        Assert.That(DatasetCatalog.Resolve("cifar100", folder.Path), Is.EqualTo("cifar100"));
        folder.Write("cifar-10-batches-bin/data_batch_1.bin", [1]);
        Assert.That(DatasetCatalog.Resolve("auto", folder.Path), Is.EqualTo("cifar10"));
        DatasetException e = Assert.Throws<DatasetException>(() => DatasetCatalog.Load(new DatasetOptions { DataDirectory = folder.Path }))!;
        Assert.That(e.Message, Does.Contain("incomplete"), "an incomplete set isn't silently replaced by another");
    }

    [Test]
    public void TheWholeProceduralSetComesNormalisedAndSplit()
    {
        DatasetSplit split = DatasetCatalog.Load(new DatasetOptions { Name = "synthetic", ValidationImages = 5_000 });
        Assert.That((split.Train.Count, split.Validation!.Count, split.Test.Count), Is.EqualTo((45_000, 5_000, 10_000)));
        Assert.That(split.Normalization.Mean.ToArray(), Has.All.InRange(100, 155));
        Assert.That(split.Normalization.Std.ToArray(), Has.All.InRange(40, 80));
    }

    [Test]
    public void ImagesMayBeShrunkAndTestsShortened()
    {
        DatasetSplit split = DatasetCatalog.Load(new DatasetOptions { Name = "synthetic", ImageSize = 16, TrainImages = 100, TestImages = 70 });
        Assert.That((split.Train.Count, split.Test.Count), Is.EqualTo((100, 70)));
        Assert.That((split.Train.Source.Width, split.Test.Source.Height, split.Train.Source.CropPadding), Is.EqualTo((16, 16, 2)));
        float[] sample = new float[split.Train.Source.ImageSize];
        split.TrainTransform(1).Apply(split.Train.Source, 3, 0, sample);
        Assert.That(sample, Has.Some.Not.Zero);
        DatasetException e = Assert.Throws<DatasetException>(() => split.WithTestImages(71))!;
        Assert.That((e.Error, e.Message), Is.EqualTo((DatasetError.Request, "--test-images 71 is too many: synthetic has 70 test images; ask for fewer.")));
    }

    [Test]
    public void ImagesOfADataSetAreNotEnlarged()
    {
        DatasetException e = Assert.Throws<DatasetException>(() => DatasetCatalog.Load(new DatasetOptions { Name = "synthetic", ImageSize = 64 }))!;
        Assert.That((e.Error, e.Message), Is.EqualTo((
            DatasetError.Request, "--image-size 64 is larger than the 32 pixels of synthetic, and only --dataset folder enlarges images; give a smaller one.")));
    }

    [Test]
    public void OptionsOfOtherDataSetsAreRefused()
    {
        DatasetException e = Assert.Throws<DatasetException>(() => DatasetCatalog.Load(new DatasetOptions { Name = "cifar10", SvhnExtra = SvhnExtra.On }))!;
        Assert.That((e.Error, e.Message), Is.EqualTo((DatasetError.Request, "--svhn-extra is for --dataset svhn, not for cifar10; leave it out.")));
    }
}
