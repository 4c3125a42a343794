using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Models;

/// <summary>Parameters and multiply-accumulates against the figures of the paper, to the digit.</summary>
public class WideResNetCountTests
{
    private static readonly Shape Image = [1, 3, 32, 32];

    /// <summary>Table 4 of the paper, exact counts for 10 and 100 classes, and billions of multiply-accumulates per image.</summary>
    [TestCase(40, 1, 563_930, 569_780, 0.083)]
    [TestCase(40, 2, 2_243_546, 2_255_156, 0.328)]
    [TestCase(40, 4, 8_949_210, 8_972_340, 1.299)]
    [TestCase(40, 8, 35_748_314, 35_794_484, 5.172)]
    [TestCase(28, 10, 36_479_194, 36_536_884, 5.243)]
    [TestCase(28, 12, 52_517_850, 52_587_060, 7.544)]
    [TestCase(22, 8, 17_158_106, 17_204_276, 2.454)]
    [TestCase(22, 10, 26_797_914, 26_855_604, 3.828)]
    [TestCase(16, 8, 10_961_370, 11_007_540, 1.548)]
    [TestCase(16, 10, 17_116_634, 17_174_324, 2.412)]
    public void Table4(int depth, int k, long parameters, long parameters100, double gigaMacs)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(depth, k), device);
        Assert.That(model.ParameterCount, Is.EqualTo(parameters));
        Assert.That(Math.Round(model.Describe(Image).Sum(r => r.Macs) / 1e9, 3), Is.EqualTo(gigaMacs));
        // The rest of the network does not know the number of classes: the classifier alone makes the difference.
        long classifier = model.NamedParameters().Where(p => p.Name.StartsWith("fc.", StringComparison.Ordinal)).Sum(p => p.Value.Numel);
        using var small = new WideResNet(new WideResNetOptions(10, k, NumClasses: 100), device);
        long classifier100 = small.NamedParameters().Where(p => p.Name.StartsWith("fc.", StringComparison.Ordinal)).Sum(p => p.Value.Numel);
        Assert.That(parameters - classifier + classifier100, Is.EqualTo(parameters100));
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
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(depth, k), device);
        Assert.That(model.ParameterCount, Is.EqualTo(parameters));
    }

    [TestCase(16, 1, 180_916)]
    [TestCase(40, 1, 569_780)]
    [TestCase(40, 2, 2_255_156)]
    [TestCase(16, 4, 2_772_020)]
    public void WithAHundredClasses(int depth, int k, long parameters)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(depth, k, NumClasses: 100), device);
        Assert.That(model.ParameterCount, Is.EqualTo(parameters));
    }

    [TestCase(10, 1, 12_501_632)]
    [TestCase(16, 1, 26_657_408)]
    [TestCase(16, 4, 392_612_352)]
    [TestCase(16, 8, 1_548_145_664)]
    [TestCase(22, 8, 2_454_115_328)]
    [TestCase(28, 10, 5_243_328_768)]
    [TestCase(40, 4, 1_298_582_016)]
    public void MultiplyAccumulates(int depth, int k, long macs)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(depth, k), device);
        Assert.That(model.Describe(Image).Sum(r => r.Macs), Is.EqualTo(macs));
        Assert.That(model.Describe([7, 3, 32, 32]).Sum(r => r.Macs), Is.EqualTo(7 * macs));
    }

    [Test]
    public void DropoutAddsNoParameters()
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(16, 1, DropRate: 0.3f), device);
        Assert.That(model.ParameterCount, Is.EqualTo(175_066));
    }
}
