using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Nn;

/// <summary>y = x weight^T + bias.</summary>
public sealed class Linear : Module
{
    /// <summary>Initialises the weight ~ U(-1/sqrt(in), 1/sqrt(in)) and the bias 0, as the authors' Torch7 code does.</summary>
    public Linear(int inFeatures, int outFeatures, Initializer init)
    {
        ArgumentNullException.ThrowIfNull(init);
        Weight = RegisterParameter("weight", init.Uniform([outFeatures, inFeatures], -1 / MathF.Sqrt(inFeatures), 1 / MathF.Sqrt(inFeatures)));
        Bias = RegisterParameter("bias", init.Constant([outFeatures], 0));
    }

    /// <summary>[out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>[out].</summary>
    public Tensor Bias { get; }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor x) => x.Linear(Weight, Bias);
}
