using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// Batch normalisation over the channels of x, [N, C, H, W] or [N, C], float32, or bfloat16 where
/// <see cref="Device.Computes"/> says so; gradients of x are of its type. Statistics and parameters are [C], float32. With
/// <c>relu</c> the op is relu(batchNorm(x)); its mask is recomputed from x in the backward pass, so nothing else has to be saved.
/// Source: Ioffe and Szegedy, 2015, algorithm 1.
/// </summary>
public interface INormOps
{
    /// <summary>
    /// saveMean = mean(x), saveInvStd = 1 / sqrt(biased variance + eps) per channel; running statistics, if given, move by
    /// <paramref name="momentum"/> towards the mean and the unbiased variance: r = (1 - momentum) r + momentum * value.
    /// </summary>
    void BatchNormStatistics(Tensor x, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps);

    /// <summary>
    /// Training mode in one call: <see cref="BatchNormStatistics"/>, then <see cref="BatchNormApply"/> with them. A library may do both at once. y is not x.
    /// </summary>
    void BatchNormTraining(
        Tensor x, Tensor weight, Tensor bias, Tensor saveMean, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps, bool relu,
        Tensor y)
    {
        BatchNormStatistics(x, saveMean, saveInvStd, runningMean, runningVar, momentum, eps);
        BatchNormApply(x, saveMean, saveInvStd, weight, bias, relu, y);
    }

    /// <summary>
    /// The statistics from moments that the op before it has taken along, over <paramref name="count"/> values per channel: saveInvStd and
    /// the running statistics.
    /// </summary>
    void BatchNormStatisticsFromMoments(ChannelMoments moments, long count, Tensor saveInvStd, Tensor? runningMean, Tensor? runningVar, float momentum, float eps);

    /// <summary>scale = invStd * weight, shift = bias - mean * scale: the batch norm as a convolution's prologue applies it.</summary>
    void BatchNormAffine(Tensor mean, Tensor invStd, Tensor weight, Tensor bias, Tensor scale, Tensor shift);

    /// <summary>As <see cref="BatchNormAffine"/> with invStd = 1 / sqrt(runningVar + eps).</summary>
    void BatchNormInferenceAffine(Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, Tensor scale, Tensor shift);

    /// <summary>y = x * scale + shift, then ReLU if asked; y may be x.</summary>
    void ScaleShift(Tensor x, Tensor scale, Tensor shift, bool relu, Tensor y);

    /// <summary>y = (x - mean) * invStd * weight + bias, then ReLU if asked; y may be x.</summary>
    void BatchNormApply(Tensor x, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu, Tensor y);

    /// <summary>y = (x - runningMean) / sqrt(runningVar + eps) * weight + bias, then ReLU if asked; y may be x.</summary>
    void BatchNormInference(Tensor x, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu, Tensor y);

    /// <summary>
    /// The gradients through batch statistics. With g = gradY masked by ReLU and xhat = (x - mean) invStd:
    /// gradBias (+)= sum g, gradWeight (+)= sum g xhat, gradX (+)= weight invStd (g - mean(g) - xhat mean(g xhat)).
    /// Each of the three targets may be null; gradX may be gradY.
    /// </summary>
    void BatchNormBackward(
        Tensor x, Tensor gradY, Tensor mean, Tensor invStd, Tensor weight, Tensor bias, bool relu,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias);

    /// <summary>
    /// The rest of <see cref="BatchNormBackward"/> for a gradient that is masked and reduced already: <paramref name="sumGrad"/> = sum g and
    /// <paramref name="sumGradDeviation"/> = sum g (x - mean), see <see cref="ConvBackwardEpilogue"/>. gradX may be g.
    /// </summary>
    void BatchNormBackwardReduced(
        Tensor x, Tensor g, Tensor mean, Tensor invStd, Tensor weight, Tensor sumGrad, Tensor sumGradDeviation,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias);

    /// <summary>
    /// The gradients through fixed statistics (evaluation mode): gradX (+)= g weight / sqrt(runningVar + eps), gradWeight and gradBias as
    /// in training. Each of the three targets may be null.
    /// </summary>
    void BatchNormInferenceBackward(
        Tensor x, Tensor gradY, Tensor runningMean, Tensor runningVar, Tensor weight, Tensor bias, float eps, bool relu,
        Tensor? gradX, bool accumulateX, Tensor? gradWeight, bool accumulateWeight, Tensor? gradBias, bool accumulateBias);
}
