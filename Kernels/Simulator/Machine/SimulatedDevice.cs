using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>A GPU in software: memory, modules, launches. A launch runs to its end before the call returns.</summary>
public sealed class SimulatedDevice : IDisposable
{
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
    public LoadedModule Load(PtxModule module) => new(this, module, []);

    /// <summary>Runs a kernel.</summary>
    /// <param name="module">A module loaded on this device.</param>
    /// <param name="entry">One of its entries.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads per block.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory per block.</param>
    /// <param name="parameters">The parameter block; its length must be <see cref="PtxEntry.ParameterBytes"/>.</param>
    /// <param name="options">Checks, metrics, schedule.</param>
    public LaunchResult Launch(
        LoadedModule module, PtxEntry entry, Dim3 grid, Dim3 block, int dynamicSharedBytes, ReadOnlySpan<byte> parameters, LaunchOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        return new LaunchResult { Status = LaunchStatus.InvalidValue, Message = $"{entry} has no code for {Properties.Name}" };
    }

    public void Dispose() => Memory.Dispose();
}
