using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>
/// Mixed precision: activations and the factors of products are bfloat16, while weights, their gradients, statistics and sums stay float32. An op that
/// reads bfloat16 activations takes a float32 weight as it is: here it is rounded, once for the forward and the backward pass.
/// </summary>
internal static class MixedPrecision
{
    private static readonly object RoundedForm = "bf16";

    /// <summary>
    /// A weight as the factor of a product with activations of a type: itself, or rounded, which the caller releases. Inside a <see cref="NoGrad"/> region the
    /// rounded weight is kept for the next pass.
    /// </summary>
    /// <param name="weight">float32, or of the activations' type.</param>
    /// <param name="activations">Their type.</param>
    /// <param name="kept">Where the device may keep what it makes of the factor; null when the place is taken, or there is none.</param>
    public static Tensor FactorOf(Tensor weight, DType activations, out KeptFilters? kept)
    {
        kept = NoGrad.KeptFiltersOf(weight);
        if (weight.DType == activations) return weight;
        if (weight.DType != DType.Float32)
            throw new ShapeException($"a {weight.DType.ShortName()} weight does not go with {activations.ShortName()} activations; To(DType) brings one to the other's");
        var place = kept;
        kept = null;
        if (place?.Find(RoundedForm) is { } rounded)
        {
            rounded.AddReference();
            return new Tensor(weight.Shape, activations, weight.Device, rounded);
        }
        var factor = Tensor.Empty(weight.Shape, weight.Device, activations);
        weight.Device.Elementwise.Cast(weight, factor);
        place?.Keep(RoundedForm, factor.Buffer);
        return factor;
    }
}
