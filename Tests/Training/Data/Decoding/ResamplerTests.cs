using CsCheck;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Tests.Training.Data.Decoding;

[TestFixture]
[Category("Training")]
public class ResamplerTests
{
    private const int Height = 7, Width = 13;

    [TestCase(5, 3)]
    [TestCase(26, 14)]
    [TestCase(13, 3)]
    [TestCase(4, 20)]
    public void EqualsPillowToTheByte(int width, int height) =>
        Assert.That(Resize(Fixture.Bytes("rgb.png.rgb"), Height, Width, height, width), Is.EqualTo(Fixture.Bytes($"resized-{width}x{height}.rgb")));

    [Test]
    public void TheSameSizeIsTheSameImage()
    {
        byte[] image = Fixture.Bytes("rgb.png.rgb");
        Assert.That(Resize(image, Height, Width, Height, Width), Is.EqualTo(image));
    }

    [Test]
    public void FollowsTheDefinitionWithinTheRoundingBetweenThePasses() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40], Gen.ULong).Sample(
            (height, width, toHeight, toWidth, seed) =>
            {
                byte[] image = TestImages.Create(1, height, width, seed: seed).Pixels;
                byte[] actual = Resize(image, height, width, toHeight, toWidth);
                double[] expected = Naive(image, height, width, toHeight, toWidth);
                return actual.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) <= 1.01);
            },
            iter: 60);

    [Test]
    public void AWindowIsThatPartOfTheWhole() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int[1, 30], Gen.Int[1, 30], Gen.Int[0, 10_000]).Sample(
            (height, width, toHeight, toWidth, random) =>
            {
                byte[] image = TestImages.Create(1, height, width, seed: (ulong)random).Pixels;
                int top = random % toHeight, left = random / 7 % toWidth;
                var window = new PixelBox(top, left, 1 + (random % (toHeight - top)), 1 + (random / 11 % (toWidth - left)));
                var actual = new byte[window.Height * window.Width * 3];
                Resampler.Resize(
                    new RgbImage(image, height, width), new PixelBox(0, 0, height, width), toHeight, toWidth, window, actual, new ImageScratch());
                return actual.AsSpan().SequenceEqual(Part(Resize(image, height, width, toHeight, toWidth), toWidth, window));
            },
            iter: 100);

    [Test]
    public void APartIsResizedAsIfItWereTheImage() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 20], Gen.Int[1, 30], Gen.Int[1, 30], Gen.Int[0, 10_000]).Sample(
            (height, width, toHeight, toWidth, random) =>
            {
                byte[] image = TestImages.Create(1, height, width, seed: (ulong)random).Pixels;
                int top = random % height, left = random / 7 % width;
                var part = new PixelBox(top, left, 1 + (random % (height - top)), 1 + (random / 11 % (width - left)));
                var actual = new byte[toHeight * toWidth * 3];
                Resampler.Resize(
                    new RgbImage(image, height, width), part, toHeight, toWidth, new PixelBox(0, 0, toHeight, toWidth), actual, new ImageScratch());
                return actual.AsSpan().SequenceEqual(Resize(Part(image, width, part), part.Height, part.Width, toHeight, toWidth));
            },
            iter: 100);

    [TestCase(375, 500, 256, 256, 341)]
    [TestCase(500, 375, 256, 341, 256)]
    [TestCase(32, 32, 37, 37, 37)]
    [TestCase(1, 60_000_000, 1_170, 1_170, int.MaxValue)]
    public void TheShorterSideDecides(int height, int width, int shorter, int toHeight, int toWidth) =>
        Assert.That(Resampler.WithShorterSide(height, width, shorter), Is.EqualTo((toHeight, toWidth)));

    [Test]
    public void LongThinImagesWork()
    {
        byte[] image = TestImages.Create(1, 1, 1000).Pixels;
        Assert.That(Resize(image, 1, 1000, 8, 8), Has.Length.EqualTo(8 * 8 * 3));
        var cropped = new byte[8 * 8 * 3];
        CentreCropTransform.Crop(new RgbImage(image, 1, 1000), 9, 8, cropped, new ImageScratch());
        Assert.That(cropped.AsSpan(0, 24).SequenceEqual(cropped.AsSpan(24, 24)), "one row stretched to all");
    }

    private static byte[] Resize(byte[] image, int height, int width, int toHeight, int toWidth)
    {
        var result = new byte[toHeight * toWidth * 3];
        Resampler.Resize(
            new RgbImage(image, height, width), new PixelBox(0, 0, height, width), toHeight, toWidth, new PixelBox(0, 0, toHeight, toWidth), result,
            new ImageScratch());
        return result;
    }

    private static byte[] Part(byte[] image, int width, PixelBox box) =>
        [.. Enumerable.Range(box.Top, box.Height).SelectMany(y => image.Skip(((y * width) + box.Left) * 3).Take(box.Width * 3))];

    /// <summary>Every pixel weighed by its distance on both axes, in doubles.</summary>
    private static double[] Naive(byte[] image, int height, int width, int toHeight, int toWidth)
    {
        var result = new double[toHeight * toWidth * 3];
        for (int i = 0; i < result.Length; i++)
        {
            int c = i % 3, x = i / 3 % toWidth, y = i / 3 / toWidth;
            double sum = 0, weights = 0;
            for (int sy = 0; sy < height; sy++)
            {
                for (int sx = 0; sx < width; sx++)
                {
                    double weight = Weight(sy, y, height, toHeight) * Weight(sx, x, width, toWidth);
                    weights += weight;
                    sum += weight * image[(((sy * width) + sx) * 3) + c];
                }
            }

            result[i] = sum / weights;
        }

        return result;

        static double Weight(int source, int target, int from, int to)
        {
            double scale = (double)from / to;
            return Math.Max(0, 1 - Math.Abs((source + 0.5 - ((target + 0.5) * scale)) / Math.Max(1, scale)));
        }
    }
}
