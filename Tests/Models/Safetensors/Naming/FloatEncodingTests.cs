using WrnEngine.Models.Safetensors;

namespace WrnEngine.Tests.Models.Safetensors.Naming;

/// <summary>Rounding of floats in files, against the definition: of the neighbours the nearer one, of two equally near ones the even one.</summary>
[Category("Cpu")]
public class FloatEncodingTests
{
    [Test]
    public void Float32IsExact()
    {
        float[] values = [0, -0f, 1 / 3f, float.Epsilon, float.MaxValue, float.NaN, float.NegativeInfinity];
        float[] back = FloatEncoding.Decode(FloatEncoding.Encode(values, SafetensorsDType.F32), SafetensorsDType.F32);
        Assert.That(Array.ConvertAll(back, BitConverter.SingleToUInt32Bits), Is.EqualTo(Array.ConvertAll(values, BitConverter.SingleToUInt32Bits)));
    }

    [TestCase(1f, 1f)]
    [TestCase(1.00390625f, 1f)] // 1 + 2^-8, a tie of BF16: to the even 1
    [TestCase(1.01171875f, 1.015625f)] // 1 + 3 * 2^-8, a tie: up to the even one
    [TestCase(1.00390637f, 1.0078125f)] // just above the tie
    [TestCase(-1.00390625f, -1f)]
    public void BFloat16TiesToEven(float value, float expected) => Assert.That(Through(value, SafetensorsDType.BF16), Is.EqualTo(expected));

    [TestCase(1.00048828125f, 1f)] // 1 + 2^-11, a tie of F16
    [TestCase(1.00146484375f, 1.001953125f)] // 1 + 3 * 2^-11
    [TestCase(1.0004884f, 1.0009765625f)]
    [TestCase(5.9604645e-8f, 5.9604645e-8f)] // the smallest subnormal, 2^-24
    [TestCase(2.9802322e-8f, 0f)] // half of it: a tie with zero
    [TestCase(65504f, 65504f)]
    public void Float16TiesToEven(float value, float expected) => Assert.That(Through(value, SafetensorsDType.F16), Is.EqualTo(expected));

    /// <summary>Against a search in double precision among all values of the type.</summary>
    [Test]
    public void RandomValuesGoToTheNearest()
    {
        var halves = Enumerable.Range(0, 0x7c00).Select(b => (double)BitConverter.UInt16BitsToHalf((ushort)b)).ToArray();
        var random = new Random(8);
        for (int i = 0; i < 20_000; i++)
        {
            float value = (random.NextSingle() - 0.5f) * MathF.Pow(2, random.Next(-20, 12));
            Assert.That(Through(value, SafetensorsDType.F16), Is.EqualTo(Math.Sign(value) * Nearest(halves, Math.Abs(value))));
            Assert.That(Through(value, SafetensorsDType.BF16), Is.EqualTo(NearestBFloat16(value)));
        }
    }

    [Test]
    public void WhatIsTooLargeIsRefused()
    {
        Assert.That(() => FloatEncoding.Encode([65520], SafetensorsDType.F16), Throws.InstanceOf<OverflowException>().With.Message.EqualTo("the value 65520 is too large for F16"));
        Assert.That(() => FloatEncoding.Encode([float.MaxValue], SafetensorsDType.BF16), Throws.InstanceOf<OverflowException>());
        Assert.That(Through(float.PositiveInfinity, SafetensorsDType.F16), Is.EqualTo(float.PositiveInfinity));
        Assert.That(() => FloatEncoding.Encode([1], SafetensorsDType.I32), Throws.ArgumentException);
        Assert.That(() => FloatEncoding.Decode(new byte[3], SafetensorsDType.BF16), Throws.ArgumentException);
    }

    /// <summary>The nearest number with 8 bits of mantissa, ties to even, by arithmetic on doubles.</summary>
    internal static float NearestBFloat16(float value)
    {
        if (value == 0 || !float.IsFinite(value)) return value;
        double unit = Math.Pow(2, Math.Max(Math.ILogB(value), -126) - 7);
        return (float)(Math.Round(value / unit, MidpointRounding.ToEven) * unit);
    }

    private static double Nearest(double[] ascending, double value)
    {
        int at = Array.BinarySearch(ascending, value);
        if (at >= 0) return ascending[at];
        int above = ~at;
        double low = value - ascending[above - 1], high = ascending[above] - value;
        return low < high || (low == high && (above - 1) % 2 == 0) ? ascending[above - 1] : ascending[above];
    }

    private static float Through(float value, SafetensorsDType type) => FloatEncoding.Decode(FloatEncoding.Encode([value], type), type)[0];
}
