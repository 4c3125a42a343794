using WrnEngine.Devices;
using WrnEngine.Devices.Profiling;

namespace WrnEngine.Training.Profiling;

/// <summary>
/// Floating-point operations of a call. Convolutions and products are counted exactly, by their definition. For the others the definition's operations
/// per element are counted for each element of the largest tensor: enough to say where they stand in a roofline, far left, where memory is the limit.
/// </summary>
internal static class OpFlops
{
    /// <summary>The operations of one call; 0 for what only moves data.</summary>
    public static double Of(OpTiming op) => op.Flops > 0 ? op.Flops : PerElement(op.Op) * (double)op.Elements;

    private static int PerElement(string op) => op switch
    {
        nameof(INormOps.BatchNormStatistics) => 3, // sum; deviation, squared and summed
        nameof(INormOps.BatchNormTraining) => 6,
        nameof(INormOps.BatchNormStatisticsFromMoments) or nameof(INormOps.BatchNormAffine) or nameof(INormOps.BatchNormInferenceAffine) => 4,
        nameof(INormOps.BatchNormApply) or nameof(INormOps.BatchNormInference) or nameof(INormOps.ScaleShift) => 3, // times, plus, max
        nameof(INormOps.BatchNormBackward) => 10, // the mask, two sums, and gradX from both
        nameof(INormOps.BatchNormBackwardReduced) => 5,
        nameof(INormOps.BatchNormInferenceBackward) => 6,
        nameof(IElementwiseOps.Unary) or nameof(IElementwiseOps.UnaryBackward) or nameof(IElementwiseOps.Binary) or nameof(IElementwiseOps.ReduceSum) => 1,
        nameof(IElementwiseOps.AddScaled) => 2,
        nameof(IPoolOps.MaxPool2d) or nameof(IPoolOps.MaxPool2dBackward) or nameof(IPoolOps.AveragePool2d) or nameof(IPoolOps.AveragePool2dBackward) => 1,
        nameof(ILossOps.LogSoftmax) or nameof(ILossOps.SoftmaxCrossEntropy) => 5, // max, minus, exp, sum, minus
        nameof(ILossOps.LogSoftmaxBackward) or nameof(ILossOps.SoftmaxCrossEntropyBackward) => 3,
        nameof(IDataOps.Dropout) => 1,
        nameof(IOptimizerOps.SgdStep) => 8, // decay, momentum, Nesterov, update: a product and a sum each
        _ => 0,
    };
}
