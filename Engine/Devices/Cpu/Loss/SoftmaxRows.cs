using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Loss;

/// <summary>Pieces of softmax on one row of logits.</summary>
internal static unsafe class SoftmaxRows
{
    /// <summary>y = x - max - log(sum(exp(x - max))); y may be x. A NaN or +inf anywhere makes the whole row NaN.</summary>
    public static void LogSoftmax<V>(float* x, int columns, float* y) where V : unmanaged, IVec<V>
    {
        float max = Max<V>(x, columns);
        double sum = 0;
        var vectorSum = V.Zero;
        nint i = 0;
        for (; i <= columns - V.Count; i += V.Count) vectorSum += VectorMath.Exp(V.Load(x + i) - V.Create(max));
        for (; i < columns; i++) sum += VectorMath.Exp(Vec1.Create(x[i] - max)).Value;
        float logSum = (float)Math.Log(sum + vectorSum.SumAcross());
        VectorLoops.Elements<Shift, V>(new(x, max, logSum, y), 0, columns);
    }

    /// <summary>The largest element. Where there is a NaN, some element: the sums over the row are NaN anyway.</summary>
    private static float Max<V>(float* x, int columns) where V : unmanaged, IVec<V>
    {
        var best = V.Create(float.NegativeInfinity);
        nint i = 0;
        for (; i <= columns - V.Count; i += V.Count) best = V.Larger(V.Load(x + i), best);
        float max = best.MaxAcross();
        for (; i < columns; i++)
            if (x[i] > max) max = x[i];
        return max;
    }

    private readonly struct Shift(float* x, float max, float logSum, float* y) : IElementKernel
    {
        // In this order the large parts cancel first, and exactly.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V> => (V.Load(x + i) - V.Create(max) - V.Create(logSum)).Store(y + i);
    }
}

/// <summary>Range of rows of log-softmax.</summary>
internal readonly unsafe struct LogSoftmaxKernel(float* x, int columns, float* y) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        for (long row = start; row < end; row++) SoftmaxRows.LogSoftmax<V>(x + row * columns, columns, y + row * columns);
    }
}

/// <summary>Range of rows of gradX (+)= gradY - exp(y) sum(gradY).</summary>
internal readonly unsafe struct LogSoftmaxBackwardKernel(float* y, float* gradY, int columns, bool accumulate, float* gradX) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        for (long row = start; row < end; row++)
        {
            long offset = row * columns;
            float sum = (float)Sums.Row<V>(gradY + offset, columns);
            VectorLoops.Elements<Row, V>(new(y + offset, gradY + offset, sum, accumulate, gradX + offset), 0, columns);
        }
    }

    private readonly struct Row(float* y, float* gradY, float sum, bool accumulate, float* gradX) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V>
        {
            var g = V.MultiplyAdd(VectorMath.Exp(V.Load(y + i)), V.Create(-sum), V.Load(gradY + i));
            (accumulate ? V.Load(gradX + i) + g : g).Store(gradX + i);
        }
    }
}
