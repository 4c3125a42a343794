using WrnEngine.Tests.Training.Data;
using WrnEngine.Tests.Training.Data.Decoding;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;
using WrnEngine.Training.Prediction;

namespace WrnEngine.Tests.Training.Prediction;

/// <summary>A picture reaches the network as evaluation on its data set would bring it there.</summary>
[Category("Training")]
public class ImageInputTests
{
    [Test]
    public void ATestImageGivesTheValuesOfEvaluation()
    {
        using var folder = new TempFolder();
        var data = TinyRun.Data();
        var test = data.Test.Source;
        var input = new ImageInput(Preprocessing.Of(data));
        var (expected, values) = (new float[test.ImageSize], new float[test.ImageSize]);
        for (int i = 0; i < 3; i++)
        {
            data.EvaluationTransform().Apply(test, i, 0, expected);
            input.Normalize(input.ReadPixels(folder.Write($"{i}.png", Png.Encode(test.Image(i), 32, 32))), values);
            Assert.That(values, Is.EqualTo(expected));
        }
    }

    /// <summary>A picture without the border gets it; one with it is taken as it is; one twice as large is halved first.</summary>
    [TestCase(28, 28)]
    [TestCase(56, 56)]
    [TestCase(56, 84)]
    [TestCase(84, 56)]
    public void TheBorderIsBlack(int height, int width)
    {
        using var folder = new TempFolder();
        byte[] pixels = Input(32, 32, border: 2).ReadPixels(folder.Write("a.png", Png.Flat(9, 8, 7, height, width)));
        for (int y = 0; y < 32; y++)
        {
            for (int x = 0; x < 32; x++)
            {
                bool isInside = Math.Min(x, y) >= 2 && Math.Max(x, y) < 30;
                Assert.That(pixels.AsSpan(3 * (32 * y + x), 3).ToArray(), Is.EqualTo(isInside ? new byte[] { 9, 8, 7 } : [0, 0, 0]), $"{x}, {y}");
            }
        }
    }

    [Test]
    public void AFramedPictureStaysAsItIs()
    {
        using var folder = new TempFolder();
        byte[] rgb = Pattern(32, 32);
        Assert.That(Input(32, 32, border: 2).ReadPixels(folder.Write("a.png", Png.Encode(rgb, 32, 32))), Is.EqualTo(rgb));
    }

    /// <summary>The aspect is kept and the centre taken, also for networks whose input is no square.</summary>
    [TestCase(20, 40, 10, 10, 10, 20)]
    [TestCase(40, 20, 10, 10, 20, 10)]
    [TestCase(30, 30, 10, 20, 20, 20)]
    [TestCase(7, 9, 10, 10, 10, 12)]
    [TestCase(1, 50, 8, 8, 8, 400)]
    public void OtherSizesAreResizedAndCropped(int height, int width, int toHeight, int toWidth, int resizedHeight, int resizedWidth)
    {
        using var folder = new TempFolder();
        byte[] rgb = Pattern(height, width), expected = new byte[toHeight * toWidth * 3];
        var window = new PixelBox((resizedHeight - toHeight) / 2, (resizedWidth - toWidth) / 2, toHeight, toWidth);
        Resampler.Resize(new RgbImage(rgb, height, width), new PixelBox(0, 0, height, width), resizedHeight, resizedWidth, window, expected, ImageScratch.OfThread);
        Assert.That(Input(toHeight, toWidth).ReadPixels(folder.Write("a.png", Png.Encode(rgb, height, width))), Is.EqualTo(expected));
    }

    /// <summary>ImageNet's way: the shorter side first, then less than all of it.</summary>
    [Test]
    public void TheShorterSideIsResizedFirst()
    {
        using var folder = new TempFolder();
        byte[] rgb = Pattern(50, 70), expected = new byte[28 * 28 * 3];
        CentreCropTransform.Crop(new RgbImage(rgb, 50, 70), 32, 28, expected, ImageScratch.OfThread);
        Assert.That(Input(28, 28, resized: 32).ReadPixels(folder.Write("a.png", Png.Encode(rgb, 50, 70))), Is.EqualTo(expected));
    }

    [Test]
    public void GreyBecomesThreeEqualChannels()
    {
        using var folder = new TempFolder();
        byte[] pixels = Input(8, 8).ReadPixels(folder.Write("grey.png", Fixture.Bytes("grey.png")));
        for (int i = 0; i < pixels.Length; i += 3) Assert.That((pixels[i + 1], pixels[i + 2]), Is.EqualTo((pixels[i], pixels[i])));
    }

    private static ImageInput Input(int height, int width, int border = 0, int? resized = null) => new(new Preprocessing
    {
        Height = height,
        Width = width,
        Border = border,
        ResizedSide = resized,
        Normalization = ChannelNormalization.Unit,
    });

    private static byte[] Pattern(int height, int width)
    {
        var rgb = new byte[height * width * 3];
        new Random(height + width).NextBytes(rgb);
        return rgb;
    }
}
