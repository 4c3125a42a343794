using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Classification losses, a warp to a row, in float32 only. Labels are on the device and nothing waits for it, so one that is no class cannot be an exception here: it makes
/// its loss and gradient NaN.
/// </summary>
internal sealed class CudaLoss(CudaDevice device) : ILossOps
{
    private readonly SoftmaxCrossEntropyKernels _kernels = new(device.Context.Library);

    public void LogSoftmax(Tensor x, Tensor y)
    {
        CudaTypes.RequireFloat32(x, y);
        if (x.Numel == 0) return;
        _kernels.LogSoftmaxForward(device.Context.Stream, x.Address, y.Address, x.Numel / x.Shape[-1], x.Shape[-1], Inner(x.Shape));
    }

    public void LogSoftmaxBackward(Tensor y, Tensor gradY, Tensor gradX, bool accumulate)
    {
        CudaTypes.RequireFloat32(y, gradY, gradX);
        if (y.Numel == 0) return;
        _kernels.LogSoftmaxBackward(
            device.Context.Stream, y.Address, gradY.Address, gradX.Address, y.Numel / y.Shape[-1], y.Shape[-1], Inner(y.Shape), accumulate);
    }

    public void SoftmaxCrossEntropy(Tensor logits, Tensor labels, float smoothing, Tensor logProbs, Tensor loss)
    {
        CudaTypes.RequireFloat32(logits, logProbs, loss);
        var losses = device.Scratch((long)logits.Shape[0] * sizeof(double));
        _kernels.CrossEntropyForward(
            device.Context.Stream, logits.Address, labels.Address, smoothing, logProbs.Address, losses.Address, loss.Address, logits.Shape[0], logits.Shape[1]);
        losses.Release();
    }

    public void SoftmaxCrossEntropyBackward(Tensor logProbs, Tensor labels, float smoothing, Tensor gradLoss, Tensor gradLogits, bool accumulate)
    {
        CudaTypes.RequireFloat32(logProbs, gradLoss, gradLogits);
        _kernels.CrossEntropyBackward(
            device.Context.Stream, logProbs.Address, labels.Address, smoothing, gradLoss.Address, gradLogits.Address, logProbs.Shape[0], logProbs.Shape[1], accumulate);
    }

    public void ArgMax(Tensor x, Tensor index)
    {
        CudaTypes.RequireFloat32(x);
        _kernels.ArgMax(device.Context.Stream, x.Address, index.Address, x.Shape[0], x.Shape[1]);
    }

    public void TopKCount(Tensor logits, Tensor labels, int k, Tensor count)
    {
        CudaTypes.RequireFloat32(logits);
        device.FillBytes(count, 0);
        _kernels.TopKCount(device.Context.Stream, logits.Address, labels.Address, k, count.Address, logits.Shape[0], logits.Shape[1]);
    }

    /// <summary>How far apart the elements along the last axis are: a channels-last image has its channels between them.</summary>
    private static long Inner(Shape shape) => StorageOrder.IsRowMajor(shape) ? 1 : shape[1];
}
