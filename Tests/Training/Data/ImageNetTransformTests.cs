using CsCheck;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class ImageNetTransformTests
{
    private static readonly ChannelNormalization Normalization = ChannelNormalization.ImageNet;

    [Test]
    public void PartsHaveTheAreaAndAspectOfTheRecipe()
    {
        const int Height = 375, Width = 500, Draws = 4_000;
        double least = double.MaxValue, most = 0, mean = 0, flips = 0;
        var orders = new int[6];
        for (int i = 0; i < Draws; i++)
        {
            var draw = ImageNetDraw.Draw(7, i, 2, Height, Width);
            PixelBox part = draw.Part;
            Assert.That(draw.IsWhole, Is.False);
            Assert.That(part.Top >= 0 && part.Left >= 0 && part.Top + part.Height <= Height && part.Left + part.Width <= Width, $"{part}");
            double area = (double)part.Height * part.Width / (Height * Width), aspect = (double)part.Width / part.Height;
            Assert.That(aspect, Is.InRange(0.74, 1.35));
            (least, most, mean) = (Math.Min(least, area), Math.Max(most, area), mean + (area / Draws));
            flips += draw.Flip ? 1.0 / Draws : 0;
            orders[draw.Order]++;
            Assert.That(new[] { draw.Brightness, draw.Contrast, draw.Saturation }, Has.All.InRange(0.6f, 1.4f));
        }

        Assert.That(least, Is.InRange(0.079, 0.1));
        Assert.That(most, Is.InRange(0.9, 1.0));
        Assert.That(mean, Is.InRange(0.4, 0.54)); // below the 0.54 of all draws: large parts fit less often
        Assert.That(flips, Is.InRange(0.46, 0.54));
        Assert.That(orders, Has.All.InRange(Draws / 6 * 0.85, Draws / 6 * 1.15));
    }

    [Test]
    public void LightingIsNormalWithDeviationOneTenth()
    {
        const int Draws = 20_000;
        double[] sums = new double[3], squares = new double[3];
        for (int i = 0; i < Draws; i++)
        {
            (double a, double b, double c) = ImageNetDraw.Draw(1, i, 0, 8, 8).Lighting;
            double[] values = [a, b, c];
            for (int k = 0; k < 3; k++)
                (sums[k], squares[k]) = (sums[k] + values[k], squares[k] + (values[k] * values[k]));
        }

        for (int k = 0; k < 3; k++)
        {
            Assert.That(sums[k] / Draws, Is.InRange(-0.004, 0.004));
            Assert.That(Math.Sqrt(squares[k] / Draws), Is.InRange(0.0975, 0.1025));
        }
    }

    [Test]
    public void WhereNoPartFitsTheCentreIsShown()
    {
        var draw = ImageNetDraw.Draw(1, 0, 0, 2, 4_000); // a tenth of its area with an aspect near one is higher than two rows
        Assert.That((draw.IsWhole, draw.Part), Is.EqualTo((true, new PixelBox(0, 0, 2, 4_000))));
        ImageDataset images = TestImages.Create(1, 8, 8);
        var wide = new ImageDataset("wide", ["a"], 8, 8, new OneImage(TestImages.Create(1, 2, 1_000)), [0]);
        var sample = new float[images.ImageSize];
        new ImageNetTransform(Normalization, 1).Apply(wide, 0, 0, sample);
        Assert.That(sample, Has.None.NaN);
        Assert.That(sample.Distinct().Count(), Is.GreaterThan(20));
    }

    [Test]
    public void TheOnePassEqualsTheChangesOneAfterTheOther() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 1_000], Gen.Int[0, 200], Gen.Int[1, 12]).Sample(
            (seed, index, epoch, side) =>
            {
                ImageDataset images = TestImages.Create(1, side, side, seed: seed);
                var draw = ImageNetDraw.Draw(seed, index, epoch, side, side);
                byte[] pixels = images.Pixels;
                double[] mean = [.. Enumerable.Range(0, 3).Select(c => pixels.Where((_, i) => i % 3 == c).Average(v => (double)v))];
                var actual = new float[pixels.Length];
                ColourMap.Of(draw, mean, Normalization).Apply(pixels, side, draw.Flip, actual);
                double[] expected = Naive(pixels, side, draw);
                return actual.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) < 2e-5);
            },
            iter: 200);

    [Test]
    public void TheSampleIsThePartResizedAndChanged()
    {
        ImageDataset source = TestImages.Create(3, 40, 60);
        var images = new ImageDataset("some", source.ClassNames, 16, 16, new OneImage(source), source.Labels);
        var transform = new ImageNetTransform(Normalization, seed: 9);
        var actual = new float[images.ImageSize];
        for (int index = 0; index < 3; index++)
        {
            transform.Apply(images, index, 5, actual);
            var draw = ImageNetDraw.Draw(9, index, 5, 40, 60);
            var pixels = new byte[16 * 16 * 3];
            Resampler.Resize(source.Read(index), draw.Part, 16, 16, new PixelBox(0, 0, 16, 16), pixels, new ImageScratch());
            double[] expected = Naive(pixels, 16, draw);
            Assert.That(actual.Zip(expected).Max(pair => Math.Abs(pair.First - pair.Second)), Is.LessThan(2e-5));
        }
    }

    [Test]
    public void EvaluationReadsTheCentre()
    {
        ImageDataset source = TestImages.Create(1, 50, 70);
        var images = new ImageDataset("some", source.ClassNames, 28, 28, new OneImage(source), source.Labels);
        var actual = new float[images.ImageSize];
        new CentreCropTransform(Normalization, 28).Apply(images, 0, 0, actual);

        // The shorter side becomes 28 * 256 / 224 = 32, the other 44; the centre begins at row 2, column 8.
        var resized = new byte[32 * 44 * 3];
        Resampler.Resize(
            source.Read(0), new PixelBox(0, 0, 50, 70), 32, 44, new PixelBox(0, 0, 32, 44), resized, new ImageScratch());
        for (int i = 0; i < actual.Length; i++)
        {
            int y = i / 3 / 28, x = i / 3 % 28, c = i % 3;
            float expected = (resized[((((y + 2) * 44) + x + 8) * 3) + c] - Normalization.Mean[c]) * (1 / Normalization.Std[c]);
            if (!(Math.Abs(actual[i] - expected) < 1e-6))
                Assert.Fail($"row {y}, column {x}, channel {c}: {actual[i]} instead of {expected}");
        }
    }

    [TestCase(224, 256)]
    [TestCase(32, 37)]
    [TestCase(1, 1)]
    public void TheResizedSideIsEightSevenths(int side, int resized) => Assert.That(CentreCropTransform.ResizedSide(side), Is.EqualTo(resized));

    [Test]
    public void ASampleThatIsNoSquareIsRefused()
    {
        ImageDataset images = TestImages.Create(1, 8, 9);
        Assert.That(() => new ImageNetTransform(Normalization, 1).Apply(images, 0, 0, new float[images.ImageSize]), Throws.ArgumentException);
    }

    /// <summary>fb.resnet.torch's steps on floats, in doubles: jitter, lighting, normalisation, flip.</summary>
    private static double[] Naive(byte[] pixels, int side, ImageNetDraw draw)
    {
        double[] image = [.. pixels.Select(v => v / 255.0)];
        string[] orders = ["bcs", "bsc", "cbs", "csb", "sbc", "scb"];
        foreach (char change in orders[draw.Order])
        {
            double[] grey = [.. Enumerable.Range(0, side * side).Select(p => (0.299 * image[3 * p]) + (0.587 * image[(3 * p) + 1]) + (0.114 * image[(3 * p) + 2]))];
            double factor = change == 'b' ? draw.Brightness : change == 'c' ? draw.Contrast : draw.Saturation;
            for (int i = 0; i < image.Length; i++)
            {
                double other = change == 'b' ? 0 : change == 'c' ? grey.Average() : grey[i / 3];
                image[i] = (factor * image[i]) + ((1 - factor) * other);
            }
        }

        double[] deviations = [0.2175, 0.0188, 0.0045];
        double[][] directions = [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]];
        double[] alpha = [draw.Lighting.A, draw.Lighting.B, draw.Lighting.C];
        double[] mean = [0.485, 0.456, 0.406], std = [0.229, 0.224, 0.225];
        for (int i = 0; i < image.Length; i++)
        {
            image[i] += Enumerable.Range(0, 3).Sum(k => directions[i % 3][k] * alpha[k] * deviations[k]);
            image[i] = (image[i] - mean[i % 3]) / std[i % 3];
        }

        return draw.Flip ? [.. Enumerable.Range(0, image.Length).Select(i => image[(i / 3 / side * side * 3) + ((side - 1 - (i / 3 % side)) * 3) + (i % 3)])] : image;
    }

    private sealed class OneImage(ImageDataset source) : ImageStore
    {
        public override RgbImage Read(int index) => source.Read(index);
    }
}
