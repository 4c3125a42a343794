using System.Runtime.InteropServices;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Metrics;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>A GPU in software: memory, modules, launches. A launch runs to its end before the call returns.</summary>
public sealed class SimulatedDevice : IDisposable
{
    private readonly Lock _printLock = new();
    private RaceShadow? _raceShadow;

    /// <param name="properties">Limits to obey.</param>
    /// <param name="memoryBytes">Size of its memory; only what is touched costs host memory.</param>
    public SimulatedDevice(SimulatedDeviceProperties properties, long memoryBytes = 8L << 30)
    {
        Properties = properties;
        Memory = new DeviceMemory(memoryBytes);
    }

    public SimulatedDeviceProperties Properties { get; }

    public DeviceMemory Memory { get; }

    /// <summary>Puts a module's variables into device memory.</summary>
    /// <exception cref="PtxException">The module needs a newer target than this device, or an external symbol that nothing defines.</exception>
    /// <exception cref="OutOfMemoryException">The variables do not fit.</exception>
    public LoadedModule Load(PtxModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return ModuleLoader.Load(this, module);
    }

    /// <summary>Runs a kernel.</summary>
    /// <param name="module">A module loaded on this device.</param>
    /// <param name="entry">One of its entries.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads per block.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory per block.</param>
    /// <param name="parameters">The parameter block; its length must be <see cref="PtxEntry.ParameterBytes"/>.</param>
    /// <param name="options">Checks, metrics, schedule.</param>
    public unsafe LaunchResult Launch(
        LoadedModule module, PtxEntry entry, Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<byte> parameters, LaunchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(entry);
        options ??= LaunchOptions.Default;
        if (Refusal(entry, grid, block, dynamicSharedBytes, parameters.Length, options) is { } refusal)
        {
            return refusal;
        }
        var program = (KernelProgram)entry.Code!;
        if (options.Checks.HasFlag(CheckKinds.Initcheck))
        {
            Memory.TrackInitialization();
        }
        var parameterBlock = (byte*)NativeMemory.AlignedAlloc((nuint)(parameters.Length + 64), 64);
        try
        {
            parameters.CopyTo(new Span<byte>(parameterBlock, parameters.Length));
            LaunchChecks? checks = options.Checks == CheckKinds.None ? null : new LaunchChecks(this, program, grid, block, options);
            Action<string> print = options.Print ?? Console.Write;
            var scheduler = new GridScheduler(
                () => new LaunchContext(this, module, program, grid, block, dynamicSharedBytes, parameterBlock, options, checks)
                {
                    Print = text =>
                    {
                        lock (_printLock)
                        {
                            print(text);
                        }
                    },
                },
                options,
                program,
                grid.Count,
                Properties.MultiprocessorCount * Math.Max(1, ResidentBlocks(entry, block, dynamicSharedBytes)));
            scheduler.Run();
            checks?.Finish();
            return Result(scheduler, entry, program, block, dynamicSharedBytes, options, checks);
        }
        finally
        {
            NativeMemory.AlignedFree(parameterBlock);
        }
    }

