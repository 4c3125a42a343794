using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Tools.PtxSim;

/// <summary>What `ptxsim run` was asked to do.</summary>
internal sealed record RunOptions
{
    public required string File { get; init; }

    public string? Entry { get; init; }

    public required Dim3 Grid { get; init; }

    public required Dim3 Block { get; init; }

    public int SharedBytes { get; init; }

    /// <summary>Include paths and definitions for a .cu file.</summary>
    public IReadOnlyList<string> CompilerOptions { get; init; } = [];

    public IReadOnlyList<KernelArgument> Arguments { get; init; } = [];

    public CheckKinds Checks { get; init; } = CheckKinds.All;

    public bool Stats { get; init; }

    public string? JsonFile { get; init; }

    public int Seed { get; init; }

    public long StepLimit { get; init; }

    public SimulatedDeviceProperties Device { get; init; } = SimulatedDeviceProperties.Sm80;
}
