using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Loss;

/// <summary>Range of samples: log-probabilities and the loss of each sample.</summary>
internal readonly unsafe struct CrossEntropyKernel(float* logits, int* labels, int classes, float smoothing, float* logProbs, double* losses) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        for (long n = start; n < end; n++)
        {
            float* row = logProbs + n * classes;
            SoftmaxRows.LogSoftmax<V>(logits + n * classes, classes, row);
            double loss = -(1 - (double)smoothing) * row[labels[n]];
            // Without smoothing a class of probability zero has no part in the loss: 0 * -inf must not become NaN.
            if (smoothing != 0) loss -= smoothing / (double)classes * Sums.Row<V>(row, classes);
            losses[n] = loss;
        }
    }
}

/// <summary>Range of samples: gradLogits (+)= factor (exp(logProbs) - q), q = smoothing / classes, plus 1 - smoothing on the label.</summary>
internal readonly unsafe struct CrossEntropyBackwardKernel(
    float* logProbs, int* labels, int classes, float smoothing, float factor, bool accumulate, float* gradLogits) : IRangeKernel
{
    public void Run<V>(long start, long end) where V : unmanaged, IVec<V>
    {
        float other = (float)(smoothing / (double)classes), target = (float)(1 - (double)smoothing + smoothing / (double)classes);
        for (long n = start; n < end; n++)
        {
            float* row = logProbs + n * classes, grad = gradLogits + n * classes;
            int label = labels[n];
            // The label's own gradient has another q: computed apart, and written over what the row's loop puts there.
            var difference = (VectorMath.Exp(Vec1.Load(row + label)) - Vec1.Create(target)) * Vec1.Create(factor);
            float own = accumulate ? grad[label] + difference.Value : difference.Value;
            VectorLoops.Elements<Row, V>(new(row, other, factor, accumulate, grad), 0, classes);
            grad[label] = own;
        }
    }

    private readonly struct Row(float* logProbs, float other, float factor, bool accumulate, float* grad) : IElementKernel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Invoke<V>(nint i) where V : unmanaged, IVec<V>
        {
            var g = (VectorMath.Exp(V.Load(logProbs + i)) - V.Create(other)) * V.Create(factor);
            (accumulate ? V.Load(grad + i) + g : g).Store(grad + i);
        }
    }
}
