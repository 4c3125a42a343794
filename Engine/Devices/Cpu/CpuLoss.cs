using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

internal sealed class CpuLoss(ThreadTeam team) : ILossOps
{
    private readonly object _owner = team;

    public void LogSoftmax(Tensor x, Tensor y) => throw new NotSupportedException(_owner.ToString());

    public void LogSoftmaxBackward(Tensor y, Tensor gradY, Tensor gradX, bool accumulate) => throw new NotSupportedException(_owner.ToString());

    public void SoftmaxCrossEntropy(Tensor logits, Tensor labels, float smoothing, Tensor logProbs, Tensor loss) => throw new NotSupportedException(_owner.ToString());

    public void SoftmaxCrossEntropyBackward(Tensor logProbs, Tensor labels, float smoothing, Tensor gradLoss, Tensor gradLogits, bool accumulate) => throw new NotSupportedException(_owner.ToString());

    public void ArgMax(Tensor x, Tensor index) => throw new NotSupportedException(_owner.ToString());

    public void TopKCount(Tensor logits, Tensor labels, int k, Tensor count) => throw new NotSupportedException(_owner.ToString());
}
