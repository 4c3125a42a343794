using WrnEngine.Devices.Profiling;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Metrics;

namespace WrnEngine.Training.Simulation;

/// <summary>What the simulator counted in the kernels of one op on one shape, summed over its calls.</summary>
internal sealed class OpCounts
{
    /// <summary>Kernels launched.</summary>
    public int Launches { get; private set; }

    /// <summary>Instructions carried out by a warp.</summary>
    public long WarpInstructions { get; private set; }

    /// <summary>The same times active lanes.</summary>
    public long ThreadInstructions { get; private set; }

    /// <summary>Floating-point operations of active lanes; a fused multiply-add counts two.</summary>
    public long Flops { get; private set; }

    /// <summary>Warp-wide accesses to global memory.</summary>
    public long GlobalRequests { get; private set; }

    /// <summary>32-byte sectors they touched.</summary>
    public long GlobalSectors { get; private set; }

    /// <summary>Warp-wide accesses to shared memory.</summary>
    public long SharedRequests { get; private set; }

    /// <summary>Further passes over shared memory, because lanes wanted different words of one bank.</summary>
    public long BankConflicts { get; private set; }

    /// <summary>Bytes of global memory touched, in whole sectors; without a cache.</summary>
    public double Bytes => 32.0 * GlobalSectors;

    internal void Add(LaunchMetrics m)
    {
        Launches++;
        WarpInstructions += m.WarpInstructions;
        ThreadInstructions += m.ThreadInstructions;
        Flops += m.Flops;
        GlobalRequests += m.GlobalRequests;
        GlobalSectors += m.GlobalSectors;
        SharedRequests += m.SharedRequests;
        BankConflicts += m.SharedBankConflicts;
    }
}

/// <summary>Counts kernels by the op that launched them: a profiled device waits after each op, so what ran since the last one is its own.</summary>
internal sealed class KernelCounts : IDisposable
{
    private readonly ProfiledDevice _device;
    private readonly Dictionary<OpTiming, OpCounts> _counts = new(ReferenceEqualityComparer.Instance); // what a timing holds changes
    private readonly SimulatorDriverOptions _before = SimulatorDriver.Options;
    private readonly List<LaunchMetrics> _launched = [];

    /// <summary>Starts counting.</summary>
    public KernelCounts(ProfiledDevice device)
    {
        _device = device;
        SimulatorDriver.Options = _before with { CollectMetrics = true };
        SimulatorDriver.Launched += OnLaunched;
        device.Measured += OnMeasured;
    }

    /// <summary>The counts of an op, or null where it launched nothing.</summary>
    public OpCounts? Of(OpTiming timing) => _counts.GetValueOrDefault(timing);

    /// <summary>Forgets what was counted.</summary>
    public void Reset() => _counts.Clear();

    /// <summary>Stops counting.</summary>
    public void Dispose()
    {
        SimulatorDriver.Launched -= OnLaunched;
        _device.Measured -= OnMeasured;
        SimulatorDriver.Options = _before;
    }

    private void OnLaunched(LaunchRecord launch)
    {
        if (launch.Result.Metrics is { } metrics) _launched.Add(metrics);
    }

    private void OnMeasured(OpTiming timing)
    {
        if (_launched.Count == 0) return;
        if (!_counts.TryGetValue(timing, out var counts)) _counts[timing] = counts = new OpCounts();
        foreach (var metrics in _launched) counts.Add(metrics);
        _launched.Clear();
    }
}
