using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// The backward-input pass's epilogue: zeroes the gradient where relu(x * scale + shift) was not positive, then sums g and g * (x - mean) per
/// channel: the reductions of the batch norm's backward. <c>FirstStrip</c> is where this phase's cells begin.
/// </summary>
internal sealed unsafe class GradInputEpilogue(float* x, float* mean, float* scale, float* shift, bool relu, StripSums? sums, int firstStrip) : IStripEpilogue
{
    /// <summary>Numbers per strip and channel: both sums.</summary>
    public const int Kinds = 2;

    public void Apply(int strip, float* target, long origin, int* offsets, int pixels, int channelStart, int channelEnd)
    {
        var cells0 = sums is null ? null : sums.Cells(firstStrip + strip, 0);
        var cells1 = sums is null ? null : sums.Cells(firstStrip + strip, 1);
        VectorLoops.Run(new Strip(target, x + origin, offsets, pixels, mean, scale, shift, relu, cells0, cells1), channelStart, channelEnd);
    }

    private readonly struct Strip(
        float* target, float* x, int* offsets, int pixels, float* mean, float* scale, float* shift, bool relu, float* sums, float* deviations) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V> =>
            VectorLoops.Elements<Channels, V>(
                new Channels(target, x, offsets, pixels, mean, scale, shift, relu, sums, deviations), (nint)start, (nint)end);
    }

    private readonly struct Channels(
        float* target, float* x, int* offsets, int pixels, float* mean, float* scale, float* shift, bool relu, float* sums, float* deviations) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            V a = V.Load(scale + c), b = V.Load(shift + c), m = V.Load(mean + c), sum = V.Zero, deviation = V.Zero;
            for (int p = 0; p < pixels; p++)
            {
                float* gradient = target + offsets[p] + c;
                V input = V.Load(x + offsets[p] + c), g = V.Load(gradient);
                if (relu)
                {
                    g = V.Select(V.LessOrEqual(V.MultiplyAdd(input, a, b), V.Zero), V.Zero, g);
                    g.Store(gradient);
                }
                sum += g;
                deviation = V.MultiplyAdd(g, input - m, deviation);
            }
            if (sums == null) return;
            sum.Store(sums + c);
            deviation.Store(deviations + c);
        }
    }
}
