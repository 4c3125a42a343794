using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Norm;

/// <summary>Per part and channel: sum g and sum g (x - mean), where g is gradY, zeroed where the ReLU's output was not positive.</summary>
internal readonly unsafe struct BackwardSumsKernel(ChannelTile tile, float* x, float* gradY, AffineTiles affine, bool relu, double* partials) : IRangeKernel
{
    /// <summary>Doubles that each part writes: [sum g, sum g (x - mean)][C].</summary>
    public static long PartialsPerPart(in ChannelTile tile) => 2L * tile.Channels;

    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        int length = tile.Length;
        double* sums = partials + start / tile.ElementsPerPart * PartialsPerPart(tile);
        float* sumGrad = stackalloc float[length], sumGradX = stackalloc float[length];
        new Span<float>(sumGrad, length).Clear();
        new Span<float>(sumGradX, length).Clear();
        for (; start < end; start += length)
            VectorLoops.Elements<Row, V>(new(x + start, gradY + start, affine, relu, sumGrad, sumGradX), 0, (nint)Math.Min(length, end - start));
        tile.Fold(sumGrad, sums);
        tile.Fold(sumGradX, sums + tile.Channels);
    }

    /// <summary>Adds the parts in order into the first one's place.</summary>
    public void Combine()
    {
        long width = PartialsPerPart(tile);
        for (int part = 1; part < tile.Parts; part++)
            for (long i = 0; i < width; i++) partials[i] += partials[part * width + i];
    }

    // One row after the other: two rows at once halve the traffic to the sums, but the processor then prefetches half as well.
    private readonly struct Row(float* x, float* gradY, AffineTiles affine, bool relu, float* sumGrad, float* sumGradX) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V>
        {
            var g = V.Load(gradY + i);
            var d = affine.Deviation(V.Load(x + i), i);
            if (relu) g = V.Select(V.LessOrEqual(affine.Normalize(d, i), V.Zero), V.Zero, g);
            (V.Load(sumGrad + i) + g).Store(sumGrad + i);
            V.MultiplyAdd(g, d, V.Load(sumGradX + i)).Store(sumGradX + i);
        }
    }
}

/// <summary>
/// gradX (+)= scale (g - meanGrad - (x - mean) slope) with g as in <see cref="BackwardSumsKernel"/> and slope = invStd^2 mean(g (x - mean));
/// through fixed statistics meanGrad and slope are zero.
/// </summary>
internal readonly unsafe struct BackwardInputKernel(
    ChannelTile tile, float* x, float* gradY, AffineTiles affine, bool relu, float* meanGrad, float* slope, bool accumulate, float* gradX) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        int length = tile.Length;
        for (; start < end; start += length)
        {
            var row = new Row(x + start, gradY + start, affine, relu, meanGrad, slope, accumulate, gradX + start);
            VectorLoops.Elements<Row, V>(row, 0, (nint)Math.Min(length, end - start));
        }
    }

    private readonly struct Row(
        float* x, float* gradY, AffineTiles affine, bool relu, float* meanGrad, float* slope, bool accumulate, float* gradX) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V>
        {
            var g = V.Load(gradY + i);
            var d = affine.Deviation(V.Load(x + i), i);
            if (relu) g = V.Select(V.LessOrEqual(affine.Normalize(d, i), V.Zero), V.Zero, g);
            var scale = V.Load((float*)affine.Scale + i);
            var t = g - V.Load(meanGrad + i) - d * V.Load(slope + i);
            (accumulate ? V.MultiplyAdd(t, scale, V.Load(gradX + i)) : t * scale).Store(gradX + i);
        }
    }
}
