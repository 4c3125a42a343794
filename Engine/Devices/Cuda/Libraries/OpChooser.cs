using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>
/// Decides once for each op between the ways to compute it, and writes what it decided into the plan. It tries them on a copy of the op's target, since
/// an op that adds to its target must run once only.
/// </summary>
/// <param name="device">Where.</param>
/// <param name="plan">What was decided before, and from now on.</param>
/// <param name="isDeterministic">No clock decides: the first way that works is taken.</param>
internal sealed class OpChooser(CudaDevice device, AlgorithmPlan plan, bool isDeterministic)
{
    /// <summary>The candidate that always works: the project's kernels.</summary>
    public const string Native = "native";

    private readonly OpTimer _timer = new(device.Context);

    /// <summary>The way to compute an op.</summary>
    /// <param name="op">All that the choice depends on.</param>
    /// <param name="wanted">Whose ways are compared.</param>
    /// <param name="candidates">A library's ways, the likeliest first; asked for when nothing was decided yet.</param>
    /// <param name="target">What the op writes.</param>
    /// <param name="adds">The op adds to its target.</param>
    /// <param name="run">Computes the op in the named way into the given target; false when the library cannot.</param>
    public string Choose(string op, Implementation wanted, Func<IEnumerable<string>> candidates, Tensor target, bool adds, Func<string, Tensor, bool> run)
    {
        bool mayBeNative = wanted == Implementation.Auto;
        if (plan.Find(op) is { } known && (mayBeNative || known.Take != Native)) return known.Take;
        // Nothing can be tried in a capture. Steps that are captured have run before, so this is a shape that no step had.
        string[] ways = device.Context.IsCapturing ? [] : [.. mayBeNative ? [Native] : (string[])[], .. candidates()];
        var entry = ways.Length > (mayBeNative ? 1 : 0) ? Try(op, ways, target, adds, run) : new PlanEntry(op, Native, []);
        plan.Add(entry);
        return entry.Take;
    }

    private PlanEntry Try(string op, string[] ways, Tensor target, bool adds, Func<string, Tensor, bool> run)
    {
        using var copy = ScratchTensor.Like(target);
        if (adds) device.Copy(target, copy.Tensor);
        if (isDeterministic) return new PlanEntry(op, ways.FirstOrDefault(way => run(way, copy.Tensor), Native), []);
        var timings = new List<PlanTiming>();
        foreach (string way in ways)
            if (_timer.Milliseconds(() => run(way, copy.Tensor)) is { } time) timings.Add(new PlanTiming(way, time));
        return new PlanEntry(op, timings.MinBy(t => t.Milliseconds)?.Candidate ?? Native, timings);
    }
}
