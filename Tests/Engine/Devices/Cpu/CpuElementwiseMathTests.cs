using System.Runtime.Intrinsics;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>Exponential and logarithm over the whole range of float32, in units of the last place, with registers of every width.</summary>
[Category("Cpu")]
public unsafe class CpuElementwiseMathTests
{
    private const int Lanes = 16;

    [Test]
    public void ExpIsWithinOneAndAHalfUnits() => Assert.That(WorstError(Exp<Vec1>, Math.Exp), Is.LessThan(1.5));

    [Test]
    public void LogIsWithinOneAndAHalfUnits() => Assert.That(WorstError(Log<Vec1>, Math.Log), Is.LessThan(1.5));

    [Test]
    public void ExpOfSpecialValues() => CheckSpecial(Exp<Vec1>, [
        (0, 1), (-0f, 1), (1, MathF.E), (float.PositiveInfinity, float.PositiveInfinity), (float.NegativeInfinity, 0), (float.NaN, float.NaN),
        (88.72284f, float.PositiveInfinity), (88.72283f, 3.4027985e38f), (1e30f, float.PositiveInfinity), (-1e30f, 0), (-104f, 0),
        (-103.27893f, float.Epsilon), (float.Epsilon, 1), (-float.Epsilon, 1)]);

    [Test]
    public void LogOfSpecialValues() => CheckSpecial(Log<Vec1>, [
        (1, 0), (0, float.NegativeInfinity), (-0f, float.NegativeInfinity), (-1, float.NaN), (-float.Epsilon, float.NaN),
        (float.PositiveInfinity, float.PositiveInfinity), (float.NegativeInfinity, float.NaN), (float.NaN, float.NaN),
        (float.Epsilon, -103.27893f), (float.MaxValue, 88.72284f), (1.17549435e-38f, -87.33655f)]);

    [Test]
    public void EveryRegisterWidthGivesTheSameBits()
    {
        CheckWidth(Exp<Vec1>, Exp<Vec128>, "exp, 128 bits");
        CheckWidth(Log<Vec1>, Log<Vec128>, "log, 128 bits");
        if (Vector256.IsHardwareAccelerated)
        {
            CheckWidth(Exp<Vec1>, Exp<Vec256>, "exp, 256 bits");
            CheckWidth(Log<Vec1>, Log<Vec256>, "log, 256 bits");
        }
        if (Vector512.IsHardwareAccelerated)
        {
            CheckWidth(Exp<Vec1>, Exp<Vec512>, "exp, 512 bits");
            CheckWidth(Log<Vec1>, Log<Vec512>, "log, 512 bits");
        }
    }

    private delegate void Function(float* x, float* y);

    private static void Exp<V>(float* x, float* y) where V : unmanaged, IVec<V>
    {
        for (int i = 0; i < Lanes; i += V.Count) VectorMath.Exp(V.Load(x + i)).Store(y + i);
    }

    private static void Log<V>(float* x, float* y) where V : unmanaged, IVec<V>
    {
        for (int i = 0; i < Lanes; i += V.Count) VectorMath.Log(V.Load(x + i)).Store(y + i);
    }

    /// <summary>The largest distance from the exact result, in spacings of float32 there, over inputs spread evenly over all bit patterns.</summary>
    private static double WorstError(Function function, Func<double, double> exact)
    {
        double worst = 0;
        ForEachSample((x, y) =>
        {
            function(x, y);
            for (int i = 0; i < Lanes; i++)
            {
                double e = exact(x[i]);
                if (double.IsNaN(e) || double.IsInfinity((float)e))
                {
                    if (double.IsNaN(e) ? !float.IsNaN(y[i]) : y[i] != (float)e) Assert.Fail($"f({x[i]}) = {y[i]}, expected {e}");
                    continue;
                }
                float magnitude = MathF.Abs((float)e);
                double error = Math.Abs(y[i] - e) / (MathF.BitIncrement(magnitude) - (double)magnitude);
                worst = Math.Max(worst, double.IsNaN(error) ? double.PositiveInfinity : error);
            }
        });
        return worst;
    }

    private static void CheckWidth(Function one, Function wide, string what)
    {
        int differences = 0;
        ForEachSample((x, y) =>
        {
            float* z = stackalloc float[Lanes];
            one(x, y);
            wide(x, z);
            for (int i = 0; i < Lanes; i++)
                if (BitConverter.SingleToInt32Bits(y[i]) != BitConverter.SingleToInt32Bits(z[i]) && !(float.IsNaN(y[i]) && float.IsNaN(z[i]))) differences++;
        });
        Assert.That(differences, Is.Zero, what);
    }

    private static void ForEachSample(Function body)
    {
        const uint Step = 6007;
        float* x = stackalloc float[Lanes], y = stackalloc float[Lanes];
        for (ulong bits = 0; bits < 1UL << 32; bits += Step * Lanes)
        {
            for (uint i = 0; i < Lanes; i++) x[i] = BitConverter.UInt32BitsToSingle((uint)bits + i * Step);
            body(x, y);
        }
    }

    private static void CheckSpecial(Function function, (float X, float Y)[] pairs)
    {
        float* x = stackalloc float[Lanes], y = stackalloc float[Lanes];
        foreach (var (argument, expected) in pairs)
        {
            new Span<float>(x, Lanes).Fill(argument);
            function(x, y);
            if (float.IsNaN(expected)) Assert.That(float.IsNaN(y[0]), Is.True, $"f({argument}) is {y[0]}");
            else Assert.That(y[0], Is.EqualTo(expected).Within(1).Ulps, $"f({argument})");
        }
    }
}
