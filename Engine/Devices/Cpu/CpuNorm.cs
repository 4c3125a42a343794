using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

internal sealed class CpuNorm(CpuDevice device) : INormOps
{
    private readonly object _owner = device;

    public void BatchNormStatistics(Tensor x, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps) => throw new NotSupportedException(_owner.ToString());

    public void BatchNormApply(Tensor x, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor y) => throw new NotSupportedException(_owner.ToString());

    public void BatchNormInference(Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor y) => throw new NotSupportedException(_owner.ToString());

    public void BatchNormBackward(Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias) => throw new NotSupportedException(_owner.ToString());

    public void BatchNormInferenceBackward(Tensor x, Tensor gradY, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias) => throw new NotSupportedException(_owner.ToString());
}
