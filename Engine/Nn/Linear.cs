using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Nn;

/// <summary>y = x weight^T + bias.</summary>
public sealed class Linear : Module
{
    /// <summary>Initialises the weight by He's rule on the fan-in and the bias to 0.</summary>
    public Linear(int inFeatures, int outFeatures, Initializer init)
    {
        ArgumentNullException.ThrowIfNull(init);
        Weight = RegisterParameter("weight", init.KaimingNormal([outFeatures, inFeatures]));
        Bias = RegisterParameter("bias", init.Constant([outFeatures], 0));
    }

    /// <summary>[out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>[out].</summary>
    public Tensor Bias { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => x.Linear(Weight, Bias);
}
