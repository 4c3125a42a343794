using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

[TestFixture]
[Category("Training")]
public class ImageDatasetTests
{
    private static readonly string[] Classes = ["a", "b"];

    [Test]
    public void SizesThatDoNotFitAreRefused()
    {
        Assert.That(() => new ImageDataset("x", Classes, 2, 2, new byte[23], new int[2]),
            Throws.ArgumentException.With.Message.EqualTo("2 images of 2 x 2 x 3 need 24 bytes, not 23."));
        Assert.That(() => new ImageDataset("x", Classes, 0, 2, [], []), Throws.ArgumentException);
        Assert.That(() => new ImageDataset("x", Classes, 1, 1025, new byte[1025 * 3], new int[1]), Throws.ArgumentException);
        Assert.That(() => new ImageDataset("x", Classes, 1, 1, new byte[6], [1, 2]),
            Throws.ArgumentException.With.Message.EqualTo("Image 1 has the label 2, but there are 2 classes."));
    }

    [Test]
    public void ASubsetRefusesAnIndexThatIsNotThere()
    {
        ImageDataset images = TestImages.Create(4);
        Assert.That(() => new ImageSubset(images, [0, 4]), Throws.ArgumentException);
        Assert.That(() => new ImageSubset(images, [-1]), Throws.ArgumentException);
        Assert.That(ImageSubset.All(images).Indices.ToArray(), Is.EqualTo((int[])[0, 1, 2, 3]));
    }
}
