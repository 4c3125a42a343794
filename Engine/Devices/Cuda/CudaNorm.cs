using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaNorm(CudaDevice device) : INormOps
{
    public void BatchNormStatistics(Tensor x, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps) => throw new NotSupportedException($"{device.Name}");

    public void BatchNormStatisticsFromMoments(ChannelMoments moments, long count, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps) => throw new NotSupportedException($"{device.Name}");

    public void BatchNormAffine(Tensor mean, Tensor invStd, Tensor weight, Tensor bias, Tensor scale, Tensor shift) => throw new NotSupportedException($"{device.Name}");

    public void BatchNormInferenceAffine(Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, Tensor scale, Tensor shift) => throw new NotSupportedException($"{device.Name}");

    public void ScaleShift(Tensor x, Tensor scale, Tensor shift, bool relu, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void BatchNormApply(Tensor x, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void BatchNormInference(Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void BatchNormBackward( Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias) => throw new NotSupportedException($"{device.Name}");

    public void BatchNormBackwardReduced( Tensor x, Tensor g, Tensor mean, Tensor invStd, Tensor weight, Tensor sumGrad, Tensor sumGradDeviation, Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias) => throw new NotSupportedException($"{device.Name}");

    public void BatchNormInferenceBackward( Tensor x, Tensor gradY, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias) => throw new NotSupportedException($"{device.Name}");
}
