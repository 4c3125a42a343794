using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>A way to compute an op, and how long it took.</summary>
/// <param name="Candidate">As in <see cref="PlanEntry.Take"/>.</param>
/// <param name="Milliseconds">The median of a few runs.</param>
public sealed record PlanTiming(string Candidate, double Milliseconds);

/// <summary>What was decided for one op.</summary>
/// <param name="Op">Pass, types, sizes and what is fused: all that the choice depends on.</param>
/// <param name="Take"><c>native</c>, <c>cublas</c>, or <c>cudnn</c> with algorithm and math type.</param>
/// <param name="Timings">What was measured; empty where nothing was to be compared.</param>
public sealed record PlanEntry(string Op, string Take, IReadOnlyList<PlanTiming> Timings);

/// <summary>
/// Which implementation and algorithm each op of a run takes. Where timing decides, another run may decide otherwise, and then its results differ in their
/// last bits: a run keeps its plan, and reads it back when it goes on.
/// </summary>
/// <param name="device">The GPU.</param>
/// <param name="libraries">The libraries and their versions.</param>
public sealed class AlgorithmPlan(string device, string libraries)
{
    private readonly Dictionary<string, PlanEntry> _entries = [];

    /// <summary>After an entry was added.</summary>
    public event Action? Changed;

    /// <summary>The GPU that the plan was made for.</summary>
    public string Device { get; } = device;

    /// <summary>The libraries that it was made with: <c>cuDNN 9.6.0, cuBLAS 12.6.4</c>.</summary>
    public string Libraries { get; } = libraries;

    /// <summary>What was decided, in the order of the first calls.</summary>
    public IReadOnlyCollection<PlanEntry> Entries => _entries.Values;

    /// <summary>Whether a text can stand in <see cref="PlanEntry.Take"/>.</summary>
    public static bool IsWay(string text) => text is OpChooser.Native or CuBlasMatMul.Take or CuDnnNorm.Take || CuDnnAlgorithm.TryParse(text, out _);

    /// <summary>What was decided for an op; null before its first call.</summary>
    public PlanEntry? Find(string op) => _entries.GetValueOrDefault(op);

    /// <summary>Takes over what an earlier run decided, before the first op.</summary>
    /// <returns>False, and nothing is taken over, when it was decided for another GPU or with other libraries.</returns>
    public bool TakeOver(AlgorithmPlan earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        if ((earlier.Device, earlier.Libraries) != (Device, Libraries)) return false;
        foreach (var entry in earlier.Entries) _entries[entry.Op] = entry;
        return true;
    }

    /// <summary>Adds an entry, or puts another in its place.</summary>
    public void Add(PlanEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        _entries[entry.Op] = entry;
        Changed?.Invoke();
    }
}
