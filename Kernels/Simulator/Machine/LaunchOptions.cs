using WrnEngine.Kernels.Simulator.Checks;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>What to do beside running the kernel.</summary>
public sealed class LaunchOptions
{
    /// <summary>No checks, no metrics, no step limit, output of <c>printf</c> to the console.</summary>
    public static LaunchOptions Default { get; } = new();

    public CheckKinds Checks { get; init; }

    /// <summary>Count instructions, memory transactions, bank conflicts and divergence (<see cref="LaunchResult.Metrics"/>).</summary>
    public bool CollectMetrics { get; init; }

    /// <summary>Is told of every access to memory; null costs nothing.</summary>
    public IAccessObserver? Observer { get; init; }

    /// <summary>0 runs blocks and warps in ascending order; every other value is another reproducible order.</summary>
    public int Seed { get; init; }

    /// <summary>Warp instructions after which a launch ends with <see cref="LaunchStatus.LaunchTimeout"/>; 0 is no limit.</summary>
    public long StepLimit { get; init; }

    /// <summary>Host threads; 0 takes one per core. Results do not depend on it.</summary>
    public int Workers { get; init; }

    /// <summary>Receives what the kernel prints, in the order of printing; null writes to the console.</summary>
    public Action<string>? Print { get; init; }

    /// <summary>Findings kept per launch; repetitions of one site count in <see cref="Finding.Count"/> and do not use a place.</summary>
    public int MaxFindings { get; init; } = 100;

    /// <summary>Whether the launch is cooperative: all blocks must be resident at once.</summary>
    public bool Cooperative { get; init; }
}
