using WrnEngine.Kernels;

namespace WrnEngine.Tests.Kernels;

/// <summary>How the launchers of the float32 products choose.</summary>
[Category("Kernels")]
public class GemmPlanTests
{
    private const int A100 = 108;

    [Test]
    public void QuotientsAreExact([Values(1, 2, 3, 5, 7, 8, 9, 31, 32, 49, 64, 100, 1023, 1024, 1025, 50176, 65537, 1 << 30, int.MaxValue)] int divisor)
    {
        var fast = new FastDivisor(divisor);
        foreach (long around in (long[])[0, divisor, 2L * divisor, 1000, 123456789, 1 << 30, int.MaxValue / divisor * (long)divisor, int.MaxValue])
        {
            for (long value = Math.Max(0, around - 2); value <= Math.Min(int.MaxValue, around + 2); value++)
                Assert.That(fast.Divide((int)value), Is.EqualTo(value / divisor), $"{value} / {divisor}");
        }
    }

    // Groups of WRN-16-1, 16-4, 16-8 and 28-10 at batch 128; then one image.
    [TestCase(128, 32, 16, "128x16"), TestCase(128, 32, 32, "128x32"), TestCase(128, 32, 64, "128x64"), TestCase(128, 32, 128, "128x128")]
    [TestCase(128, 32, 160, "128x80"), TestCase(1, 8, 512, "32x32"), TestCase(1, 32, 16, "32x32")]
    public void TilesFitTheLayer(int images, int size, int channels, string expected)
    {
        var tile = GemmTile.Choose(Conv2dKernels.VectorTiles, images * size * size, channels, A100);
        Assert.That(tile.Name, Is.EqualTo(expected));
    }

    [Test]
    public void SplitsCoverTheSumAndNoneIsEmpty([Values(0, 1, 15, 16, 17, 700, 131072)] int depth, [Values(1, 5, 4000)] int tiles)
    {
        var (splits, perSplit) = GemmSplitsKernels.Plan(Conv2dKernels.VectorTiles[0], tiles, depth, 128, A100);
        Assert.That(perSplit % 16, Is.Zero);
        Assert.That((long)splits * perSplit, Is.GreaterThanOrEqualTo(depth));
        Assert.That((long)(splits - 1) * perSplit, Is.LessThan(Math.Max(depth, 1)));
        if (tiles == 4000 || depth < 256) Assert.That(splits, Is.EqualTo(1));
    }
}
