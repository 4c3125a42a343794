using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

/// <summary>Smaller copies of images.</summary>
[TestFixture]
[Category("Training")]
public class ShrunkImagesTests
{
    /// <summary>Half the side: a triangle of two source pixels to each side weighs four of them 1, 3, 3 and 1, along rows and then along columns.</summary>
    [Test]
    public void HalfTheSideByHand()
    {
        ImageDataset images = TestImages.Create(5, 8, 8), half = ShrunkImages.Of(images, 4, threads: 2);
        Assert.That((half.Width, half.Height, half.Count, half.Name), Is.EqualTo((4, 4, 5, images.Name)));
        Assert.That(half.Labels, Is.EqualTo(images.Labels));
        for (int i = 0; i < images.Count; i++)
            for (int y = 0; y < 4; y++)
                for (int x = 0; x < 4; x++)
                    for (int c = 0; c < 3; c++)
                        Assert.That(half.Image(i)[(((y * 4) + x) * 3) + c], Is.EqualTo(Weighed(images.Image(i), x, y, c)).Within(1.01), "rounded twice");
    }

    [Test]
    public void PaddingAndBorderShrinkWithIt()
    {
        ImageDataset images = new("framed", ["a"], 32, 32, new byte[32 * 32 * 3], [0]) { Border = 2 };
        var half = ShrunkImages.Of(images, 16, 1);
        Assert.That((half.Border, half.CropPadding), Is.EqualTo((1, 2)));
        Assert.That(ShrunkImages.Of(images, 3, 1).CropPadding, Is.EqualTo(1), "a crop still moves");
        Assert.That(ShrunkImages.Of(images, 32, 1), Is.SameAs(images));
    }

    [Test]
    public void ThreadsMakeNoDifference()
    {
        ImageDataset images = TestImages.Create(37);
        Assert.That(ShrunkImages.Of(images, 12, 3).Pixels, Is.EqualTo(ShrunkImages.Of(images, 12, 1).Pixels));
    }

    private static double Weighed(ReadOnlySpan<byte> image, int x, int y, int c)
    {
        double[] rows = new double[8], row = new double[8];
        for (int j = 0; j < 8; j++)
        {
            for (int i = 0; i < 8; i++) row[i] = image[(((j * 8) + i) * 3) + c];
            rows[j] = Mean(row, x);
        }

        return Mean(rows, y);
    }

    private static double Mean(double[] line, int at)
    {
        double sum = 0, weights = 0;
        foreach (var (offset, weight) in new[] { (-1, 1), (0, 3), (1, 3), (2, 1) })
        {
            int i = (2 * at) + offset;
            if (i is < 0 or > 7) continue;
            sum += weight * line[i];
            weights += weight;
        }

        return sum / weights;
    }
}
