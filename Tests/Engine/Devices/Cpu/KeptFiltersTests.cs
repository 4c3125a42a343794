using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>Without gradients a convolution's filters are prepared once, and again as soon as the weight changes.</summary>
[Category("Cpu")]
public class KeptFiltersTests
{
    private static readonly Shape Images = [2, 33, 9, 10];

    private readonly CpuDevice _device = new(2, ArenaMode.Guarded);

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    [TestCase(3, 1, TestName = "{m}(3x3)")]
    [TestCase(3, 2, TestName = "{m}(3x3, stride 2)")]
    [TestCase(1, 1, TestName = "{m}(1x1)")]
    [TestCase(5, 1, TestName = "{m}(5x5)")]
    public void LaterCallsGiveTheSameBits(int kernel, int stride)
    {
        using var weight = new Weight(_device, kernel, "first");
        float[] expected = Convolve(weight, stride);
        using var noGrad = new NoGrad();
        Assert.That(Convolve(weight, stride), Is.EqualTo(expected));
        Assert.That(weight.Value.KeptFilters, Is.Not.Null);
        int live = _device.Memory.LiveBuffers;
        Assert.That(Convolve(weight, stride), Is.EqualTo(expected));
        Assert.That(_device.Memory.LiveBuffers, Is.EqualTo(live), "filters were prepared again");
    }

    [Test]
    public void AWeightOfTwoStridesIsPreparedForEach()
    {
        using var weight = new Weight(_device, 3, "first");
        float[] one = Convolve(weight, 1), two = Convolve(weight, 2);
        using var noGrad = new NoGrad();
        for (int i = 0; i < 2; i++)
        {
            Assert.That(Convolve(weight, 1), Is.EqualTo(one));
            Assert.That(Convolve(weight, 2), Is.EqualTo(two));
        }
    }

    [Test]
    public void CopyFromChangesTheResult()
    {
        using var weight = new Weight(_device, 3, "first");
        using var other = new Weight(_device, 3, "second");
        float[] expected = Convolve(other, 1);
        using var noGrad = new NoGrad();
        Convolve(weight, 1);
        weight.Value.CopyFrom<float>(other.Value.ToArray<float>());
        Assert.That(Convolve(weight, 1), Is.EqualTo(expected));
    }

    [Test]
    public void AnOptimizerChangesTheResult()
    {
        using var weight = new Weight(_device, 3, "first");
        weight.Value.RequiresGrad = true;
        using (new StepScope())
        using (new GradTape()) weight.Input().Conv2d(weight.Value, 1, 1).Sum().Backward();
        using var optimizer = new Sgd([new NamedTensor("weight", weight.Value)], learningRate: 0.5f);
        float[] changed;
        using (new NoGrad())
        {
            Convolve(weight, 1);
            optimizer.Step();
            changed = Convolve(weight, 1);
        }
        Assert.That(Convolve(weight, 1), Is.EqualTo(changed));
    }

    [Test]
    public void TheRegionsEndGivesTheMemoryBack()
    {
        using var weight = new Weight(_device, 3, "first");
        int live = _device.Memory.LiveBuffers;
        using (new NoGrad())
        {
            using (new NoGrad()) Convolve(weight, 1);
            Assert.That(_device.Memory.LiveBuffers, Is.EqualTo(live + 1));
        }
        Assert.That(_device.Memory.LiveBuffers, Is.EqualTo(live));
        Convolve(weight, 1);
        Assert.That(_device.Memory.LiveBuffers, Is.EqualTo(live), "kept while gradients could be asked for");
    }

    [Test]
    public void AReleasedWeightGivesItsFiltersBack()
    {
        int live = _device.Memory.LiveBuffers;
        using var noGrad = new NoGrad();
        using (var weight = new Weight(_device, 3, "first")) Convolve(weight, 1);
        Assert.That(_device.Memory.LiveBuffers, Is.EqualTo(live));
    }

    private static float[] Convolve(Weight weight, int stride)
    {
        using var scope = new StepScope();
        return weight.Input().Conv2d(weight.Value, stride, 1).ToArray<float>();
    }

    /// <summary>A weight that outlives steps.</summary>
    private sealed class Weight(CpuDevice device, int kernel, string seed) : IDisposable
    {
        public Tensor Value { get; } = TestData.For(seed).Normal([35, Images[1], kernel, kernel]).ToTensor(device);

        public Tensor Input() => TestData.For("images").Normal(Images).ToTensor(device);

        public void Dispose() => Value.Release();
    }
}
