using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>A module on a device: its global and constant variables have addresses and their initial values.</summary>
public sealed class LoadedModule : IDisposable
{
    private readonly SimulatedDevice _device;
    private readonly Dictionary<string, (ulong Address, long Size)> _globals;

    internal LoadedModule(SimulatedDevice device, PtxModule module, Dictionary<string, (ulong Address, long Size)> globals)
    {
        _device = device;
        Module = module;
        _globals = globals;
    }

    public PtxModule Module { get; }

    /// <summary>Address and size of a global or constant variable.</summary>
    public bool TryGetGlobal(string name, out ulong address, out long size)
    {
        bool found = _globals.TryGetValue(name, out (ulong Address, long Size) global);
        (address, size) = global;
        return found;
    }

    /// <summary>Frees the module's variables.</summary>
    public void Dispose()
    {
        foreach ((ulong address, _) in _globals.Values)
        {
            _device.Memory.Release(address);
        }
        _globals.Clear();
    }
}
