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

    /// <summary>Initialises the weight as <see cref="Initializer.BatchNormWeight"/> says, and the bias as 0.</summary>
    /// <param name="channels">Number of channels.</param>
    /// <param name="init">Source of the weight.</param>
    /// <param name="relu">Apply a ReLU to the result.</param>
    /// <param name="momentum">Share of the new value in the running statistics.</param>
    /// <param name="eps">Added to the variance.</param>
    public BatchNorm2d(int channels, Initializer init, bool relu = false, float momentum = 0.1f, float eps = 1e-5f)
    {
        ArgumentNullException.ThrowIfNull(init);
        (_relu, _momentum, _eps) = (relu, momentum, eps);
        Weight = RegisterParameter("weight", init.BatchNormWeight(channels));
        Bias = RegisterParameter("bias", init.Constant([channels], 0));
        RunningMean = RegisterBuffer("running_mean", init.Constant([channels], 0));
        RunningVar = RegisterBuffer("running_var", init.Constant([channels], 1));
    }

    /// <summary>A ReLU follows in the same pass.</summary>
    public bool Relu => _relu;

    /// <summary>Scale, [C].</summary>
    public Tensor Weight { get; }

    /// <summary>Shift, [C].</summary>
    public Tensor Bias { get; }

    /// <summary>Moving average of the batch means, [C].</summary>
    public Tensor RunningMean { get; }

    /// <summary>Moving average of the unbiased batch variances, [C].</summary>
    public Tensor RunningVar { get; }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor x) => IsTraining
        ? x.BatchNorm(Weight, Bias, RunningMean, RunningVar, _momentum, _eps, _relu)
        : x.BatchNormInference(Weight, Bias, RunningMean, RunningVar, _eps, _relu);
}