    /// <summary>Blocks of a kernel that fit on one multiprocessor.</summary>
    public int ResidentBlocks(PtxEntry entry, Dim3 block, int dynamicSharedBytes)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Properties.ResidentBlocks((int)Math.Min(block.Count, int.MaxValue), entry.Registers, entry.SharedBytes + dynamicSharedBytes);
    }

    public void Dispose() => Memory.Dispose();

    /// <summary>racecheck's picture of global memory, for one launch at a time: a second launch beside it gets an empty one.</summary>
    internal RaceShadow TakeRaceShadow()
    {
        RaceShadow shadow = Interlocked.Exchange(ref _raceShadow, null) ?? new RaceShadow();
        shadow.Reserve(Memory.Top);
        return shadow;
    }

    internal void GiveBack(RaceShadow shadow)
    {
        if (shadow.CanBeKept)
        {
            Interlocked.Exchange(ref _raceShadow, shadow);
        }
    }

    private LaunchResult Result(
        GridScheduler scheduler, PtxEntry entry, KernelProgram program, Dim3 block, int dynamicSharedBytes, LaunchOptions options, LaunchChecks? checks)
    {
        LaunchMetrics? metrics = null;
        if (options.CollectMetrics)
        {
            var total = new MetricsCounter();
            foreach (LaunchContext context in scheduler.Contexts)
            {
                total.Add(context.Counters!);
            }
            metrics = total.ToMetrics(program, entry.Registers, Properties, (int)block.Count, entry.SharedBytes + dynamicSharedBytes);
        }
        IReadOnlyList<Finding> findings = checks?.Findings ?? [];
        if (scheduler.Fault is not { } fault)
        {
            return new LaunchResult { Status = LaunchStatus.Success, Findings = findings, Metrics = metrics, Steps = scheduler.Steps };
        }
        string where = "";
        if (fault.Site is { } site)
        {
            string source = site.SourceFile is null ? "" : $", {site.SourceFile}:{site.SourceLine}";
            where = $" in {entry.Name} ({program.FileName}:{site.PtxLine}{source}), block {site.Block} thread {site.Thread}";
        }
        return new LaunchResult
        {
            Status = fault.Fault.Status,
            Message = fault.Fault.Message + where,
            Fault = fault.Site,
            Findings = findings,
            Metrics = metrics,
            Steps = scheduler.Steps,
        };
    }

    private LaunchResult? Refusal(PtxEntry entry, Dim3 grid, Dim3 block, int dynamicShared, int parameterBytes, LaunchOptions options)
    {
        SimulatedDeviceProperties device = Properties;
        if (grid.X <= 0 || grid.Y <= 0 || grid.Z <= 0 || grid.X > device.MaxGrid.X || grid.Y > device.MaxGrid.Y || grid.Z > device.MaxGrid.Z)
        {
            return Refuse(LaunchStatus.InvalidValue, $"{entry.Name}: a grid of {grid} is not possible, the device allows 1 to {device.MaxGrid}");
        }
        if (block.X <= 0 || block.Y <= 0 || block.Z <= 0 || block.X > device.MaxBlock.X || block.Y > device.MaxBlock.Y || block.Z > device.MaxBlock.Z
            || block.Count > device.MaxThreadsPerBlock)
        {
            return Refuse(LaunchStatus.InvalidValue, $"{entry.Name}: a block of {block} is not possible, the device allows {device.MaxThreadsPerBlock} threads and extents up to {device.MaxBlock}");
        }
        if (entry.RequiredBlock is { } required && required != block)
        {
            return Refuse(LaunchStatus.InvalidValue, $"{entry.Name} requires blocks of {required} threads, this launch has {block}");
        }
        if (entry.MaxBlock is { } most && block.Count > most.Count)
        {
            return Refuse(LaunchStatus.InvalidValue, $"{entry.Name} is compiled for at most {most.Count} threads per block, this launch has {block.Count}");
        }
        if (dynamicShared < 0 || (long)entry.SharedBytes + dynamicShared > device.MaxSharedBytesPerBlockOptin)
        {
            return Refuse(LaunchStatus.InvalidValue, $"{entry.Name} asks for {(long)entry.SharedBytes + dynamicShared} bytes of shared memory per block, the device has {device.MaxSharedBytesPerBlockOptin}");
        }
        if (parameterBytes != entry.ParameterBytes)
        {
            return Refuse(LaunchStatus.LaunchOutOfResources, $"{entry.Name} takes {entry.ParameterBytes} bytes of parameters, this launch passes {parameterBytes}");
        }
        if (ResidentBlocks(entry, block, dynamicShared) == 0 && entry.Registers * block.Count > device.RegistersPerBlock && entry.MaxBlock is null && entry.RequiredBlock is null)
        {
            return Refuse(LaunchStatus.LaunchOutOfResources, $"{entry.Name} needs about {entry.Registers} registers for each of {block.Count} threads, a block has {device.RegistersPerBlock}");
        }
        if (options.Cooperative && grid.Count > (long)device.MultiprocessorCount * Math.Max(1, ResidentBlocks(entry, block, dynamicShared)))
        {
            return Refuse(LaunchStatus.CooperativeLaunchTooLarge, $"{entry.Name}: {grid.Count} blocks cannot all be resident at once");
        }
        return null;
    }

    private static LaunchResult Refuse(LaunchStatus status, string message) => new() { Status = status, Message = message };
}
