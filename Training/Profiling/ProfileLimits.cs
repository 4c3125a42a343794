using System.Diagnostics;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Training.Profiling;

/// <summary>What a machine can do at most, measured on the spot.</summary>
/// <param name="GigaflopsPerSecond">Arithmetic.</param>
/// <param name="GigabytesPerSecond">Memory.</param>
/// <param name="Source">How it was measured.</param>
internal sealed record ProfileLimits(double GigaflopsPerSecond, double GigabytesPerSecond, string Source)
{
    private const int ProductSize = 4096, CopyFloats = 64 << 20, Rounds = 5;

    /// <summary>The intensity from which on arithmetic is the limit, in operations for each byte.</summary>
    public double Ridge => GigaflopsPerSecond / GigabytesPerSecond;

    /// <summary>1e9 operations a second at most, at an intensity: Williams, Waterman and Patterson's roofline.</summary>
    public double GigaflopsAt(double intensity) => Math.Min(GigaflopsPerSecond, GigabytesPerSecond * intensity);

    /// <summary>
    /// Measures for about a second: on the processor loops over multiply-adds in registers and over memory; on a GPU the largest of what it is given to do,
    /// a matrix product and a copy.
    /// </summary>
    public static ProfileLimits Measure(Device device)
    {
        if (device is CpuDevice cpu)
        {
            var limits = CpuLimits.Measure(cpu);
            return new ProfileLimits(limits.GigaflopsPerSecond, Math.Max(limits.GigabytesPerSecond, limits.CopyGigabytesPerSecond), FormattableString.Invariant(
                $"multiply-adds in registers on all threads; memory read at {limits.GigabytesPerSecond:F1} GB/s, copied at {limits.CopyGigabytesPerSecond:F1} GB/s"));
        }

        using var scope = new StepScope();
        Tensor a = Tensor.Full([ProductSize, ProductSize], 0.5f, device), source = Tensor.Zeros([CopyFloats], device), target = Tensor.Zeros([CopyFloats], device);
        double product = Fastest(device, () => a.MatMul(a).Release()), copy = Fastest(device, () => device.Copy(source, target));
        return new ProfileLimits(
            2e-9 * ProductSize * ProductSize * (double)ProductSize / product, 2e-9 * source.SizeInBytes / copy, $"a product of two matrices of {ProductSize} x {ProductSize}, and a copy");
    }

    private static double Fastest(Device device, Action action)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < Rounds; i++)
        {
            device.Synchronize();
            long start = Stopwatch.GetTimestamp();
            action();
            device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
