namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Limits and attributes of a simulated device, as the CUDA programming guide lists them per compute capability.</summary>
public sealed record SimulatedDeviceProperties
{
    public required string Name { get; init; }

    public required int ComputeMajor { get; init; }

    public required int ComputeMinor { get; init; }

    public required int MultiprocessorCount { get; init; }

    public required int MaxThreadsPerMultiprocessor { get; init; }

    public required int MaxBlocksPerMultiprocessor { get; init; }

    /// <summary>Shared memory of one multiprocessor, bytes.</summary>
    public required int SharedBytesPerMultiprocessor { get; init; }

    /// <summary>The most shared memory a block may opt in to.</summary>
    public required int MaxSharedBytesPerBlockOptin { get; init; }

    /// <summary>Shared memory of a block without opting in.</summary>
    public int MaxSharedBytesPerBlock { get; init; } = 49152;

    /// <summary>Shared memory the system keeps per block (1 KiB from sm_80 on).</summary>
    public required int ReservedSharedBytesPerBlock { get; init; }

    public int MaxThreadsPerBlock { get; init; } = 1024;

    public Dim3 MaxBlock { get; init; } = new(1024, 1024, 64);

    public Dim3 MaxGrid { get; init; } = new(int.MaxValue, 65535, 65535);

    public int WarpSize { get; init; } = 32;

    public int RegistersPerMultiprocessor { get; init; } = 65536;

    public int RegistersPerBlock { get; init; } = 65536;

    public int MaxRegistersPerThread { get; init; } = 255;

    public int ConstantBytes { get; init; } = 65536;

    public required int L2Bytes { get; init; }

    public required int ClockKilohertz { get; init; }

    public required int MemoryClockKilohertz { get; init; }

    public required int MemoryBusBits { get; init; }

    /// <summary>Largest parameter block of a kernel.</summary>
    public int MaxParameterBytes => ComputeMajor >= 9 ? 32764 : 4096;

    public int ComputeCapability => (10 * ComputeMajor) + ComputeMinor;

    public static SimulatedDeviceProperties Sm75 { get; } = new()
    {
        Name = "WrnEngine PTX simulator (sm_75)",
        ComputeMajor = 7,
        ComputeMinor = 5,
        MultiprocessorCount = 40,
        MaxThreadsPerMultiprocessor = 1024,
        MaxBlocksPerMultiprocessor = 16,
        SharedBytesPerMultiprocessor = 65536,
        MaxSharedBytesPerBlockOptin = 65536,
        ReservedSharedBytesPerBlock = 0,
        L2Bytes = 4 << 20,
        ClockKilohertz = 1_590_000,
        MemoryClockKilohertz = 5_001_000,
        MemoryBusBits = 256,
    };

    public static SimulatedDeviceProperties Sm80 { get; } = new()
    {
        Name = "WrnEngine PTX simulator (sm_80)",
        ComputeMajor = 8,
        ComputeMinor = 0,
        MultiprocessorCount = 108,
        MaxThreadsPerMultiprocessor = 2048,
        MaxBlocksPerMultiprocessor = 32,
        SharedBytesPerMultiprocessor = 167936,
        MaxSharedBytesPerBlockOptin = 166912,
        ReservedSharedBytesPerBlock = 1024,
        L2Bytes = 40 << 20,
        ClockKilohertz = 1_410_000,
        MemoryClockKilohertz = 1_215_000,
        MemoryBusBits = 5120,
    };

    public static SimulatedDeviceProperties Sm90 { get; } = new()
    {
        Name = "WrnEngine PTX simulator (sm_90)",
        ComputeMajor = 9,
        ComputeMinor = 0,
        MultiprocessorCount = 132,
        MaxThreadsPerMultiprocessor = 2048,
        MaxBlocksPerMultiprocessor = 32,
        SharedBytesPerMultiprocessor = 233472,
        MaxSharedBytesPerBlockOptin = 232448,
        ReservedSharedBytesPerBlock = 1024,
        L2Bytes = 50 << 20,
        ClockKilohertz = 1_980_000,
        MemoryClockKilohertz = 2_619_000,
        MemoryBusBits = 5120,
    };

    /// <summary>The device of a name such as <c>sm_80</c>.</summary>
    /// <exception cref="ArgumentException">The name is none of sm_75, sm_80, sm_90.</exception>
    public static SimulatedDeviceProperties ForTarget(string name) => name switch
    {
        "sm_75" => Sm75,
        "sm_80" => Sm80,
        "sm_90" or "sm_90a" => Sm90,
        _ => throw new ArgumentException($"The simulator has no device '{name}'; it has sm_75, sm_80 and sm_90.", nameof(name)),
    };

    /// <summary>Blocks of a kernel that fit on one multiprocessor at once.</summary>
    /// <param name="threads">Threads per block.</param>
    /// <param name="registers">Registers per thread.</param>
    /// <param name="sharedBytes">Static and dynamic shared memory per block.</param>
    public int ResidentBlocks(int threads, int registers, int sharedBytes)
    {
        int warps = (threads + WarpSize - 1) / WarpSize;
        if (warps == 0 || threads > MaxThreadsPerBlock)
        {
            return 0;
        }
        // Registers are handed out per warp in units of 256, shared memory in units of 128 bytes (256 on sm_75).
        int registersPerWarp = (Math.Max(registers, 1) * WarpSize + 255) / 256 * 256;
        int unit = ComputeMajor >= 8 ? 128 : 256;
        int shared = (sharedBytes + ReservedSharedBytesPerBlock + unit - 1) / unit * unit;
        int byWarps = MaxThreadsPerMultiprocessor / WarpSize / warps;
        int byRegisters = RegistersPerMultiprocessor / registersPerWarp / warps;
        int byShared = shared == 0 ? int.MaxValue : SharedBytesPerMultiprocessor / shared;
        return Math.Min(Math.Min(byWarps, byRegisters), Math.Min(byShared, MaxBlocksPerMultiprocessor));
    }
}
