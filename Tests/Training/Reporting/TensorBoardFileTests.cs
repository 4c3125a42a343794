using WrnEngine.Training.Reporting.TensorBoard;

namespace WrnEngine.Tests.Training.Reporting;

/// <summary>Event files, read back record by record with a reader of the format that shares nothing with the writer but the checksum's known answers.</summary>
[Category("Training")]
public class TensorBoardFileTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("wrn-events-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    /// <summary>The usual known answer of CRC-32C, and what the format makes of it.</summary>
    [Test]
    public void TheChecksumIsTheFormats()
    {
        Assert.That(EventFile.Crc("123456789"u8), Is.EqualTo(0xe3069283));
        Assert.That(TensorBoardFile.MaskedChecksum("123456789"u8), Is.EqualTo(0xc78ab0e5));
    }

    [Test]
    public void EveryKindOfValueReadsBack()
    {
        byte[] png = [0x89, (byte)'P', (byte)'N', (byte)'G', 1, 2, 3];
        string path;
        using (var file = new TensorBoardFile(_folder, TimeProvider.System))
        {
            file.Scalars(7, ("loss/train", 1.5), ("lr", 0.1));
            file.Image("images/augmented", png, 4, 2, 8);
            file.Histogram("weights/conv0", [-1, 0, 0.5f, 0.5f, 2, float.NaN], 9);
            file.Histogram("weights/none", [float.NaN], 9);
            file.Restart(5);
            path = file.FullPath;
        }

        var records = EventFile.Read(path);
        Assert.That(records, Has.Length.EqualTo(5));
        Assert.That(records[0].Text(3), Is.EqualTo("brain.Event:2"));
        Assert.That(records[1].Double(1), Is.EqualTo((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds).Within(60));
        Assert.That(records[1].Number(2), Is.EqualTo(7));
        Assert.That(records[1].Inner(5).All(1).Select(v => (v.Text(1), v.Float(2))), Is.EqualTo([("loss/train", 1.5f), ("lr", 0.1f)]));
        var image = records[2].Inner(5).Inner(1).Inner(4);
        Assert.That((image.Number(1), image.Number(2), image.Number(3)), Is.EqualTo((2UL, 4UL, 3UL)));
        Assert.That(image.Bytes(4), Is.EqualTo(png));
        var histogram = records[3].Inner(5).Inner(1).Inner(5);
        Assert.That((histogram.Double(1), histogram.Double(2), histogram.Double(3), histogram.Double(4), histogram.Double(5)), Is.EqualTo((-1.0, 2.0, 5.0, 2.0, 5.5)));
        double[] limits = histogram.Doubles(6), counts = histogram.Doubles(7);
        Assert.Multiple(() =>
        {
            Assert.That(limits, Is.Ordered.Ascending);
            Assert.That(counts, Has.Length.EqualTo(limits.Length));
            Assert.That(counts.Sum(), Is.EqualTo(5));
            Assert.That(limits[^1], Is.EqualTo(2));
            for (int i = 0; i < limits.Length; i++)
            {
                double low = i == 0 ? -1 : limits[i - 1];
                int expected = new[] { -1, 0, 0.5, 0.5, 2 }.Count(v => v >= low && (v < limits[i] || i == limits.Length - 1));
                Assert.That(counts[i], Is.EqualTo(expected), $"from {low} to {limits[i]}");
            }
        });
        Assert.That((records[4].Number(2), records[4].Inner(7).Number(1)), Is.EqualTo((5UL, 1UL)));
    }

    [Test]
    public void AHistogramOfEqualValuesHasOneBucket([Values(0f, 3f, -3f, 1e-30f, float.MaxValue)] float value)
    {
        var h = HistogramBuckets.Of([value, value])!;
        Assert.That(h.Counts, Is.EqualTo([2.0]));
        Assert.That((h.Min, h.Max, h.Limits), Is.EqualTo((value, value, new double[] { value })));
    }

    [Test]
    public void EveryValueIsInTheBucketOfItsLimits()
    {
        var random = new Random(3);
        for (int round = 0; round < 50; round++)
        {
            double size = Math.Pow(10, random.Next(-30, 30));
            float[] values = [.. Enumerable.Range(0, 200).Select(i => (float)(size * (random.Next(-30, 31) / 30.0)))]; // many of them on an edge
            var h = HistogramBuckets.Of(values)!;
            Assert.That(h.Limits, Has.Length.EqualTo(30).And.Ordered.Ascending);
            for (int i = 0; i < h.Limits.Length; i++)
            {
                double low = i == 0 ? h.Min : h.Limits[i - 1];
                Assert.That(h.Counts[i], Is.EqualTo(values.Count(v => v >= low && (v < h.Limits[i] || i == 29))), $"{size}, bucket {i}");
            }
        }
    }

    [Test]
    public void TwoFilesOfOneSecondHaveNamesOfTheirOwn()
    {
        using var first = new TensorBoardFile(_folder, TimeProvider.System);
        using var second = new TensorBoardFile(_folder, TimeProvider.System);
        Assert.That(second.FullPath, Is.Not.EqualTo(first.FullPath));
    }
}
