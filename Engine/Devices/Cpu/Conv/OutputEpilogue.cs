using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// The forward pass's epilogue: adds the residual, then sums the output's distances from a value s near their mean, and their squares, per
/// channel (<see cref="StripSums.Moments"/>).
/// </summary>
internal sealed unsafe class OutputEpilogue(float* residual, StripSums? sums) : IStripEpilogue
{
    /// <summary>Numbers per strip and channel: s, sum, sum of squares.</summary>
    public const int Kinds = 3;

    public void Apply(int strip, float* target, long origin, int* offsets, int pixels, int channelStart, int channelEnd)
    {
        sums?.SetPixels(strip, pixels);
        var cells = sums is null ? null : sums.Cells(strip, 0);
        var cells1 = sums is null ? null : sums.Cells(strip, 1);
        var cells2 = sums is null ? null : sums.Cells(strip, 2);
        VectorLoops.Run(new Strip(target, residual == null ? null : residual + origin, offsets, pixels, cells, cells1, cells2), channelStart, channelEnd);
    }

    private readonly struct Strip(float* target, float* residual, int* offsets, int pixels, float* shifts, float* sums, float* squares) : IRangeKernel
    {
        public void Run<V>(long start, long end) where V : unmanaged, IVec<V> =>
            VectorLoops.Elements<Channels, V>(new Channels(target, residual, offsets, pixels, shifts, sums, squares), (nint)start, (nint)end);
    }

    private readonly struct Channels(float* target, float* residual, int* offsets, int pixels, float* shifts, float* sums, float* squares) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint c) where V : unmanaged, IVec<V>
        {
            V shift = shifts == null ? V.Zero : Shift<V>(c);
            V sum = V.Zero, square = V.Zero, sum2 = V.Zero, square2 = V.Zero;
            int p = 0;
            for (; p + 1 < pixels; p += 2)
            {
                Add(p, c, shift, ref sum, ref square);
                Add(p + 1, c, shift, ref sum2, ref square2);
            }
            if (p < pixels) Add(p, c, shift, ref sum, ref square);
            if (shifts == null) return;
            shift.Store(shifts + c);
            (sum + sum2).Store(sums + c);
            (square + square2).Store(squares + c);
        }

        /// <summary>The mean of a few pixels all over the strip: nearer to the strip's than any one of them.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Shift<V>(nint c) where V : unmanaged, IVec<V>
        {
            const int Samples = 8;
            var sum = V.Zero;
            for (int i = 0; i < Samples; i++)
            {
                int offset = offsets[i * pixels / Samples];
                sum += Value<V>(offset + c);
            }
            return sum * V.Create(1f / Samples);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Add<V>(int p, nint c, V shift, ref V sum, ref V square) where V : unmanaged, IVec<V>
        {
            nint at = offsets[p] + c;
            var v = Value<V>(at);
            if (residual != null) v.Store(target + at);
            var d = v - shift;
            sum += d;
            square = V.MultiplyAdd(d, d, square);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Value<V>(nint at) where V : unmanaged, IVec<V> => residual == null ? V.Load(target + at) : V.Load(target + at) + V.Load(residual + at);
    }
}
