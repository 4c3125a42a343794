using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Models;

/// <summary>Parameters and multiply-accumulates against the figures of the paper, to the digit.</summary>
public class WideResNetCountTests
{
    private static readonly Shape Image = [1, 3, 32, 32];

    /// <summary>
    /// Table 4 of the paper: exact counts for 10 and 100 classes, billions of multiply-accumulates per image, and their exact number where
    /// it is published.
    /// </summary>
    [TestCase(40, 1, 563_930, 569_780, 0.083, null)]
    [TestCase(40, 2, 2_243_546, 2_255_156, 0.328, null)]
    [TestCase(40, 4, 8_949_210, 8_972_340, 1.299, 1_298_582_016L)]
    [TestCase(40, 8, 35_748_314, 35_794_484, 5.172, null)]
    [TestCase(28, 10, 36_479_194, 36_536_884, 5.243, 5_243_328_768L)]
    [TestCase(28, 12, 52_517_850, 52_587_060, 7.544, null)]
    [TestCase(22, 8, 17_158_106, 17_204_276, 2.454, 2_454_115_328L)]
    [TestCase(22, 10, 26_797_914, 26_855_604, 3.828, null)]
    [TestCase(16, 8, 10_961_370, 11_007_540, 1.548, 1_548_145_664L)]
    [TestCase(16, 10, 17_116_634, 17_174_324, 2.412, null)]
    public void Table4(int depth, int k, long parameters, long parameters100, double gigaMacs, long? macs)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(depth, k), device);
        Assert.That(model.ParameterCount, Is.EqualTo(parameters));
        // Only the classifier knows the number of classes.
        using var classifier = new Linear(64 * k, 10, new Initializer(1, device));
        using var classifier100 = new Linear(64 * k, 100, new Initializer(1, device));
        Assert.That(parameters - classifier.ParameterCount + classifier100.ParameterCount, Is.EqualTo(parameters100));
        long counted = Macs(model, Image);
        Assert.That(Math.Round(counted / 1e9, 3), Is.EqualTo(gigaMacs));
        if (macs is not null) Assert.That(counted, Is.EqualTo(macs));
    }

    [TestCase(10, 1, 77_850)]
    [TestCase(16, 1, 175_066)]
    [TestCase(16, 2, 691_674)]
    [TestCase(16, 4, 2_748_890)]
    [TestCase(28, 1, 369_498)]
    [TestCase(28, 2, 1_467_610)]
    [TestCase(28, 8, 23_354_842)]
    [TestCase(34, 10, 46_160_474)]
    [TestCase(40, 10, 55_841_754)]
    [TestCase(52, 1, 758_362)]
    public void OtherNetworks(int depth, int k, long parameters)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(depth, k), device);
        Assert.That(model.ParameterCount, Is.EqualTo(parameters));
    }

    [TestCase(16, 1, 180_916)]
    [TestCase(40, 1, 569_780)]
    [TestCase(40, 2, 2_255_156)]
    [TestCase(16, 4, 2_772_020)]
    public void WithAHundredClasses(int depth, int k, long parameters)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(depth, k, NumClasses: 100), device);
        Assert.That(model.ParameterCount, Is.EqualTo(parameters));
    }

    [TestCase(10, 1, 12_501_632)]
    [TestCase(16, 1, 26_657_408)]
    [TestCase(16, 4, 392_612_352)]
    public void MultiplyAccumulates(int depth, int k, long macs)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(depth, k), device);
        Assert.That(Macs(model, Image), Is.EqualTo(macs));
        Assert.That(Macs(model, [7, 3, 32, 32]), Is.EqualTo(7 * macs));
    }

    private static IEnumerable<TestCaseData> Paper() => PaperNetworks.All.Select((n, i) => new TestCaseData(n).SetName($"{{m}}({i}: {n.Where}, {n.Network.Name})"));

    /// <summary>Every count that the paper prints, to its last digit; where a note says that ours differs, it does.</summary>
    [TestCaseSource(nameof(Paper))]
    public void AsPrintedInThePaper(PaperNetwork entry)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(entry.Network, device);
        double millions = Math.Round(model.ParameterCount / 1e6, 1);
        if (entry.Millions is null) Assert.That(model.ParameterCount, Is.Positive);
        else if (entry.Note is null) Assert.That(millions, Is.EqualTo(entry.Millions));
        else Assert.That(millions, Is.Not.EqualTo(entry.Millions));
    }

    /// <summary>Exact counts that other sources publish: recounts of table 2, logs of the authors, torchvision, fb.resnet.torch.</summary>
    [TestCase("wrn", 40, 2, "1,3,1", 10, 1_429_082)]
    [TestCase("wrn", 40, 2, "3,1", 10, 1_211_354)]
    [TestCase("wrn", 40, 2, "1,3", 10, 1_297_370)]
    [TestCase("wrn", 40, 2, "3,1,1", 10, 1_343_066)]
    [TestCase("wrn", 28, 2, "3,3", 10, 1_467_610)]
    [TestCase("wrn", 22, 2, "3,1,3", 10, 1_145_498)]
    [TestCase("wrn", 40, 2, "3", 10, 2_243_546)]
    [TestCase("wrn", 40, 2, "3,3,3", 10, 2_243_546)]
    [TestCase("wrn", 40, 2, "3,3,3,3", 10, 2_243_546)]
    [TestCase("preact-bottleneck", 164, 1, "3,3", 10, 1_703_258)]
    [TestCase("preact-bottleneck", 1001, 1, "3,3", 10, 10_327_706)]
    [TestCase("wrn-18", 18, 1, "3,3", 1000, 11_689_512)]
    [TestCase("wrn-18", 18, 2, "3,3", 1000, 45_618_216)]
    [TestCase("wrn-18", 18, 3, "3,3", 1000, 101_783_976)]
    [TestCase("wrn-34", 34, 1, "3,3", 1000, 21_797_672)]
    [TestCase("wrn-34", 34, 2, "3,3", 1000, 86_036_008)]
    [TestCase("resnet-50", 50, 1, "3,3", 1000, 25_557_032)]
    [TestCase("resnet-101", 101, 1, "3,3", 1000, 44_549_160)]
    [TestCase("resnet-101", 101, 2, "3,3", 1000, 126_886_696)]
    [TestCase("resnet-152", 152, 1, "3,3", 1000, 60_192_808)]
    [TestCase("wrn-50-2-bottleneck", 50, 2, "3,3", 1000, 68_883_240)]
    [TestCase("wrn-101-2-bottleneck", 101, 2, "3,3", 1000, 126_886_696)]
    [TestCase("preact-200", 200, 1, "3,3", 1000, 64_666_280)]
    public void ExactCounts(string family, int depth, double k, string block, int classes, long parameters)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(depth, k, classes) { Architecture = Architecture.Find(family), Block = block }, device);
        Assert.That(model.ParameterCount, Is.EqualTo(parameters));
        if (family == "wrn-50-2-bottleneck") Assert.That(Macs(model, [1, 3, 224, 224]), Is.EqualTo(11_398_021_120));
    }

    [Test]
    public void DropoutAddsNoParameters()
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(16, 1, DropRate: 0.3f), device);
        Assert.That(model.ParameterCount, Is.EqualTo(175_066));
    }

    private static long Macs(WideResNet model, Shape input) => model.Describe(input).Sum(r => r.Macs);
}
