using WrnEngine.Devices.Cpu;
using WrnEngine.Models;

namespace WrnEngine.Tests.Models;

/// <summary>Initial values of a whole network, as the authors' Torch7 code draws them.</summary>
public class WideResNetInitTests
{
    [Test]
    public void EachKindOfTensorHasItsDistribution()
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(10, 2), device, seed: 21);
        foreach (var (name, tensor) in model.NamedParameters())
        {
            float[] x = tensor.ToArray<float>();
            if (name.EndsWith(".bias", StringComparison.Ordinal)) Assert.That(x, Is.All.Zero, name);
            else if (name == "fc.weight") IsDistributed(name, x, mean: 0, variance: 1 / (3.0 * 128), kurtosis: 1.8);
            else if (name.EndsWith(".weight", StringComparison.Ordinal)) IsDistributed(name, x, mean: 0.5, variance: 1 / 12.0, kurtosis: 1.8);
            else IsDistributed(name, x, mean: 0, variance: 2.0 * tensor.Shape[0] / tensor.Numel, kurtosis: 3);
        }
    }

    /// <summary>Mean and variance within four and a half standard errors: about forty tensors are looked at.</summary>
    private static void IsDistributed(string name, float[] x, double mean, double variance, double kurtosis)
    {
        double n = x.Length, sigma = Math.Sqrt(variance);
        double m = x.Average(v => (double)v), v = x.Average(v => (v - mean) * (v - mean));
        Assert.That(Math.Abs(m - mean), Is.LessThan(4.5 * sigma / Math.Sqrt(n)), name + ": mean");
        Assert.That(Math.Abs(v - variance), Is.LessThan(4.5 * variance * Math.Sqrt((kurtosis - 1) / n)), name + ": variance");
    }
}
