using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu;

/// <summary>What the processor can do at most, measured: the marks that a kernel's speed is held against.</summary>
/// <param name="GigaflopsPerSecond">Float32 multiply-adds in registers, on all threads of the team; a multiply-add is two operations.</param>
/// <param name="GigabytesPerSecond">Reading an array far larger than the caches, on all threads of the team.</param>
/// <param name="CopyGigabytesPerSecond">Copying from one such array to another: bytes read and bytes written, on all threads of the team.</param>
public sealed unsafe record CpuLimits(double GigaflopsPerSecond, double GigabytesPerSecond, double CopyGigabytesPerSecond)
{
    private const int Rounds = 9;
    private const int Chains = 12; // enough independent sums to keep two multipliers with a latency of four cycles busy
    private const long MultiplyAdds = 1 << 20;
    private const long ArrayFloats = 64L << 20;

    /// <summary>Measures for about a second.</summary>
    public static CpuLimits Measure(CpuDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        int threads = device.Team.ThreadCount;
        double compute = Fastest(() => device.Team.For(threads, _ => VectorLoops.Run(new Multiply(), 0, MultiplyAdds)));
        var buffer = device.Memory.Allocate(ArrayFloats * sizeof(float));
        try
        {
            float* values = (float*)buffer.Address;
            VectorLoops.ForElements(device.Team, ArrayFloats, new Fill(values));
            double read = Fastest(() => VectorLoops.For(device.Team, ArrayFloats, VectorLoops.BlockSize, new Read(values)));
            double copy = Fastest(() => VectorLoops.ForElements(device.Team, ArrayFloats / 2, new CopyElements(values, values + ArrayFloats / 2)));
            double bytes = 1e-9 * ArrayFloats * sizeof(float);
            return new CpuLimits(2e-9 * Lanes * Chains * MultiplyAdds * threads / compute, bytes / read, bytes / copy);
        }
        finally
        {
            buffer.Release();
        }
    }

    private static int Lanes => Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? 16 : Vector256.IsHardwareAccelerated && Avx2.IsSupported ? 8 : 4;

    private static double Fastest(Action action)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    private readonly struct Multiply : IRangeKernel
    {
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            V a = V.Create(0.999f), b = V.Create(0.001f);
            V s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a, s10 = a, s11 = a;
            for (; start < end; start++)
            {
                s0 = V.MultiplyAdd(s0, a, b);
                s1 = V.MultiplyAdd(s1, a, b);
                s2 = V.MultiplyAdd(s2, a, b);
                s3 = V.MultiplyAdd(s3, a, b);
                s4 = V.MultiplyAdd(s4, a, b);
                s5 = V.MultiplyAdd(s5, a, b);
                s6 = V.MultiplyAdd(s6, a, b);
                s7 = V.MultiplyAdd(s7, a, b);
                s8 = V.MultiplyAdd(s8, a, b);
                s9 = V.MultiplyAdd(s9, a, b);
                s10 = V.MultiplyAdd(s10, a, b);
                s11 = V.MultiplyAdd(s11, a, b);
            }
            var sum = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11;
            if (sum.SumAcross() < 0) throw new InvalidOperationException("the sums of positive numbers came out negative");
        }
    }

    private readonly struct Fill(float* values) : IElementKernel
    {
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => V.Create(1).Store(values + i);
    }

    private readonly struct CopyElements(float* source, float* target) : IElementKernel
    {
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => V.Load(source + i).Store(target + i);
    }

    private readonly struct Read(float* values) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
        {
            V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
            for (; start < end; start += 4 * V.Count)
            {
                s0 += V.Load(values + start);
                s1 += V.Load(values + start + V.Count);
                s2 += V.Load(values + start + 2 * V.Count);
                s3 += V.Load(values + start + 3 * V.Count);
            }
            if ((s0 + s1 + s2 + s3).SumAcross() < 0) throw new InvalidOperationException("the sums of positive numbers came out negative");
        }
    }
}
