using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// A device's primary context with the one stream that everything is enqueued on, and the project's kernels in it. Work runs in the order in which it
/// was enqueued, so memory that one op returns may serve the next at once.
/// </summary>
public sealed unsafe class CudaContext : IDisposable
{
    private readonly int _device;
    private readonly CuContext _context;
    private readonly CuStream _stream;
    private int _thread = -1;
    private bool _disposed;

    /// <summary>Retains the primary context of a device.</summary>
    /// <exception cref="CudaException">The driver refused: the message names the call and CUDA's reason.</exception>
    public CudaContext(CudaApi api, int ordinal)
    {
        ArgumentNullException.ThrowIfNull(api);
        Api = api;
        api.Check(api.Init(0), "cuInit");
        Info = CudaDeviceProbe.Describe(api, ordinal);
        int device;
        api.Check(api.DeviceGet(&device, ordinal), "cuDeviceGet");
        _device = device;
        CuContext context;
        api.Check(api.DevicePrimaryCtxRetain(&context, device), "cuDevicePrimaryCtxRetain");
        _context = context;
        try
        {
            MakeCurrent();
            CuStream stream;
            api.Check(api.StreamCreate(&stream, CudaStreamFlags.NonBlocking), "cuStreamCreate");
            _stream = stream;
        }
        catch
        {
            _ = api.DevicePrimaryCtxRelease(device);
            throw;
        }

        Library = new KernelLibrary(api, 10 * Info.Major + Info.Minor);
    }

    /// <summary>The driver.</summary>
    public CudaApi Api { get; }

    /// <summary>What the device is.</summary>
    public CudaDeviceInfo Info { get; }

    /// <summary>The project's kernels.</summary>
    public KernelLibrary Library { get; }

    /// <summary>The stream, with this context made current on the calling thread: ask for it at each launch.</summary>
    public CuStream Stream
    {
        get
        {
            MakeCurrent();
            return _stream;
        }
    }

    /// <summary>Multiprocessors of the device: grids of reductions are made to fill them.</summary>
    public int Multiprocessors => Info.Multiprocessors;

    /// <summary>Makes the context current on the calling thread, for driver calls without a stream.</summary>
    public void MakeCurrent()
    {
        if (_thread == Environment.CurrentManagedThreadId) return;
        ObjectDisposedException.ThrowIf(_disposed, this);
        Api.Check(Api.CtxSetCurrent(_context), "cuCtxSetCurrent");
        _thread = Environment.CurrentManagedThreadId;
    }

    /// <summary>Waits until everything enqueued has run.</summary>
    /// <exception cref="CudaException">Something enqueued before has failed on the device.</exception>
    public void Synchronize() => Api.Check(Api.StreamSynchronize(Stream), "cuStreamSynchronize");

    /// <summary>Unloads the kernels and lets go of the context. A context that a kernel has broken cannot say more; that is not an error here.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        try
        {
            MakeCurrent();
            Library.Dispose();
            _ = Api.StreamDestroy(_stream);
        }
        catch (CudaException e) when (e.IsSticky)
        {
            // The fault was reported when it happened.
        }
        finally
        {
            _disposed = true;
            _ = Api.DevicePrimaryCtxRelease(_device);
        }
    }
}
