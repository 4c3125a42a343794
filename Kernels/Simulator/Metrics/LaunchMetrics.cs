namespace WrnEngine.Kernels.Simulator.Metrics;

/// <summary>Counts of one launch.</summary>
public sealed record LaunchMetrics
{
    /// <summary>Warp instructions by class (integer, float, f64, half, conversion, compare, logic, move, load, store, atomic, control, barrier, shuffle, tensor, async, other).</summary>
    public required IReadOnlyDictionary<string, long> InstructionsByClass { get; init; }

    public required long WarpInstructions { get; init; }

    /// <summary>Instructions counted once per active lane.</summary>
    public required long ThreadInstructions { get; init; }

    /// <summary>Branches at which lanes of a warp parted, and all branches.</summary>
    public required long DivergentBranches { get; init; }

    public required long Branches { get; init; }

    /// <summary>Warp-wide accesses to global memory and the 32-byte sectors they touched.</summary>
    public required long GlobalRequests { get; init; }

    public required long GlobalSectors { get; init; }

    public required long GlobalBytesLoaded { get; init; }

    public required long GlobalBytesStored { get; init; }

    /// <summary>Warp-wide accesses to shared memory and the extra passes that bank conflicts cost.</summary>
    public required long SharedRequests { get; init; }

    public required long SharedBankConflicts { get; init; }

    public required long SharedBytes { get; init; }

    /// <summary>Floating-point operations of all active lanes; a fused multiply-add counts two, an mma 2 M N K.</summary>
    public required long Flops { get; init; }

    public required int RegistersPerThread { get; init; }

    public required int SharedBytesPerBlock { get; init; }

    /// <summary>Resident warps over the most the device could hold, 0 to 1.</summary>
    public required double TheoreticalOccupancy { get; init; }

    /// <summary>Share of lanes active over all warp instructions, 0 to 1.</summary>
    public double ActiveLaneShare => WarpInstructions == 0 ? 0 : ThreadInstructions / (32.0 * WarpInstructions);

    public double SectorsPerRequest => GlobalRequests == 0 ? 0 : (double)GlobalSectors / GlobalRequests;

    /// <summary>FLOP per byte of global traffic (32 bytes per sector); 0 without traffic.</summary>
    public double ArithmeticIntensity => GlobalSectors == 0 ? 0 : Flops / (32.0 * GlobalSectors);
}
