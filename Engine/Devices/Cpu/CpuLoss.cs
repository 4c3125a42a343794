using WrnEngine.Devices.Cpu.Elementwise;
using WrnEngine.Devices.Cpu.Loss;
using WrnEngine.Devices.Cpu.Simd;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>Classification losses, row by row; sums in double.</summary>
internal sealed unsafe class CpuLoss(CpuDevice device) : ILossOps
{
    public void LogSoftmax(Tensor x, Tensor y)
    {
        if (StorageOrder.IsRowMajor(x.Shape))
        {
            ForRows(x.Numel, x.Shape[-1], new LogSoftmaxKernel(Float(x), x.Shape[-1], Float(y)));
            return;
        }
        // The last axis of a channels-last array is not contiguous: work on a copy in logical order.
        using var scratch = new Scratch(device.Memory);
        float* logical = Logical(scratch, x);
        ForRows(x.Numel, x.Shape[-1], new LogSoftmaxKernel(logical, x.Shape[-1], logical));
        LogicalCopy.FromLogical(device.Team, (nint)logical, y.Address, y.Shape);
    }

    public void LogSoftmaxBackward(Tensor y, Tensor gradY, Tensor gradX, bool accumulate)
    {
        if (StorageOrder.IsRowMajor(y.Shape))
        {
            ForRows(y.Numel, y.Shape[-1], new LogSoftmaxBackwardKernel(Float(y), Float(gradY), y.Shape[-1], accumulate, Float(gradX)));
            return;
        }
        using var scratch = new Scratch(device.Memory);
        float* target = Logical(scratch, gradX);
        var kernel = new LogSoftmaxBackwardKernel(Logical(scratch, y), Logical(scratch, gradY), y.Shape[-1], accumulate, target);
        ForRows(y.Numel, y.Shape[-1], kernel);
        LogicalCopy.FromLogical(device.Team, (nint)target, gradX.Address, gradX.Shape);
    }

    public void SoftmaxCrossEntropy(Tensor logits, Tensor labels, float smoothing, Tensor logProbs, Tensor loss)
    {
        int samples = logits.Shape[0], classes = logits.Shape[1];
        CheckLabels(labels, classes);
        using var scratch = new Scratch(device.Memory);
        double* losses = scratch.Doubles(samples);
        ForRows(logits.Numel, classes, new CrossEntropyKernel(Float(logits), Int(labels), classes, smoothing, Float(logProbs), losses));
        double sum = 0;
        for (int n = 0; n < samples; n++) sum += losses[n];
        *Float(loss) = (float)(sum / samples);
    }

    public void SoftmaxCrossEntropyBackward(Tensor logProbs, Tensor labels, float smoothing, Tensor gradLoss, Tensor gradLogits, bool accumulate)
    {
        int samples = logProbs.Shape[0], classes = logProbs.Shape[1];
        CheckLabels(labels, classes);
        float factor = (float)((double)*Float(gradLoss) / samples);
        ForRows(logProbs.Numel, classes,
            new CrossEntropyBackwardKernel(Float(logProbs), Int(labels), classes, smoothing, factor, accumulate, Float(gradLogits)));
    }

    public void ArgMax(Tensor x, Tensor index) => ForRows(x.Numel, x.Shape[1], new ArgMaxKernel(Float(x), x.Shape[1], Int(index)));

    public void TopKCount(Tensor logits, Tensor labels, int k, Tensor count)
    {
        int samples = logits.Shape[0], classes = logits.Shape[1];
        CheckLabels(labels, classes);
        using var scratch = new Scratch(device.Memory);
        int* hits = (int*)scratch.Floats(samples);
        ForRows(logits.Numel, classes, new TopKKernel(Float(logits), Int(labels), classes, k, hits));
        int total = 0;
        for (int n = 0; n < samples; n++) total += hits[n];
        *Int(count) = total;
    }

    private void ForRows<TKernel>(long elements, int columns, TKernel kernel) where TKernel : struct, IRangeKernel
    {
        if (elements == 0) return;
        VectorLoops.For(device.Team, elements / columns, Math.Max(1, VectorLoops.BlockSize / 4 / columns), kernel);
    }

    private float* Logical(Scratch scratch, Tensor t)
    {
        float* logical = scratch.Floats(t.Numel);
        LogicalCopy.ToLogical(device.Team, t.Address, (nint)logical, t.Shape);
        return logical;
    }

    private static void CheckLabels(Tensor labels, int classes)
    {
        for (int n = 0; n < labels.Numel; n++)
        {
            int label = Int(labels)[n];
            if ((uint)label >= (uint)classes)
                throw new InvalidDataException($"label {label} of sample {n} is not one of the {classes} classes 0 to {classes - 1}: check the data set or the model's number of classes");
        }
    }

    private static float* Float(Tensor t) => (float*)t.Address;

    private static int* Int(Tensor t) => (int*)t.Address;
}
