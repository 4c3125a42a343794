using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Tests.Training.Reporting.Pages;

/// <summary>What is written is read again, by a decoder that is not ours.</summary>
[TestFixture]
[Category("Training")]
internal sealed class PngWriterTests
{
    [Test]
    public void A_decoder_finds_the_same_pixels(
        [Values(1, 3, 4)] int channels, [Values(1, 2, 31)] int width, [Values(1, 17)] int height, [Values] bool isSmooth)
    {
        byte[] pixels = new byte[width * height * channels];
        new Random(width + height).NextBytes(pixels);
        if (isSmooth) // rows that each filter is the best for: level, along the row, down the column, both
        {
            for (int i = 0; i < pixels.Length; i++)
            {
                int y = i / (width * channels), x = i / channels % width;
                pixels[i] = (byte)((y % 4) switch { 0 => 3, 1 => 200 + (5 * x), 2 => (200 + (5 * x)) ^ 1, _ => 7 * x * y });
            }
        }

        byte[] file = PngWriter.Encode(pixels, width, height, channels);
        RgbImage image = ImageDecoder.Decode("written.png", file, file.Length, new ImageScratch());

        Assert.That((image.Height, image.Width), Is.EqualTo((height, width)));
        byte[] expected = new byte[width * height * 3];
        for (int i = 0; i < expected.Length; i++) expected[i] = channels == 1 ? pixels[i / 3] : pixels[(i / 3 * channels) + (i % 3)];
        Assert.That(image.Pixels.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void Filters_make_a_smooth_picture_small()
    {
        const int Side = 64;
        byte[] pixels = new byte[Side * Side * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)((i / 3 % Side * 3) + (i / 3 / Side * 2) + (40 * (i % 3)));
        Assert.That(PngWriter.Encode(pixels, Side, Side, 3), Has.Length.LessThan(pixels.Length / 20));
    }

    [TestCase(2, 2, 3, 11)]
    [TestCase(2, 2, 2, 8)]
    [TestCase(0, 2, 1, 0)]
    [TestCase(65536, 65536, 1, 0)]
    public void Sizes_that_do_not_fit_are_refused(int width, int height, int channels, int length) =>
        Assert.That(() => PngWriter.Encode(new byte[length], width, height, channels), Throws.ArgumentException);
}
