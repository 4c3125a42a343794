using WrnEngine.Devices.Cpu;
using WrnEngine.Nn;
using WrnEngine.Rng;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Nn;

/// <summary>Initial weights: each value from its definition, and the distribution of many.</summary>
public class InitializerStatisticsTests
{
    private const ulong Seed = 0x0123456789abcdef;

    private CpuDevice _device = null!;

    [SetUp]
    public void OpenDevice() => _device = new CpuDevice(1);

    [TearDown]
    public void CloseDevice() => _device.Dispose();

    /// <summary>Element i of tensor number n: two normal numbers from each pair of words of Philox block (i / 4, 0, 0, purpose and n).</summary>
    [Test]
    public void NormalValuesFromTheirDefinition()
    {
        var init = new Initializer(Seed, _device);
        for (uint ordinal = 0; ordinal < 2; ordinal++)
        {
            var tensor = init.Normal([2, 3, 1, 3], 0.5f);
            float[] values = tensor.ToArray<float>();
            for (uint i = 0; i < values.Length; i++)
            {
                uint[] words = Words(i, ordinal);
                double u = (words[i % 4 / 2 * 2] + 1.0) / 4294967296, v = words[i % 4 / 2 * 2 + 1] / 4294967296.0;
                double angle = 2 * Math.PI * v, radius = Math.Sqrt(-2 * Math.Log(u));
                double expected = 0.5 * radius * (i % 2 == 0 ? Math.Cos(angle) : Math.Sin(angle));
                Assert.That(double.IsFinite(values[i]) && Math.Abs(values[i] - expected) <= 1e-7 * (1 + Math.Abs(expected)), $"{i}: {values[i]} and {expected}");
            }
            tensor.Release();
        }
    }

    [Test]
    public void UniformValuesFromTheirDefinition()
    {
        var tensor = new Initializer(Seed, _device).Uniform([7], -1, 3);
        float[] values = tensor.ToArray<float>();
        for (uint i = 0; i < values.Length; i++)
            Assert.That(values[i], Is.EqualTo((float)(-1 + 4 * ((Words(i, 0)[i % 4] >> 8) * Math.Pow(2, -24)))).Within(1).Ulps, $"{i}");
        tensor.Release();
    }

    [Test]
    public void NormalDistribution()
    {
        const int Count = 200_000;
        var tensor = new Initializer(Seed, _device).Normal([Count], 2);
        double[] x = Array.ConvertAll(tensor.ToArray<float>(), v => v / 2.0);
        tensor.Release();
        double deviations = 4 / Math.Sqrt(Count); // four standard errors of a quantity of variance one
        Assert.That(Math.Abs(x.Average()), Is.LessThan(deviations));
        Assert.That(Math.Abs(x.Average(v => v * v) - 1), Is.LessThan(Math.Sqrt(2) * deviations));
        Assert.That(Math.Abs(x.Average(v => v * v * v)), Is.LessThan(Math.Sqrt(15) * deviations));
        Assert.That(Math.Abs(x.Average(v => v * v * v * v) - 3), Is.LessThan(Math.Sqrt(96) * deviations));
        Assert.That(Math.Abs(x.Zip(x.Skip(1), (a, b) => a * b).Average()), Is.LessThan(deviations), "neighbours are independent");
        foreach (var (bound, share) in new[] { (-1.0, 0.158655), (0.0, 0.5), (0.5, 0.691462), (2.0, 0.977250) })
            Assert.That(Math.Abs(x.Count(v => v < bound) / (double)Count - share), Is.LessThan(deviations / 2), $"below {bound}");
    }

    [Test]
    public void UniformDistribution()
    {
        const int Count = 200_000;
        var tensor = new Initializer(Seed, _device).Uniform([Count], -1, 1);
        float[] x = tensor.ToArray<float>();
        tensor.Release();
        double deviations = 4 / Math.Sqrt(Count);
        Assert.That(x, Is.All.InRange(-1f, MathF.BitDecrement(1)));
        Assert.That(Math.Abs(x.Average()), Is.LessThan(Math.Sqrt(1 / 3.0) * deviations));
        Assert.That(Math.Abs(x.Average(v => v * (double)v) - 1 / 3.0), Is.LessThan(Math.Sqrt(4 / 45.0) * deviations));
        for (int tenth = 0; tenth < 10; tenth++)
            Assert.That(Math.Abs(x.Count(v => v >= -1 + 0.2 * tenth && v < -0.8 + 0.2 * tenth) / (double)Count - 0.1), Is.LessThan(0.3 * deviations));
    }

    [Test]
    public void KaimingScalesByTheFanIn()
    {
        var tensor = new Initializer(Seed, _device).KaimingNormal([64, 32, 3, 3]);
        double variance = tensor.ToArray<float>().Average(v => v * (double)v);
        tensor.Release();
        Assert.That(variance, Is.EqualTo(2.0 / (32 * 9)).Within(4).Percent);
    }

    [Test]
    public void ConstantsTakeNoNumbers()
    {
        var (plain, mixed) = (new Initializer(Seed, _device), new Initializer(Seed, _device));
        var constant = mixed.Constant([3], 2);
        var (a, b) = (plain.Uniform([5], 0, 1), mixed.Uniform([5], 0, 1));
        Assert.That(constant.ToArray<float>(), Is.All.EqualTo(2f));
        Assert.That(b.ToArray<float>(), Is.EqualTo(a.ToArray<float>()));
        foreach (var t in new[] { constant, a, b }) t.Release();
    }

    private static uint[] Words(uint element, uint ordinal) => PhiloxOracle.Draw([element / 4, 0, 0, ((uint)RandomPurpose.Weights << 16) | ordinal], Seed);
}
