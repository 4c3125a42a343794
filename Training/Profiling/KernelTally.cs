using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Training.Simulation;

namespace WrnEngine.Training.Profiling;

/// <summary>Counts what the kernels do on the simulator, by their names.</summary>
internal sealed class KernelTally : IDisposable
{
    private readonly SimulatorDriverOptions _before = SimulatorDriver.Options;
    private readonly Dictionary<string, OpCounts> _counts = [];

    /// <summary>Starts counting.</summary>
    public KernelTally()
    {
        SimulatorDriver.Options = _before with { CollectMetrics = true };
        SimulatorDriver.Launched += OnLaunched;
    }

    /// <summary>Kernels with what they did, those with the most instructions first.</summary>
    public IReadOnlyList<(string Kernel, OpCounts Counts)> Kernels => [.. _counts.Select(c => (c.Key, c.Value)).OrderByDescending(c => c.Value.WarpInstructions)];

    /// <summary>Forgets what was counted.</summary>
    public void Reset() => _counts.Clear();

    /// <summary>Stops counting.</summary>
    public void Dispose()
    {
        SimulatorDriver.Launched -= OnLaunched;
        SimulatorDriver.Options = _before;
    }

    private void OnLaunched(LaunchRecord launch)
    {
        if (launch.Result.Metrics is not { } metrics) return;
        if (!_counts.TryGetValue(launch.Entry.Name, out var counts)) _counts[launch.Entry.Name] = counts = new OpCounts();
        counts.Add(metrics);
    }
}
