using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class IdxFileTests
{
    private static readonly int[] Sizes = [3, 4, 5];
    private static readonly byte[] Data = [.. Enumerable.Range(0, 60).Select(i => (byte)(i * i))];
    private static readonly byte[] Whole = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, .. Data];

    [TestCase("plain", false)]
    [TestCase("packed.gz", true)]
    [TestCase("packed-without-its-ending", true)]
    [TestCase("plain-in-spite-of-its-ending.gz", false)]
    public void ReadsPlainAndPackedFilesWhateverTheirName(string name, bool packed)
    {
        using var folder = new TempFolder();
        string path = folder.Write(name, packed ? TempFolder.Gzip(Whole) : Whole);
        Assert.That(IdxFile.Read(path, Sizes), Is.EqualTo(Data));
    }

    [Test]
    public void EveryTruncationIsOneSentence([Values] bool packed)
    {
        using var folder = new TempFolder();
        byte[] content = packed ? TempFolder.Gzip(Whole) : Whole;
        for (int length = 0; length < content.Length; length++)
        {
            string path = folder.Write("file", content.AsSpan(0, length));
            Assert.That(Fails(path).Message, Does.StartWith(path + " ").And.EndWith("fetch the file again."), $"{length} bytes");
        }
    }

    [Test]
    public void NoChangedByteOfAPackedFileGoesUnseen()
    {
        using var folder = new TempFolder();
        byte[] content = TempFolder.Gzip(Whole);
        for (int at = 0; at < content.Length; at++)
        {
            byte[] changed = [.. content];
            changed[at] ^= 0x55;
            string path = folder.Write("file", changed);
            try
            {
                // Some bytes of the gzip header (time, system) mean nothing for the content.
                Assert.That(IdxFile.Read(path, Sizes), Is.EqualTo(Data), $"byte {at}");
            }
            catch (DatasetException e)
            {
                Assert.That(e.Error, Is.EqualTo(DatasetError.Invalid));
            }
        }
    }

    [TestCase(0, 1, "magic number 0x01000803")]
    [TestCase(2, 13, "magic number 0x00000d03")]
    [TestCase(3, 1, "magic number 0x00000801, but an IDX file of bytes with 3 axes begins with 0x00000803")]
    [TestCase(4, 255, "has 4278190083 along axis 0, but 3 x 4 x 5 is expected")]
    [TestCase(11, 9, "has 9 along axis 1, but 3 x 4 x 5 is expected")]
    public void AWrongHeaderIsTold(int at, byte value, string expected)
    {
        using var folder = new TempFolder();
        byte[] changed = [.. Whole];
        changed[at] = value;
        Assert.That(Fails(folder.Write("plain", changed)).Message, Does.Contain(expected));
        Assert.That(Fails(folder.Write("packed", TempFolder.Gzip(changed))).Message, Does.Contain(expected));
    }

    [Test]
    public void BytesAfterTheEndAreTold()
    {
        using var folder = new TempFolder();
        byte[] longer = [.. Whole, 0];
        Assert.That(Fails(folder.Write("plain", longer)).Message, Does.Contain("holds 77 bytes, but 3 x 4 x 5 needs 76"));
        Assert.That(Fails(folder.Write("packed", TempFolder.Gzip(longer))).Message, Does.Contain("holds 77 bytes, but 3 x 4 x 5 needs 76"));
    }

    [Test]
    public void AMissingFileIsNotFound()
    {
        using var folder = new TempFolder();
        DatasetException e = Fails(folder["nothing"]);
        Assert.That((e.Error, e.Message), Is.EqualTo(
            (DatasetError.NotFound, $"{folder["nothing"]} is missing; put the file there or point --data-dir elsewhere.")));
    }

    private static DatasetException Fails(string path) => Assert.Throws<DatasetException>(() => IdxFile.Read(path, Sizes))!;
}
