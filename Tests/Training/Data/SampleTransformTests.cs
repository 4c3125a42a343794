using CsCheck;
using WrnEngine.Rng;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class SampleTransformTests
{
    private static readonly ChannelNormalization Normalization = new([125.25f, 100.5f, 3.75f], [63.5f, 7.125f, 66.75f]);

    [Test]
    public void NormalisesToTheBit([Values(32, 5, 1, 11)] int width)
    {
        ImageDataset images = TestImages.Create(3, 6, width);
        float[] actual = Guarded(images);
        new NormalizeTransform(Normalization, width).Apply(images, 2, 1, actual.AsSpan(1, images.ImageSize));
        for (int i = 0; i < images.ImageSize; i++)
            CheckBits(actual[1 + i], Normalize(images.Image(2)[i], i % 3));
        CheckGuards(actual);
    }

    [Test]
    public void EqualsPaddingCroppingAndFlippingOneAfterTheOther() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 4], Gen.Int[0, 300], Gen.Int[5, 40], Gen.Int[5, 40], Gen.Int[1, 4]).Sample(
            (seed, index, epoch, height, width, padding) =>
            {
                ImageDataset images = TestImages.Create(5, height, width);
                float[] actual = Guarded(images);
                new CropFlipTransform(Normalization, width, seed, padding).Apply(images, index, epoch, actual.AsSpan(1, images.ImageSize));
                float[] expected = PadCropFlip(images, index, CropFlip.Draw(seed, index, epoch, padding));
                CheckGuards(actual);
                return actual.AsSpan(1, images.ImageSize).SequenceEqual(expected);
            },
            iter: 60);

    [Test]
    public void EveryCropAndFlipEqualsTheNaiveOne()
    {
        ImageDataset images = TestImages.Create(1);
        var transform = new CropFlipTransform(Normalization, 32, seed: 5);
        float[] actual = new float[images.ImageSize];
        var seen = new HashSet<CropFlip>();
        for (int epoch = 0; epoch < 1_500; epoch++)
        {
            var move = CropFlip.Draw(5, 0, epoch);
            if (!seen.Add(move))
                continue;
            transform.Apply(images, 0, epoch, actual);
            if (!actual.AsSpan().SequenceEqual(PadCropFlip(images, 0, move)))
                Assert.Fail($"{move} differs.");
        }

        Assert.That(seen, Has.Count.EqualTo(9 * 9 * 2));
    }

    [Test]
    public void TheCentreCropIsTheImage()
    {
        var centre = new CropFlip(4, 4, false);
        Assert.That(Enumerable.Range(0, 32).Select(i => (centre.SourceRow(i, 32), centre.SourceColumn(i, 32))),
            Is.EqualTo(Enumerable.Range(0, 32).Select(i => (i, i))));
        Assert.That(new CropFlip(0, 8, false).SourceRow(0, 32), Is.EqualTo(4), "the edge pixel isn't repeated");
        Assert.That(new CropFlip(0, 8, false).SourceColumn(31, 32), Is.EqualTo(27));
        Assert.That(new CropFlip(0, 8, true).SourceColumn(0, 32), Is.EqualTo(27));
    }

    [Test]
    public void DrawsFollowTheCounterConvention()
    {
        PhiloxBlock words = Philox.Block(0xDDCCBBAA, 0x44332211, 0, 49_999, 17, 3 << 16);
        Assert.That(CropFlip.Draw(0x44332211DDCCBBAA, 49_999, 17), Is.EqualTo(new CropFlip(
            (int)(((ulong)words.X * 9) >> 32), (int)(((ulong)words.Y * 9) >> 32), words.Z < 0x80000000)));
    }

    [Test]
    public void DrawsAreSpreadEvenly()
    {
        const int Draws = 81_000;
        int flips = 0;
        int[] places = new int[81];
        for (int i = 0; i < Draws; i++)
        {
            var move = CropFlip.Draw(1, i % 9_000, i / 9_000);
            places[(move.Top * 9) + move.Left]++;
            flips += move.Flip ? 1 : 0;
        }

        Assert.That(places, Has.All.InRange(1_000 - 160, 1_000 + 160)); // five standard deviations
        Assert.That(flips, Is.InRange((Draws / 2) - 712, (Draws / 2) + 712));
    }

    [Test]
    public void ImagesTooSmallToReflectAreRefused()
    {
        Assert.That(() => new CropFlipTransform(Normalization, 4, 1), Throws.ArgumentException);
        ImageDataset low = TestImages.Create(1, 4, 8);
        Assert.That(() => new CropFlipTransform(Normalization, 8, 1).Apply(low, 0, 0, new float[low.ImageSize]), Throws.ArgumentException);
    }

    private static float[] PadCropFlip(ImageDataset images, int index, CropFlip move)
    {
        int height = images.Height, width = images.Width, padding = move.Padded, paddedWidth = width + (2 * padding);
        var padded = new byte[(height + (2 * padding)) * paddedWidth * 3];
        for (int y = 0; y < height + (2 * padding); y++)
            for (int x = 0; x < paddedWidth; x++)
                for (int c = 0; c < 3; c++)
                    padded[(((y * paddedWidth) + x) * 3) + c] = images.Image(index)[(((Mirror(y - padding, height) * width) + Mirror(x - padding, width)) * 3) + c];

        var result = new float[images.ImageSize];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < 3; c++)
                {
                    int to = move.Flip ? width - 1 - x : x;
                    byte value = padded[((((y + move.Top) * paddedWidth) + x + move.Left) * 3) + c];
                    result[(((y * width) + to) * 3) + c] = Normalize(value, c);
                }

        return result;
    }

    // Walks back and forth over 0 .. size - 1, as a mirror without a repeated edge does.
    private static int Mirror(int i, int size)
    {
        int period = 2 * (size - 1);
        int t = ((i % period) + period) % period;
        return Math.Min(t, period - t);
    }

    private static float Normalize(byte value, int channel)
    {
        float scale = 1 / Normalization.Std[channel];
        float centred = value - Normalization.Mean[channel];
        return centred * scale;
    }

    private static float[] Guarded(ImageDataset images)
    {
        float[] buffer = new float[images.ImageSize + 2];
        buffer[0] = buffer[^1] = -1234;
        return buffer;
    }

    private static void CheckGuards(float[] buffer) => Assert.That((buffer[0], buffer[^1]), Is.EqualTo((-1234f, -1234f)));

    private static void CheckBits(float actual, float expected) =>
        Assert.That(BitConverter.SingleToInt32Bits(actual), Is.EqualTo(BitConverter.SingleToInt32Bits(expected)), $"{actual} instead of {expected}");
}
