using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class ChannelNormalizationTests
{
    // Sizes with whole groups of 48 bytes only, with a rest, without any group, and with more groups than one flush takes.
    [TestCase(700, 32, 32)]
    [TestCase(600, 5, 7)]
    [TestCase(3, 1, 1)]
    [TestCase(2, 70, 90)]
    public void EqualsTheDefinitionForAnyNumberOfThreads(int count, int height, int width)
    {
        ImageDataset images = TestImages.Create(count, height, width);
        double[] mean = new double[3], variance = new double[3];
        double pixels = (double)count * height * width;
        for (int i = 0; i < images.Pixels.Length; i++)
            mean[i % 3] += images.Pixels[i] / pixels;
        for (int i = 0; i < images.Pixels.Length; i++)
            variance[i % 3] += (images.Pixels[i] - mean[i % 3]) * (images.Pixels[i] - mean[i % 3]) / pixels;

        var one = ChannelNormalization.Of(images, 1);
        for (int c = 0; c < 3; c++)
        {
            Assert.That(one.Mean[c], Is.InRange(mean[c] - 1e-4, mean[c] + 1e-4));
            Assert.That(one.Std[c], Is.InRange(Math.Sqrt(variance[c]) - 1e-4, Math.Sqrt(variance[c]) + 1e-4));
        }

        for (int threads = 2; threads <= 3; threads++)
        {
            var many = ChannelNormalization.Of(images, threads);
            Assert.That(many.Mean.SequenceEqual(one.Mean) && many.Std.SequenceEqual(one.Std), $"{threads} threads");
        }
    }

    [Test]
    public void TheBrightestImagesDoNotOverflow([Values(32, 200)] int side)
    {
        byte[] pixels = new byte[side * side * 3];
        pixels.AsSpan().Fill(255);
        var normalization = ChannelNormalization.Of(new ImageDataset("white", ["one"], side, side, pixels, [0]), 1);
        Assert.That(normalization.Mean.ToArray(), Has.All.EqualTo(255));
        Assert.That(normalization.Std.ToArray(), Has.All.EqualTo(1), "no deviation counts as one");
    }

    [Test]
    public void ThePaperConstantsAreTheAuthors()
    {
        Assert.That(ChannelNormalization.Paper.Mean.ToArray(), Is.EqualTo((float[])[125.3f, 123.0f, 113.9f]));
        Assert.That(ChannelNormalization.Paper.Std.ToArray(), Is.EqualTo((float[])[63.0f, 62.1f, 66.7f]));
    }
}
