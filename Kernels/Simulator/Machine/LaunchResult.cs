using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Metrics;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Outcome of one launch.</summary>
public sealed class LaunchResult
{
    public required LaunchStatus Status { get; init; }

    /// <summary>One sentence for a status other than success: what happened, kernel, line, block and thread. Empty on success.</summary>
    public string Message { get; init; } = "";

    /// <summary>Where the kernel stopped, when it was a thread's fault.</summary>
    public FaultSite? Fault { get; init; }

    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Null unless <see cref="LaunchOptions.CollectMetrics"/> was set.</summary>
    public LaunchMetrics? Metrics { get; init; }

    /// <summary>Warp instructions executed.</summary>
    public long Steps { get; init; }

    public bool IsSuccess => Status == LaunchStatus.Success;
}

/// <summary>The instruction and thread that ended a launch.</summary>
public sealed record FaultSite(string Kernel, int PtxLine, string? SourceFile, int SourceLine, Dim3 Block, Dim3 Thread, ulong? Address);
