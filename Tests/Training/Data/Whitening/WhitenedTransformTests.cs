using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training.Data.Whitening;

[TestFixture]
[Category("Training")]
public class WhitenedTransformTests
{
    [Test]
    public void EvaluationReadsTheWhitenedImage()
    {
        var (split, transform) = Split();
        using var owned = transform;
        foreach (var subset in new[] { split.Train, split.Validation!, split.Test })
        {
            int index = subset.Indices[^1], size = subset.Source.ImageSize;
            float[] expected = new float[size], actual = new float[size];
            transform.Apply(subset.Source, [index], expected, threads: 1);
            split.EvaluationTransform().Apply(subset.Source, index, epoch: 3, actual);
            Assert.That(actual, Is.EqualTo(expected));
        }
    }

    [Test]
    public void TrainingFlipsAndCropsTheWhitenedImage()
    {
        var (split, transform) = Split();
        using var owned = transform;
        ImageDataset source = split.Train.Source;
        int index = split.Train.Indices[2];
        float[] image = new float[source.ImageSize], actual = new float[source.ImageSize];
        transform.Apply(source, [index], image, threads: 1);
        var seen = new HashSet<CropFlip>();
        var training = split.TrainTransform(seed: 11);
        for (int epoch = 0; epoch < 100; epoch++)
        {
            var move = CropFlip.Draw(11, index, epoch);
            seen.Add(move);
            training.Apply(source, index, epoch, actual);
            Assert.That(actual, Is.EqualTo(Moved(image, source.Height, source.Width, move)), $"{move}");
        }

        Assert.That(seen, Has.Count.GreaterThan(30));
    }

    [Test]
    public void WithoutAugmentationTrainingReadsWhatEvaluationReads()
    {
        var (whitened, transform) = Split();
        using var owned = transform;
        var split = whitened with { Augmentation = Augmentation.None };
        ImageDataset source = split.Train.Source;
        float[] a = new float[source.ImageSize], b = new float[source.ImageSize];
        split.TrainTransform(1).Apply(source, split.Train.Indices[0], 0, a);
        split.EvaluationTransform().Apply(source, split.Train.Indices[0], 0, b);
        Assert.That(a, Is.EqualTo(b));
    }

    [Test]
    public void OnlyTheImagesOfTheSplitAreWhitened()
    {
        var (split, transform) = Split();
        using var owned = transform;
        ImageDataset source = split.Train.Source;
        int absent = Enumerable.Range(0, source.Count).First(i => !split.Train.Indices.Contains(i) && !split.Validation!.Indices.Contains(i));
        float[] target = new float[source.ImageSize];
        Assert.That(() => split.EvaluationTransform().Apply(source, absent, 0, target), Throws.ArgumentException.With.Message.Contains($"Image {absent}"));
        Assert.That(() => split.EvaluationTransform().Apply(TestImages.Create(3, 8, 6), 0, 0, target), Throws.ArgumentException);
    }

    [TestCase(49, 49)]
    public void LargeImagesAreRefusedInASentence(int height, int width)
    {
        var images = TestImages.Create(2, height, width);
        var split = DatasetSplit.Create(images, images, ChannelNormalization.Unit, null, 0, 1);
        var error = Assert.Throws<DatasetException>(() => ZcaWhitening.Of(split, new DatasetOptions(), 1))!;
        Assert.That((error.Error, error.Message), Is.EqualTo((DatasetError.Request,
            "--normalize zca is for images of up to 48 x 48 pixels that fit in memory and are not resized for every batch, unlike those of test (49 x 49); "
            + "give another --normalize.")));
    }

    private static (DatasetSplit Split, ZcaTransform Transform) Split()
    {
        ImageDataset train = TestImages.Create(60, 8, 6), test = TestImages.Create(7, 8, 6, seed: 4);
        var transform = ZcaTransform.Fit(train, threads: 2);
        var split = DatasetSplit.Create(train, test, ChannelNormalization.Unit, trainImages: 20, validationImages: 10, seed: 1);
        return (split with { Whitening = new ZcaWhitening(transform, 2, split.Train, split.Validation!, split.Test) }, transform);
    }

    private static float[] Moved(float[] image, int height, int width, CropFlip move)
    {
        var result = new float[image.Length];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                {
                    int to = move.Flip ? width - 1 - x : x;
                    result[(((y * width) + to) * 3) + c] = image[(((Mirror(y + move.Top - 4, height) * width) + Mirror(x + move.Left - 4, width)) * 3) + c];
                }

        return result;
    }

    private static int Mirror(int i, int size)
    {
        int t = Math.Abs(i) % (2 * (size - 1));
        return Math.Min(t, (2 * (size - 1)) - t);
    }
}
