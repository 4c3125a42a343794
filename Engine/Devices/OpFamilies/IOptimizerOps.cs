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
public readonly record struct SgdSettings(float LearningRate, float Momentum, float Dampening, bool Nesterov);

/// <summary>Parameter updates: all parameters in one pass.</summary>
public interface IOptimizerOps
{
    /// <summary>
    /// g = grad + weightDecay * w; b = g on the first step, else momentum * b + (1 - dampening) * g; step = Nesterov ? g + momentum * b : b
    /// (g alone without momentum); w -= lr * step.
    /// </summary>
    void SgdStep(ReadOnlySpan<SgdSlot> slots, in SgdSettings settings);
}
