using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Nn;

/// <summary>
/// Batch normalisation per channel, optionally with a ReLU in the same pass. Running statistics start at mean 0 and variance 1.
/// </summary>
public sealed class BatchNorm2d : Module
{
    private readonly bool _relu;
    private readonly float _momentum, _eps;

    /// <summary>Initialises weight ~ U(0, 1) and bias 0, the default of Torch7 that the paper's networks were trained with.</summary>
    /// <param name="channels">Number of channels.</param>
    /// <param name="init">Source of the weight.</param>
    /// <param name="relu">Apply a ReLU to the result.</param>
    /// <param name="momentum">Share of the new value in the running statistics.</param>
    /// <param name="eps">Added to the variance.</param>
    public BatchNorm2d(int channels, Initializer init, bool relu = false, float momentum = 0.1f, float eps = 1e-5f)
    {
        ArgumentNullException.ThrowIfNull(init);
        (_relu, _momentum, _eps) = (relu, momentum, eps);
        Weight = RegisterParameter("weight", init.Uniform([channels], 0, 1));
        Bias = RegisterParameter("bias", init.Constant([channels], 0));
        RunningMean = RegisterBuffer("running_mean", init.Constant([channels], 0));
        RunningVar = RegisterBuffer("running_var", init.Constant([channels], 1));
    }

    /// <summary>Scale, [C].</summary>
    public Tensor Weight { get; }

    /// <summary>Shift, [C].</summary>
    public Tensor Bias { get; }

    /// <summary>Moving average of the batch means, [C].</summary>
    public Tensor RunningMean { get; }

    /// <summary>Moving average of the unbiased batch variances, [C].</summary>
    public Tensor RunningVar { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => IsTraining
        ? x.BatchNorm(Weight, Bias, RunningMean, RunningVar, _momentum, _eps, _relu)
        : x.BatchNormInference(Weight, Bias, RunningMean, RunningVar, _eps, _relu);
}
