using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Optim;

/// <summary>Limits the length of the gradient, as torch.nn.utils.clip_grad_norm_ does.</summary>
public static class GradientClipping
{
    private const float Epsilon = 1e-6f; // PyTorch's

    /// <summary>
    /// Multiplies every gradient of this step by maxNorm / (norm + 1e-6) where the norm, the square root of the sum of all their squares, is larger than
    /// <paramref name="maxNorm"/>; otherwise changes no bit. Nothing is read back: the device decides, so that the step may be recorded and replayed.
    /// </summary>
    /// <param name="parameters">Whose gradients are taken together; those without one are left out.</param>
    /// <param name="maxNorm">The limit, above 0.</param>
    /// <returns>The norm before, a scalar on the device; null when there is no gradient.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The limit is no finite number above 0.</exception>
    public static Tensor? ClipGradNorm(IEnumerable<NamedTensor> parameters, float maxNorm)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        if (!(maxNorm > 0 && float.IsFinite(maxNorm)))
            throw new ArgumentOutOfRangeException(nameof(maxNorm), $"the norm {maxNorm} to clip gradients to must be a number above 0");
        Tensor[] gradients = [.. parameters.Where(p => p.Value is { Grad: not null, GradIsFresh: true }).Select(p => p.Value.Grad!)];
        if (gradients.Length == 0) return null;
        using var noGrad = new Autograd.NoGrad();
        var norm = Norm(gradients);
        using var temporaries = new StepScope();
        // maxNorm / max(norm + e, maxNorm) is exactly 1 up to the limit, and loses no digits above it.
        var longer = (norm + Epsilon - maxNorm).Relu() + maxNorm;
        var factor = Tensor.Full(Shape.Scalar, maxNorm, norm.Device) / longer;
        foreach (var gradient in gradients) gradient.Device.Elementwise.Binary(BinaryOp.Multiply, gradient, factor, gradient);
        return norm;
    }

    private static Tensor Norm(Tensor[] gradients)
    {
        var sum = Tensor.Zeros(Shape.Scalar, gradients[0].Device);
        foreach (var gradient in gradients)
        {
            var squares = Tensor.Empty(gradient.Shape, gradient.Device);
            squares.Device.Elementwise.Binary(BinaryOp.Multiply, gradient, gradient, squares);
            squares.Device.Elementwise.ReduceSum(squares, sum, 1, accumulate: true);
            squares.Release();
        }

        var norm = sum.Sqrt();
        sum.Release();
        return norm;
    }
}
