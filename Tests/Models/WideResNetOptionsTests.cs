using WrnEngine.Models;

namespace WrnEngine.Tests.Models;

public class WideResNetOptionsTests
{
    [TestCase(10, 1)]
    [TestCase(16, 2)]
    [TestCase(28, 4)]
    [TestCase(40, 6)]
    public void BlocksPerGroup(int depth, int blocks)
    {
        var options = new WideResNetOptions(depth);
        options.Validate();
        Assert.That(options.BlocksPerGroup, Is.EqualTo(blocks));
    }

    [TestCase(11, "10 and 16")]
    [TestCase(15, "10 and 16")]
    [TestCase(17, "16 and 22")]
    [TestCase(20, "16 and 22")]
    [TestCase(29, "28 and 34")]
    [TestCase(101, "100 and 106")]
    [TestCase(9, "10 and 16")]
    [TestCase(4, "10 and 16")]
    [TestCase(0, "10 and 16")]
    [TestCase(-2, "10 and 16")]
    public void ADepthThatIsNot6NPlus4NamesTheTwoNearest(int depth, string nearest) =>
        Assert.That(() => new WideResNetOptions(depth).Validate(), Throws.ArgumentException.With.Message.Contains($"depth {depth} ").And.Message.Contains(nearest));

    [TestCase(0, 10, 0f, "widening factor k is 0")]
    [TestCase(-1, 10, 0f, "widening factor k is -1")]
    [TestCase(242, 10, 0f, "between 1 and 241")]
    [TestCase(int.MaxValue, 10, 0f, "between 1 and 241")]
    [TestCase(1, 1, 0f, "at least 2 classes, not 1")]
    [TestCase(1, 10, 1f, "dropout probability 1 ")]
    [TestCase(1, 10, -0.1f, "dropout probability -0.1 ")]
    [TestCase(1, 10, float.NaN, "dropout probability NaN ")]
    public void ValuesOutOfRange(int k, int classes, float dropRate, string words) =>
        Assert.That(() => new WideResNetOptions(16, k, classes, dropRate).Validate(), Throws.ArgumentException.With.Message.Contains(words));

    [TestCase(30_010)]
    [TestCase(int.MaxValue)]
    public void DepthsBeyondTheNumberedRandomStreams(int depth) =>
        Assert.That(() => new WideResNetOptions(depth).Validate(), Throws.ArgumentException.With.Message.Contains("the largest depth is 30004"));

    [Test]
    public void Name() => Assert.That(new WideResNetOptions(28, 10).Name, Is.EqualTo("WRN-28-10"));
}
