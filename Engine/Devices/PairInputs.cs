using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>What mixup has to know of a step, on the device: each sample's partner, and how much of the pair is whose.</summary>
/// <param name="Share">Scalar float32: the sample's own share.</param>
/// <param name="Rest">Scalar float32: the partner's, 1 - share.</param>
/// <param name="Indices">[N] int32, the partners' indices in the data set.</param>
/// <param name="Labels">[N] int32, the partners' classes.</param>
public sealed record PairInputs(Tensor Share, Tensor Rest, Tensor Indices, Tensor Labels)
{
    /// <summary>Gives the memory back.</summary>
    internal void Release()
    {
        foreach (var tensor in (ReadOnlySpan<Tensor>)[Share, Rest, Indices, Labels]) tensor.Release();
    }
}
