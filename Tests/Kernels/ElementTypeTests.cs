using WrnEngine.Devices;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>bfloat16 kernels beside the op cases: places that no pack may begin at, equal masks in both directions, and types that do not go together.</summary>
public class ElementTypeTests : SimulatedDeviceFixture
{
    [Test]
    public void AnyPlaceInABufferWillDo([Values(0, 1, 3, 8)] int place)
    {
        const int Count = 200;
        var x = TestData.For("place").Normal([Count + 8]).Rounded(DType.BFloat16);
        Tensor tx = x.ToTensor(Device, DType.BFloat16), ty = Tensor.Zeros(x.Shape, Device, DType.BFloat16);
        int skipped = place * sizeof(ushort);
        new ElementwiseKernels(Device.Context.Library).AddScaled(
            Device.Context.Stream, ElementType.BFloat16, tx.Address + skipped, tx.Address + skipped, 0.5f, ty.Address + skipped, Count);
        var y = RefArray.From(ty);
        for (int i = 0; i < y.Count; i++)
        {
            bool inside = i >= place && i < place + Count;
            Assert.That(y.Values[i], Is.EqualTo(inside ? RefArray.Stored(1.5 * x.Values[i], DType.BFloat16) : 0), $"element {i}");
        }
    }

    [Test]
    public void BatchNormMasksTheSameElementsInBothDirections()
    {
        // Normalised values all about the kink: bias is what the first channel's mean maps to.
        Shape shape = [4, 8, 5, 5], c = [8];
        var data = TestData.For("mask");
        Tensor x = data.Normal(shape, std: 1e-3).ToTensor(Device, DType.BFloat16), y = Tensor.Empty(shape, Device, DType.BFloat16);
        Tensor ones = new RefArray(shape).Map(_ => 1).ToTensor(Device, DType.BFloat16), gradX = Tensor.Empty(shape, Device, DType.BFloat16);
        Tensor mean = data.Normal(c, std: 1e-4).ToTensor(Device), variance = data.Uniform(c, 0.5, 2).ToTensor(Device);
        Tensor weight = data.AwayFromZero(c).ToTensor(Device), bias = data.Normal(c, std: 1e-4).ToTensor(Device);
        Device.Norm.BatchNormInference(x, mean, variance, weight, bias, 0, true, y);
        Device.Norm.BatchNormInferenceBackward(x, ones, mean, variance, weight, bias, 0, true, gradX, false, null, false, null, false);
        double[] passed = RefArray.From(y).Values, gradients = RefArray.From(gradX).Values;
        Assert.That(passed.Count(v => v > 0), Is.InRange(passed.Length / 4, passed.Length * 3 / 4));
        Assert.That(gradients.Select(g => g != 0), Is.EqualTo(passed.Select(v => v > 0)));
    }

    [Test]
    public void TypesThatDoNotGoTogetherAreNamed()
    {
        Shape shape = [2, 3, 4, 4], c = [3];
        Tensor single = Tensor.Full(shape, 1, Device), half = Tensor.Zeros(shape, Device, DType.BFloat16), integers = Tensor.Zeros(shape, Device, DType.Int32);
        Tensor channels = Tensor.Full(c, 1, Device), halfChannels = Tensor.Zeros(c, Device, DType.BFloat16);
        Refuses(() => Device.Elementwise.Binary(BinaryOp.Add, single, half, single), "Binary", "f32", "bf16");
        Refuses(() => Device.Elementwise.AddScaled(half, half, 1, single), "AddScaled", "f32", "bf16");
        Refuses(() => Device.Elementwise.Fill(integers, 1), "Fill", "i32");
        Refuses(() => Device.Pool.AveragePool2d(new Pool2dShape(2, 3, 4, 4, 1, 1, 1, 1, 0, 0), half, single), "AveragePool2d", "f32", "bf16");
        Refuses(() => Device.Norm.ScaleShift(half, halfChannels, channels, false, half), "ScaleShift", "bf16");
        Refuses(() => Device.Norm.ScaleShift(half, channels, channels, false, single), "ScaleShift", "f32", "bf16");
        Refuses(() => Device.Loss.LogSoftmax(half, half), "LogSoftmax", "bf16");
    }

    private static void Refuses(Action call, params string[] words)
    {
        string message = Assert.Throws<NotSupportedException>(() => call())!.Message;
        foreach (string word in words) Assert.That(message, Does.Contain(word));
    }
}

/// <summary>Below compute capability 8.0.</summary>
public class ElementTypeOnTuringTests : SimulatedDeviceFixture
{
    protected override SimulatorDriverOptions Options => base.Options with { Device = SimulatedDeviceProperties.Sm75 };

    [Test]
    public void BFloat16IsRefused()
    {
        Tensor x = Tensor.Zeros([4], Device, DType.BFloat16), y = Tensor.Full([4], -1, Device);
        Assert.That(() => Device.Elementwise.Unary(UnaryOp.Relu, x, x), Throws.TypeOf<NotSupportedException>().With.Message.Contains("7.5"));
        Device.Elementwise.Unary(UnaryOp.Relu, y, y);
        Assert.That(y.ToArray<float>(), Is.All.EqualTo(0f));
    }
}
