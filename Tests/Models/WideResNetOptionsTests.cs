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
    [TestCase(242, 10, 0f, "at most 241")]
    [TestCase(1.3, 10, 0f, "16 k a whole number")]
    [TestCase(double.NaN, 10, 0f, "widening factor k is NaN")]
    [TestCase(int.MaxValue, 10, 0f, "at most 241")]
    [TestCase(1, 1, 0f, "at least 2 classes, not 1")]
    [TestCase(1, 10, 1f, "dropout probability 1 ")]
    [TestCase(1, 10, -0.1f, "dropout probability -0.1 ")]
    [TestCase(1, 10, float.NaN, "dropout probability NaN ")]
    public void ValuesOutOfRange(double k, int classes, float dropRate, string words) =>
        Assert.That(() => new WideResNetOptions(16, k, classes, dropRate).Validate(), Throws.ArgumentException.With.Message.Contains(words));

    [TestCase(30_010)]
    [TestCase(int.MaxValue)]
    public void DepthsBeyondTheNumberedRandomStreams(int depth) =>
        Assert.That(() => new WideResNetOptions(depth).Validate(), Throws.ArgumentException.With.Message.Contains("the largest depth is 30004"));

    [TestCase("wrn", 16, 8, "3,3", null, null, "WRN-16-8", "wrn-16-8")]
    [TestCase("wrn", 28, 0.5, "3,3", null, null, "WRN-28-0.5", "wrn-28-0.5")]
    [TestCase("wrn", 40, 2, "3,1", LayerOrder.Post, ShortcutKind.None, "WRN-40-2-B(3,1)-post-plain", "wrn-40-2-b3-1-post-plain")]
    [TestCase("wrn", 16, 8, "3,3", LayerOrder.Pre, ShortcutKind.Projection, "WRN-16-8", "wrn-16-8")]
    [TestCase("preact-bottleneck", 164, 1, "3,3", null, null, "preact-ResNet-164", "preact-resnet-164")]
    [TestCase("resnet-basic", 110, 2, "3,3", null, null, "ResNet-110-2", "resnet-110-2")]
    [TestCase("wrn-50-2-bottleneck", 50, 2, "3,3", null, null, "WRN-50-2-bottleneck", "wrn-50-2-bottleneck")]
    public void Names(string family, int depth, double k, string block, LayerOrder? order, ShortcutKind? shortcut, string name, string slug)
    {
        var options = new WideResNetOptions(depth, k) { Architecture = Architecture.Find(family), Block = block, Order = order, Shortcut = shortcut };
        options.Validate();
        Assert.That(options.Name, Is.EqualTo(name));
        Assert.That(options.Slug, Is.EqualTo(slug));
    }

    /// <summary>The depth rule of each table of the paper.</summary>
    [TestCase("wrn", 40, "3,1", 6)]
    [TestCase("wrn", 40, "1,3,1", 6)]
    [TestCase("wrn", 22, "3,1,3", 3)]
    [TestCase("wrn", 40, "3", 12)]
    [TestCase("wrn", 40, "3,3,3", 4)]
    [TestCase("wrn", 40, "3,3,3,3", 3)]
    [TestCase("preact-basic", 110, "3,3", 18)]
    [TestCase("preact-bottleneck", 164, "3,3", 18)]
    [TestCase("preact-bottleneck", 1001, "3,3", 111)]
    [TestCase("resnet-basic", 1202, "3,3", 200)]
    public void BlocksPerGroupByFamily(string family, int depth, string block, int blocks)
    {
        var options = new WideResNetOptions(depth, 1) { Architecture = Architecture.Find(family), Block = block };
        options.Validate();
        Assert.That(options.BlocksPerGroup, Is.EqualTo(blocks));
        Assert.That((options with { BlocksPerGroupOverride = 5 }).BlocksPerGroup, Is.EqualTo(5));
    }

    [TestCase("preact-bottleneck", 163, "the nearest depths are 155 and 164")]
    [TestCase("preact-bottleneck", 3, "the smallest depths are 11 and 20")]
    [TestCase("resnet-basic", 111, "the nearest depths are 110 and 116")]
    [TestCase("wrn-18", 34, "the depth of wrn-18 is 18, not 34")]
    public void DepthsOfOtherFamilies(string family, int depth, string words) => Refuses(
        new WideResNetOptions(depth, 1) { Architecture = Architecture.Find(family) }, words);

    [TestCase("5,5")]
    [TestCase("")]
    [TestCase("1")]
    [TestCase("3,,3")]
    [TestCase("3 ,3")]
    [TestCase("3,3,3,3,3,3,3,3,3")]
    public void BlocksThatAreNone(string block) => Refuses(new WideResNetOptions(40, 2) { Block = block }, $"the block '{block}' is not a list");

    [Test]
    public void CombinationsThatMakeNoSense()
    {
        Refuses(new WideResNetOptions(40, 2, DropRate: 0.3f) { Block = "3" }, "a block of one convolution has none");
        Refuses(new WideResNetOptions(40, 2, DropRate: 0.3f) { Shortcut = ShortcutKind.None, DropoutAt = DropoutPlace.Shortcut }, "needs a shortcut");
        Refuses(new WideResNetOptions(110, 1) { Architecture = Architecture.Find("preact-basic"), Block = "3,1" }, "the block of preact-basic is fixed");
        Refuses(new WideResNetOptions(18, 1) { Architecture = Architecture.Find("wrn-18"), BlocksPerGroupOverride = 2 }, "the blocks per group of wrn-18 are fixed");
        Refuses(new WideResNetOptions(16, 1) { BlocksPerGroupOverride = 100_000 }, "they must be between 1 and 5000");
        Refuses(new WideResNetOptions(16, 0.5) { Shortcut = ShortcutKind.IdentityPad }, "it must be at least 1");
        Assert.That(() => Architecture.Find("vgg"), Throws.ArgumentException.With.Message.Contains("use one of wrn, preact-basic"));
    }

    private static void Refuses(WideResNetOptions options, string words) =>
        Assert.That(options.Validate, Throws.ArgumentException.With.Message.Contains(words));
}
