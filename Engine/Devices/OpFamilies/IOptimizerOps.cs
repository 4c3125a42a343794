using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>One parameter of an SGD step: value, gradient and momentum buffer of equal shape, float32.</summary>
/// <param name="Parameter">Updated in place.</param>
/// <param name="Grad">The gradient.</param>
/// <param name="MomentumBuffer">Updated in place; null without momentum.</param>
/// <param name="WeightDecay">Coefficient of the L2 term of this parameter.</param>
/// <param name="FirstStep">The momentum buffer is empty: it starts as the gradient.</param>
public readonly record struct SgdSlot(Tensor Parameter, Tensor Grad, Tensor? MomentumBuffer, float WeightDecay, bool FirstStep)
{
    /// <summary>Refuses a slot that lacks what the settings need.</summary>
    /// <exception cref="ArgumentException">There is momentum and no buffer for it.</exception>
    internal void Verify(in SgdSettings settings, int i)
    {
        if (settings.Momentum != 0 && MomentumBuffer is null)
            throw new ArgumentException($"SGD with momentum {settings.Momentum} needs a momentum buffer for parameter {i} of shape {Parameter.Shape}");
    }
}

/// <summary>The numbers of an SGD step, as torch.optim.SGD defines them.</summary>
/// <param name="LearningRate">Step size.</param>
/// <param name="Momentum">Share of the old velocity that is kept.</param>
/// <param name="Dampening">Share of the gradient that does not enter the momentum buffer.</param>
/// <param name="Nesterov">Look ahead along the momentum.</param>
/// <param name="SkipIf">
/// A tensor of int32, such as the results of <see cref="IOptimizerOps.KeepResult"/>: nothing is updated where its first element is not 0 when the step runs.
/// </param>
public readonly record struct SgdSettings(DeviceScalar<float> LearningRate, float Momentum, float Dampening, bool Nesterov, Tensor? SkipIf = null);

/// <summary>Parameter updates, all parameters in one pass, and the record of the steps.</summary>
public interface IOptimizerOps
{
    /// <summary>
    /// g = grad + weightDecay * w; b = g on the first step, else momentum * b + (1 - dampening) * g; step = Nesterov ? g + momentum * b : b
    /// (g alone without momentum); w -= lr * step.
    /// </summary>
    void SgdStep(ReadOnlySpan<SgdSlot> slots, in SgdSettings settings);

    /// <summary>
    /// Keeps what a step came to: row 1 + step % (rows - 1) of the results becomes (bits of the loss, hits). When the loss is not finite and element [0, 0]
    /// is 0, that becomes step + 1: the first bad step, counted from 1.
    /// </summary>
    /// <param name="loss">Scalar float32.</param>
    /// <param name="correct">Scalar int32.</param>
    /// <param name="step">Steps done before, modulo 2^32.</param>
    /// <param name="results">[1 + steps that are kept, 2] int32, zeros at first.</param>
    /// <exception cref="ArgumentException">The results have another shape.</exception>
    void KeepResult(Tensor loss, Tensor correct, DeviceScalar<uint> step, Tensor results);
}
