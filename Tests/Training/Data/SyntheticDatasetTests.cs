using System.Security.Cryptography;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class SyntheticDatasetTests
{
    [Test]
    public void IsTheSameForAnyNumberOfThreadsAndAnyPart()
    {
        (ImageDataset one, ImageDataset oneTest) = SyntheticDataset.Create(1, 1, 1_010, 300);
        for (int threads = 2; threads <= 3; threads++)
        {
            (ImageDataset many, ImageDataset manyTest) = SyntheticDataset.Create(1, threads, 1_010, 300);
            Assert.That(many.Pixels.AsSpan().SequenceEqual(one.Pixels) && manyTest.Pixels.AsSpan().SequenceEqual(oneTest.Pixels), $"{threads} threads");
        }

        (ImageDataset part, _) = SyntheticDataset.Create(1, 2, 77, 0);
        Assert.That(part.Pixels.AsSpan().SequenceEqual(one.Pixels.AsSpan(0, part.Pixels.Length)));
    }

    [Test]
    public void EverySeedAndEveryImageIsAnotherOne()
    {
        (ImageDataset one, ImageDataset test) = SyntheticDataset.Create(1, 2, 500, 500);
        (ImageDataset two, _) = SyntheticDataset.Create(2, 2, 500, 0);
        var seen = new HashSet<string>();
        foreach (ImageDataset images in new[] { one, test, two })
            for (int i = 0; i < images.Count; i++)
                seen.Add(Convert.ToHexString(SHA256.HashData(images.Image(i))));
        Assert.That(seen, Has.Count.EqualTo(1_500));
    }

    [Test]
    public void ClassesAreBalancedAndNamed()
    {
        (ImageDataset train, _) = SyntheticDataset.Create(1, 2, 1_000, 0);
        Assert.That(train.Labels.GroupBy(label => label).Select(group => group.Count()), Has.Exactly(10).EqualTo(100));
        Assert.That(train.ClassNames, Is.EqualTo((string[])[
            "stripes", "checks", "dots", "zigzag", "blotches", "disc", "square", "triangle", "cross", "ring"]));
        Assert.That((train.Name, train.Height, train.Width), Is.EqualTo(("synthetic", 32, 32)));
    }

    [Test]
    public void ColourAloneDoesNotGiveTheClassAway()
    {
        // The best guess from an image's mean colour, by the nearest class mean, must be near chance, 10 %.
        (ImageDataset train, ImageDataset test) = SyntheticDataset.Create(1, 2, 4_000, 1_000);
        var means = new double[10, 3];
        for (int i = 0; i < train.Count; i++)
            for (int c = 0; c < 3; c++)
                means[train.Labels[i], c] += Mean(train, i, c) / (train.Count / 10);
        int right = 0;
        for (int i = 0; i < test.Count; i++)
        {
            double Distance(int k) => Enumerable.Range(0, 3).Sum(c => Math.Pow(Mean(test, i, c) - means[k, c], 2));
            right += Enumerable.Range(0, 10).MinBy(Distance) == test.Labels[i] ? 1 : 0;
        }

        Assert.That(right, Is.LessThan(200));
    }

    private static double Mean(ImageDataset images, int index, int channel)
    {
        double sum = 0;
        ReadOnlySpan<byte> image = images.Image(index);
        for (int i = channel; i < image.Length; i += 3)
            sum += image[i];
        return sum / 1024;
    }
}
