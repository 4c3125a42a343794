using WrnEngine.Kernels;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Kernels;

/// <summary>Conversions between element types, on sizes around a pack and on places that no pack may begin at.</summary>
public class CastKernelsTests : SimulatedDeviceFixture
{
    private static readonly float[] Values =
    [
        0, -0f, 1, -1, 1.00390625f, 1.01171875f, -1.00390625f, 1.0039063f, 3.14159274f, 1e-40f, -1e-45f, 65504, 3.3961775e38f, float.MaxValue, float.MinValue,
        float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.Epsilon, 0.1f, -123456.789f,
    ];

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(21)]
    [TestCase(5003)]
    public void FloatsAreRoundedToTheNearestEven(int count)
    {
        float[] values = [.. Enumerable.Range(0, count).Select(i => i < Values.Length ? Values[i] : MathF.Sin(i) * MathF.Pow(2, i % 40 - 20))];
        Tensor x = Tensor.From(values, [count], Device), y = Tensor.Empty([count], Device, DType.BFloat16), back = Tensor.Empty([count], Device);
        var kernels = new CastKernels(Device.Context.Library);
        kernels.FloatToBFloat16(Device.Context.Stream, x.Address, y.Address, count);
        kernels.BFloat16ToFloat(Device.Context.Stream, y.Address, back.Address, count);
        float[] rounded = back.ToArray<float>();
        for (int i = 0; i < count; i++) Assert.That(BitConverter.SingleToUInt32Bits(rounded[i]), Is.EqualTo(Rounded(values[i])), $"{values[i]:R}");
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(4099)]
    public void BytesBecomeFloats(int count)
    {
        byte[] values = [.. Enumerable.Range(0, count).Select(i => (byte)(i * 37))];
        Tensor x = Tensor.From(values, [count], Device), y = Tensor.Empty([count], Device);
        new CastKernels(Device.Context.Library).ByteToFloat(Device.Context.Stream, x.Address, y.Address, count);
        Assert.That(y.ToArray<float>(), Is.EqualTo(values.Select(v => (float)v).ToArray()));
    }

    [Test]
    public void AnyPlaceInABufferWillDo()
    {
        const int Count = 300;
        float[] values = [.. Enumerable.Range(0, Count).Select(i => i % 200 * 0.5f)];
        Tensor x = Tensor.From(values, [Count], Device), y = Tensor.Zeros([Count], Device, DType.BFloat16), back = Tensor.Zeros([Count], Device);
        var kernels = new CastKernels(Device.Context.Library);
        kernels.FloatToBFloat16(Device.Context.Stream, x.Address + 3 * sizeof(float), y.Address + sizeof(short), Count - 3);
        kernels.BFloat16ToFloat(Device.Context.Stream, y.Address + sizeof(short), back.Address + sizeof(float), Count - 3);
        Assert.That(back.ToArray<float>(), Is.EqualTo((float[])[0, .. values[3..], 0, 0]));
    }

    /// <summary>The bits of the nearest bfloat16, ties to even, with zeros behind them.</summary>
    private static uint Rounded(float value)
    {
        if (float.IsNaN(value)) return 0x7fff0000;
        uint bits = BitConverter.SingleToUInt32Bits(value), rest = bits & 0xffff, upper = bits >> 16;
        if (rest > 0x8000 || (rest == 0x8000 && (upper & 1) == 1)) upper++;
        return upper << 16;
    }
}

/// <summary>Below compute capability 8.0.</summary>
public class CastKernelsOnTuringTests : SimulatedDeviceFixture
{
    protected override SimulatorDriverOptions Options => base.Options with { Device = SimulatedDeviceProperties.Sm75 };

    [Test]
    public void BFloat16IsRefusedAndBytesAreNot()
    {
        Tensor x = Tensor.From((byte[])[1, 2, 255], [3], Device), y = Tensor.Empty([3], Device);
        var kernels = new CastKernels(Device.Context.Library);
        Assert.That(() => kernels.FloatToBFloat16(Device.Context.Stream, y.Address, x.Address, 1),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("7.5").And.Message.Contains("8.0"));
        kernels.ByteToFloat(Device.Context.Stream, x.Address, y.Address, 3);
        Assert.That(y.ToArray<float>(), Is.EqualTo((float[])[1, 2, 255]));
    }
}
