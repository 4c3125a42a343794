using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Norm;

/// <summary>
/// Per part and channel: the sum, then the sum of squared deviations from the part's own mean while the part is still in the cache.
/// Neither loses digits when the mean is large. Parts are combined in double afterwards.
/// </summary>
internal readonly unsafe struct StatisticsKernel(ChannelTile tile, float* x, double* partials) : IRangeKernel
{
    /// <summary>Doubles that each part writes: [sum, squared deviations][C].</summary>
    public static long PartialsPerPart(in ChannelTile tile) => 2L * tile.Channels;

    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        int channels = tile.Channels, length = tile.Length;
        double* sums = partials + start / tile.ElementsPerPart * PartialsPerPart(tile);
        double* squares = sums + channels;
        float* sum = stackalloc float[length], mean = stackalloc float[length];
        var sumTile = new Span<float>(sum, length);

        // Deviations from the part's first row add up without the rounding errors that a large common part would bring.
        double count = PartCount(start, end);
        for (int c = 0; c < channels; c++) mean[c] = x[start + c];
        tile.Repeat(mean);
        sumTile.Clear();
        AddRows<Deviations, V>(x + start, end - start, mean, sum);
        tile.Fold(sum, sums);
        for (int c = 0; c < channels; c++) sums[c] += count * mean[c];

        for (int c = 0; c < channels; c++) mean[c] = (float)(sums[c] / count);
        tile.Repeat(mean);
        sumTile.Clear();
        AddRows<SquaredDeviations, V>(x + start, end - start, mean, sum);
        tile.Fold(sum, squares);
    }

    /// <summary>
    /// Mean and biased variance of every channel from all parts, added in order: squared deviations from each part's mean are moved to the
    /// common mean, sum (x - m)^2 = sum (x - p)^2 + 2 (p - m) sum (x - p) + n (p - m)^2.
    /// </summary>
    public void Combine(double* mean, double* variance)
    {
        int channels = tile.Channels;
        new Span<double>(mean, channels).Clear();
        new Span<double>(variance, channels).Clear();
        for (int part = 0; part < tile.Parts; part++)
        {
            double* sums = partials + part * PartialsPerPart(tile);
            for (int c = 0; c < channels; c++) mean[c] += sums[c];
        }
        for (int c = 0; c < channels; c++) mean[c] /= tile.Count;
        for (int part = 0; part < tile.Parts; part++)
        {
            double* sums = partials + part * PartialsPerPart(tile), squares = sums + channels;
            long start = part * tile.ElementsPerPart;
            double count = PartCount(start, Math.Min(tile.Elements, start + tile.ElementsPerPart));
            for (int c = 0; c < channels; c++)
            {
                double partMean = (float)(sums[c] / count), shift = partMean - mean[c];
                variance[c] += squares[c] + shift * (2 * (sums[c] - count * partMean) + count * shift);
            }
        }
        for (int c = 0; c < channels; c++) variance[c] = Math.Max(0, variance[c] / tile.Count);
    }

    private double PartCount(long start, long end) => (end - start) / tile.Channels;

    private void AddRows<TRows, V>(float* first, long elements, float* mean, float* sum) where TRows : struct, IRows where V : unmanaged, IVec<V>
    {
        int length = tile.Length;
        float* p = first, last = first + elements;
        for (; last - p >= 4L * length; p += 4 * length) VectorLoops.Elements<FourRows<TRows>, V>(new(p, length, mean, sum), 0, length);
        for (; p < last; p += length) VectorLoops.Elements<OneRow<TRows>, V>(new(p, mean, sum), 0, (nint)Math.Min(length, last - p));
    }

    private interface IRows
    {
        static abstract V Term<V>(V x, float* mean) where V : unmanaged, IVec<V>;
    }

    private readonly struct Deviations : IRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Term<V>(V x, float* mean) where V : unmanaged, IVec<V> => x - V.Load(mean);
    }

    private readonly struct SquaredDeviations : IRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Term<V>(V x, float* mean) where V : unmanaged, IVec<V>
        {
            var d = x - V.Load(mean);
            return d * d;
        }
    }

    /// <summary>Adds four tiles to the sums with one load and store of them.</summary>
    private readonly struct FourRows<TRows>(float* x, nint length, float* mean, float* sum) : IElementKernel where TRows : struct, IRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V>
        {
            float* p = x + i;
            var t0 = TRows.Term(V.Load(p), mean + i) + TRows.Term(V.Load(p + length), mean + i);
            var t1 = TRows.Term(V.Load(p + 2 * length), mean + i) + TRows.Term(V.Load(p + 3 * length), mean + i);
            (V.Load(sum + i) + (t0 + t1)).Store(sum + i);
        }
    }

    private readonly struct OneRow<TRows>(float* x, float* mean, float* sum) : IElementKernel where TRows : struct, IRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => (V.Load(sum + i) + TRows.Term(V.Load(x + i), mean + i)).Store(sum + i);
    }
}
