using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaLoss(CudaDevice device) : ILossOps
{
    public void LogSoftmax(Tensor x, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void LogSoftmaxBackward(Tensor y, Tensor gradY, Tensor gradX, bool accumulate) => throw new NotSupportedException($"{device.Name}");

    public void SoftmaxCrossEntropy(Tensor logits, Tensor labels, float smoothing, Tensor logProbs, Tensor loss) => throw new NotSupportedException($"{device.Name}");

    public void SoftmaxCrossEntropyBackward(Tensor logProbs, Tensor labels, float smoothing, Tensor gradLoss, Tensor gradLogits, bool accumulate) => throw new NotSupportedException($"{device.Name}");

    public void ArgMax(Tensor x, Tensor index) => throw new NotSupportedException($"{device.Name}");

    public void TopKCount(Tensor logits, Tensor labels, int k, Tensor count) => throw new NotSupportedException($"{device.Name}");
}
