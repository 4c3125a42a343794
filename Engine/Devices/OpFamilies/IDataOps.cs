using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>
/// Which random numbers a dropout layer draws: Philox key = seed; counter = (element / 4, sample's data-set index, step,
/// Dropout purpose &lt;&lt; 16 | layer); the element is the logical index (NCHW within the sample).
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">Optimizer steps done so far.</param>
/// <param name="Layer">Ordinal of the dropout layer in the model.</param>
public readonly record struct DropoutKey(ulong Seed, uint Step, ushort Layer);

/// <summary>Ops that draw random numbers on the device.</summary>
public interface IDataOps
{
    /// <summary>
    /// y (+)= x / (1 - p) where u >= p and 0 where u &lt; p, with u from <paramref name="key"/>. The same call on the gradient is the
    /// backward pass, so no mask is kept. <paramref name="sampleIndices"/> [N] int32, or null for zeros. y may be x when not accumulating.
    /// </summary>
    void Dropout(Tensor x, Tensor? sampleIndices, float p, in DropoutKey key, Tensor y, bool accumulate);
}
