using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[Category("Training")]
public class CutoutTransformTests
{
    private const int Height = 7, Width = 9;

    /// <summary>Every value is 1, so that zeros are the square alone.</summary>
    private sealed class Ones : SampleTransform
    {
        public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination) => destination.Fill(1);
    }

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(4)]
    public void TheCentreIsAnyPixelAndTheSquareIsClipped(int side)
    {
        var images = TestImages.Create(400, Height, Width);
        var transform = new CutoutTransform(new Ones(), side, seed: 5);
        var centres = new HashSet<(int, int)>();
        bool sawWhole = false, sawClipped = false;
        float[] sample = new float[images.ImageSize];
        for (int index = 0; index < images.Count; index++)
        {
            transform.Apply(images, index, 0, sample);
            var blank = Enumerable.Range(0, Height * Width).Where(p => sample[3 * p] == 0).Select(p => (Y: p / Width, X: p % Width)).ToArray();
            Assert.That(sample.Count(v => v == 0), Is.EqualTo(3 * blank.Length), "all channels together");
            Assert.That(sample, Has.All.Matches<float>(v => v is 0 or 1));
            int top = blank.Min(p => p.Y), left = blank.Min(p => p.X), height = blank.Max(p => p.Y) - top + 1, width = blank.Max(p => p.X) - left + 1;
            Assert.That(blank, Has.Length.EqualTo(height * width), "a rectangle");
            bool touchesRows = top == 0 || top + height == Height, touchesColumns = left == 0 || left + width == Width;
            Assert.That(height, touchesRows ? Is.InRange((side + 1) / 2, side) : Is.EqualTo(side));
            Assert.That(width, touchesColumns ? Is.InRange((side + 1) / 2, side) : Is.EqualTo(side));
            sawWhole |= height == side && width == side;
            sawClipped |= height < side || width < side;
            centres.Add((top, left));
        }

        Assert.That(sawWhole, Is.True);
        Assert.That(sawClipped, Is.EqualTo(side > 1));
        if (side == 1) Assert.That(centres, Has.Count.EqualTo(Height * Width), "every pixel is the centre of some sample");
    }

    [Test]
    public void ASquareTwiceAsLargeAsTheImageBlanksAllOfIt([Values(18, int.MaxValue)] int side)
    {
        var images = TestImages.Create(20, Height, Width);
        float[] sample = new float[images.ImageSize];
        for (int index = 0; index < images.Count; index++)
        {
            new CutoutTransform(new Ones(), side, seed: 5).Apply(images, index, 0, sample);
            Assert.That(sample, Has.All.Zero);
        }
    }

    [Test]
    public void TheRestIsTheInnerTransformsAndThePlaceDependsOnSampleAndEpochOnly()
    {
        var images = TestImages.Create(30, Height, Width);
        var inner = new CropFlipTransform(ChannelNormalization.Of(images, threads: 1), Width, seed: 5);
        var transform = new CutoutTransform(inner, 3, seed: 5);
        float[] plain = new float[images.ImageSize], cut = new float[images.ImageSize], again = new float[images.ImageSize];
        int moved = 0;
        for (int index = 0; index < images.Count; index++)
        {
            inner.Apply(images, index, 2, plain);
            transform.Apply(images, index, 2, cut);
            Assert.That(cut.Zip(plain), Has.All.Matches<(float Cut, float Plain)>(p => p.Cut == p.Plain || p.Cut == 0));
            Assert.That(cut.Count(v => v == 0), Is.GreaterThanOrEqualTo(3 * 4));
            transform.Apply(images, index, 2, again);
            Assert.That(again, Is.EqualTo(cut));
            transform.Apply(images, index, 3, again);
            if (!again.SequenceEqual(cut)) moved++;
        }

        Assert.That(moved, Is.GreaterThan(20));
        Assert.That(transform.OnDevice, Is.Null, "the device's augmentation op knows no squares");
    }
}
