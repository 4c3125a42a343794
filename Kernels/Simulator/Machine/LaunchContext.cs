using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Metrics;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>What all blocks of one launch share on one host thread.</summary>
internal sealed unsafe class LaunchContext
{
    private readonly LoadedModule _module;
    private readonly Random? _random;

    public LaunchContext(
        SimulatedDevice device, LoadedModule module, KernelProgram program, Dim3 grid, Dim3 block, int dynamicShared, byte* parameters, LaunchOptions options, LaunchChecks? checks)
    {
        _module = module;
        Device = device;
        Program = program;
        Grid = grid;
        BlockExtent = block;
        DynamicSharedBytes = dynamicShared;
        Parameters = parameters;
        Options = options;
        Checks = checks;
        GlobalHost = device.Memory.HostBase;
        GlobalTop = device.Memory.Top;
        Counters = options.CollectMetrics ? new MetricsCounter() : null;
        Observed = checks != null || Counters != null || options.Observer != null;
        _random = options.Seed == 0 ? null : new Random(options.Seed);
        SplitSlice = options.Seed == 0 ? 2000 : new Random(options.Seed).Next(1, 500);
    }

    public SimulatedDevice Device { get; }

    public SimulatedDeviceProperties Properties => Device.Properties;

    public KernelProgram Program { get; }

    public Dim3 Grid { get; }

    public Dim3 BlockExtent { get; }

    public int DynamicSharedBytes { get; }

    public int SharedBytes => Program.SharedBytes + DynamicSharedBytes;

    public int LocalBytesPerThread => Program.LocalBytes;

    public byte* Parameters { get; }

    public LaunchOptions Options { get; }

    public LaunchChecks? Checks { get; }

    public MetricsCounter? Counters { get; }

    /// <summary>Whether checks, metrics or an observer look on.</summary>
    public bool Observed { get; }

    /// <summary>Host address of the first byte of the device window, and the bytes of it that are memory.</summary>
    public byte* GlobalHost { get; }

    public long GlobalTop { get; set; }

    /// <summary>Instructions after which a split lets another one of its warp run.</summary>
    public long SplitSlice { get; }

    /// <summary>Distance of the special registers below the base of a register file.</summary>
    public static int FixedOffset => SpecialRegisters.FileBytes;

    /// <summary>The warp that is to blame, when it is not the one that runs.</summary>
    public Warp? FaultyWarp { get; set; }

    public Warp? RunningWarp { get; set; }

    public Action<string> Print { get; set; } = static _ => { };

    public ulong AddressOf(PtxVariable variable)
    {
        switch (variable.Space)
        {
            case StateSpace.Shared:
                return Program.SharedOffsets.TryGetValue(variable, out int offset) ? (ulong)offset : 0;
            case StateSpace.Global or StateSpace.Constant:
                _module.TryGetGlobal(variable.Name, out ulong address, out _);
                return address;
            default:
                return (ulong)variable.Offset;
        }
    }

    public uint FixedValue(string name) => name switch
    {
        "%ntid.x" => (uint)BlockExtent.X,
        "%ntid.y" => (uint)BlockExtent.Y,
        "%ntid.z" => (uint)BlockExtent.Z,
        "%nctaid.x" or "%nclusterid.x" => (uint)Grid.X,
        "%nctaid.y" or "%nclusterid.y" => (uint)Grid.Y,
        "%nctaid.z" or "%nclusterid.z" => (uint)Grid.Z,
        "%nsmid" => (uint)Properties.MultiprocessorCount,
        "%dynamic_smem_size" => (uint)DynamicSharedBytes,
        "%total_smem_size" or "%aggr_smem_size" => (uint)SharedBytes,
        "%cluster_nctaid.x" or "%cluster_nctaid.y" or "%cluster_nctaid.z" or "%cluster_nctarank" or "%one" => 1,
        _ => 0,
    };

    /// <summary>Which side of a branch goes first.</summary>
    public bool TakenFirst() => _random != null && _random.Next(2) == 0;

    public void CountDivergence()
    {
        if (Counters != null)
        {
            Counters.DivergentBranches++;
        }
    }

    public void Observe(Warp warp, Instr instr, uint active, uint mask)
    {
        Counters?.Count(instr, mask);
        Checks?.OnInstruction(warp, instr, active, mask);
    }
}
