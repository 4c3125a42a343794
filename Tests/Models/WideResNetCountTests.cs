using WrnEngine.Devices.Cpu;
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
    [TestCase(40, 8, 35_748_314, 35_794_484, 5.172, null, Category = "Slow")]
    [TestCase(28, 10, 36_479_194, 36_536_884, 5.243, 5_243_328_768L, Category = "Slow")]
    [TestCase(28, 12, 52_517_850, 52_587_060, 7.544, null, Category = "Slow")]
    [TestCase(22, 8, 17_158_106, 17_204_276, 2.454, 2_454_115_328L)]
    [TestCase(22, 10, 26_797_914, 26_855_604, 3.828, null, Category = "Slow")]
    [TestCase(16, 8, 10_961_370, 11_007_540, 1.548, 1_548_145_664L)]
    [TestCase(16, 10, 17_116_634, 17_174_324, 2.412, null)]
    public void Table4(int depth, int k, long parameters, long parameters100, double gigaMacs, long? macs)
    {
        using var device = new CpuDevice(1);
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
    [TestCase(28, 8, 23_354_842, Category = "Slow")]
    [TestCase(34, 10, 46_160_474, Category = "Slow")]
    [TestCase(40, 10, 55_841_754, Category = "Slow")]
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
    public void MultiplyAccumulates(int depth, int k, long macs)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(depth, k), device);
        Assert.That(Macs(model, Image), Is.EqualTo(macs));
        Assert.That(Macs(model, [7, 3, 32, 32]), Is.EqualTo(7 * macs));
    }

    [Test]
    public void DropoutAddsNoParameters()
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(16, 1, DropRate: 0.3f), device);
        Assert.That(model.ParameterCount, Is.EqualTo(175_066));
    }

    private static long Macs(WideResNet model, Shape input) => model.Describe(input).Sum(r => r.Macs);
}
