using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Autograd;

/// <summary>
/// While one is open on this thread, ops record nothing: <c>using (new NoGrad()) { ... }</c>.
/// <para>A device may prepare a convolution's weight once and use that until the outermost region ends, so open one region around many batches. Inside,
/// a weight may change by <see cref="Tensor.CopyFrom"/> and by an optimizer; who writes one through a device's op families opens a new region for it.</para>
/// </summary>
public sealed class NoGrad : IDisposable
{
    [ThreadStatic] private static int _depth;
    [ThreadStatic] private static List<Tensor>? _prepared;
    private bool _disposed;

    /// <summary>Stops recording on this thread.</summary>
    public NoGrad() => _depth++;

    /// <summary>True while recording is off on this thread.</summary>
    public static bool IsActive => _depth > 0;

    /// <summary>Where a device may keep what it makes of a weight: inside a region only, and only of a tensor that outlives the step.</summary>
    internal static KeptFilters? KeptFiltersOf(Tensor weight)
    {
        if (!IsActive || !weight.IsLeaf || weight.Scope is not null) return null;
        if (weight.KeptFilters is null)
        {
            weight.KeptFilters = new KeptFilters();
            (_prepared ??= []).Add(weight);
        }
        return weight.KeptFilters;
    }

    /// <summary>Lets recording go on.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (--_depth > 0 || _prepared is null) return;
        foreach (var weight in _prepared) weight.ForgetDerived();
        _prepared.Clear();
    }
}
