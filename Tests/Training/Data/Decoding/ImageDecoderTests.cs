using System.Buffers.Binary;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;

namespace WrnEngine.Tests.Training.Data.Decoding;

[TestFixture]
[Category("Training")]
public class ImageDecoderTests
{
    private const int Height = 7, Width = 13;

    // Form, and how far a value may be from Pillow's: both use libpng and libjpeg-turbo, in other versions; CMYK is converted differently.
    [TestCase("rgb.png", 0)]
    [TestCase("grey.png", 0)]
    [TestCase("grey-alpha.png", 0)]
    [TestCase("alpha.png", 0)]
    [TestCase("palette.png", 0)]
    [TestCase("palette-transparent.png", 0)]
    [TestCase("bits.png", 0)]
    [TestCase("rgb.jpg", 1)]
    [TestCase("progressive.jpg", 2)]
    [TestCase("grey.jpg", 1)]
    [TestCase("turned.jpg", 1)]
    [TestCase("cmyk.jpg", 2)]
    public void EveryFormBecomesPillowsRgb(string name, int tolerance)
    {
        using var folder = new TempFolder();
        string path = folder.Write(name, Fixture.Bytes(name));
        byte[] expected = Fixture.Bytes(name + ".rgb");
        RgbImage image = ImageDecoder.Decode(path);
        Assert.That((image.Height, image.Width), Is.EqualTo((Height, Width)), "EXIF doesn't turn it");
        int worst = 0;
        for (int i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(expected[i] - image.Pixels[i]));
        Assert.That(worst, Is.LessThanOrEqualTo(tolerance));
        Assert.That(ImageDecoder.ReadSize(path), Is.EqualTo((Height, Width)));
    }

    [TestCase("picture.gif")]
    [TestCase("make.py")]
    [TestCase("svhn-plain.mat")]
    public void OtherFilesAreRefused(string name)
    {
        using var folder = new TempFolder();
        string path = folder.Write("x.png", Fixture.Bytes(name));
        Assert.That(Fails(path).Message, Is.EqualTo($"{path} is neither a PNG nor a JPEG image; replace the file or take it out of the folder."));
    }

    [Test]
    public void AnEmptyFileAndAMissingOneAreTold()
    {
        using var folder = new TempFolder();
        Assert.That(Fails(folder.Write("x.jpg", [])).Message, Does.Contain("x.jpg is empty"));
        DatasetException e = Fails(folder["none.jpg"]);
        Assert.That((e.Error, e.Message), Is.EqualTo(
            (DatasetError.NotFound, $"{folder["none.jpg"]} is missing; put the file there or point --data-dir elsewhere.")));
    }

    [Test]
    public void AFileThatIsTooLargeIsNotRead()
    {
        using var folder = new TempFolder();
        string path = folder["large.png"];
        using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
            RandomAccess.SetLength(file, ImageDecoder.MaxFileSize + 1L); // sparse
        Assert.That(Fails(path).Message, Does.Contain("has 67,108,865 bytes, more than the 67,108,864 that are read"));
    }

    [Test]
    public void AnImageWithoutItsEndIsTold()
    {
        using var folder = new TempFolder();
        byte[] whole = Fixture.Bytes("rgb.jpg");
        Assert.That(Fails(folder.Write("x.jpg", whole.AsSpan(0, whole.Length - 40))).Message, Does.Contain("ends before its last pixel"));
        whole = Fixture.Bytes("rgb.png");
        Assert.That(Fails(folder.Write("x.png", whole.AsSpan(0, whole.Length - 30))).Message, Does.Contain("ends before its last pixel"));
    }

    // The header of a PNG says what the data can't hold; without the limits the first would need 16 GB.
    [TestCase(65_535, 65_535, "has 65535 x 65535 pixels; at most 67,108,864, and 65,535 a side, are read")]
    [TestCase(70_000, 10, "has 70000 x 10 pixels; at most 67,108,864, and 65,535 a side, are read")]
    [TestCase(8_000, 8_000, "claims 8000 x 8000 pixels, which its 85 bytes can't hold")]
    public void AHeaderThatLiesDoesNotAllocate(int width, int height, string finding)
    {
        byte[] png = Fixture.Bytes("rgb.png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Png.Crc(png.AsSpan(12, 17)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        DatasetException e = Assert.Throws<DatasetException>(() => ImageDecoder.Decode("x.png", png, png.Length, new ImageScratch()))!;
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        Assert.That(e.Message, Does.Contain(finding));
    }

    [Test]
    public void ThePngWriterOfTheTestsIsUnderstood()
    {
        byte[] pixels = [.. Enumerable.Range(0, 5 * 9 * 3).Select(i => (byte)(i * 53))];
        byte[] png = Png.Encode(pixels, 5, 9);
        RgbImage image = ImageDecoder.Decode("x.png", png, png.Length, new ImageScratch());
        Assert.That((image.Height, image.Width), Is.EqualTo((5, 9)));
        Assert.That(image.Pixels.ToArray(), Is.EqualTo(pixels));
    }

    private static DatasetException Fails(string path)
    {
        DatasetException e = Assert.Throws<DatasetException>(() => ImageDecoder.Decode(path))!;
        Assert.That(e.Message, Does.StartWith(path + " "));
        return e;
    }
}
