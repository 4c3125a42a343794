using System.Runtime.InteropServices;
using System.Security.Cryptography;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>A module that was loaded through the interface; it owns what the device holds of it.</summary>
internal sealed class DriverModule : IDisposable
{
    private readonly LoadedModule _loaded;
    private readonly Dictionary<string, (nint Handle, DriverFunction Function)> _functions = [];

    public DriverModule(SimulatedDevice device, PtxModule module)
    {
        _loaded = device.Load(module);
    }

    public LoadedModule Loaded => _loaded;

    public bool IsUnloaded { get; private set; }

    /// <summary>The function of a name; asking twice gives the same handle.</summary>
    public bool TryGetFunction(HandleTable handles, string name, out nint handle)
    {
        if (_functions.TryGetValue(name, out (nint Handle, DriverFunction Function) known))
        {
            handle = known.Handle;
            return true;
        }

        handle = 0;
        if (_loaded.Module.FindEntry(name) is not PtxEntry entry)
        {
            return false;
        }

        var function = new DriverFunction(this, entry);
        handle = handles.Add(function);
        _functions.Add(name, (handle, function));
        return true;
    }

    /// <summary>Takes back the handles of the module's functions.</summary>
    public void Forget(HandleTable handles)
    {
        foreach ((nint handle, _) in _functions.Values)
        {
            handles.Remove<DriverFunction>(handle, out _);
        }
    }

    public void Dispose()
    {
        IsUnloaded = true;
        _loaded.Dispose();
    }
}

/// <summary>Reads a module image: zero-terminated PTX text.</summary>
internal static unsafe class ModuleImage
{
    /// <summary>As many images as are kept: more than the engine has.</summary>
    private const int MostParsed = 48;

    private static readonly Lock ParsedLock = new();
    private static readonly Dictionary<string, PtxModule> Parsed = []; // by the hash of the image
    private static int _ordinal;

    /// <summary>Parses and loads an image; on failure the message is what a just-in-time compiler would log.</summary>
    public static CudaResult Load(DriverContext context, void* image, out DriverModule? module, out string log)
    {
        module = null;
        log = "";
        if (image == null)
        {
            return CudaResult.InvalidValue;
        }

        uint magic = *(byte*)image == 0 ? 0 : MemoryMarshal.Read<uint>(new ReadOnlySpan<byte>(image, 4));
        if (magic is 0x464C457F or 0xBA55ED50)
        {
            log = "The image is machine code (cubin or fatbin); the simulator runs PTX.";
            return CudaResult.NoBinaryForGpu;
        }

        string text = Marshal.PtrToStringUTF8((nint)image) ?? "";
        try
        {
            module = new DriverModule(context.Device, Parse(text));
            return CudaResult.Success;
        }
        catch (PtxException e)
        {
            log = e.Message;
            return CudaResult.InvalidPtx;
        }
        catch (OutOfMemoryException e)
        {
            log = e.Message;
            return CudaResult.OutOfMemory;
        }
    }

    /// <summary>A parsed module never changes, so whoever opens a device again, as tests do, has the same one again.</summary>
    private static PtxModule Parse(string text)
    {
        string hash = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan())));
        lock (ParsedLock)
        {
            if (Parsed.TryGetValue(hash, out PtxModule? module)) return module;
            module = PtxModule.Parse(text, $"module{++_ordinal}.ptx");
            if (Parsed.Count == MostParsed) Parsed.Clear();
            Parsed.Add(hash, module);
            return module;
        }
    }
}
