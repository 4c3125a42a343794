using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// A device's primary context with the one stream that everything is enqueued on, and the project's kernels in it. Work runs in the order in which it
/// was enqueued, so memory that one op returns may serve the next at once.
/// </summary>
public sealed unsafe class CudaContext : IDisposable
{
    // The context that this thread's calls go to, as far as this program has set it: devices may take turns on a thread.
    [ThreadStatic]
    private static CudaContext? _current;

    private readonly int _device;
    private readonly CuContext _context;
    private readonly CuStream _stream;
    private bool _disposed;

    /// <summary>Retains the primary context of a device.</summary>
    /// <exception cref="CudaException">The driver refused: the message names the call and CUDA's reason.</exception>
    /// <exception cref="NotSupportedException">The device or its driver is too old for the kernels; nothing was retained.</exception>
    public CudaContext(CudaApi api, int ordinal)
    {
        ArgumentNullException.ThrowIfNull(api);
        Api = api;
        api.Check(api.Init(0), "cuInit");
        Info = CudaDeviceProbe.Describe(api, ordinal);
        int version, device;
        api.Check(api.DriverGetVersion(&version), "cuDriverGetVersion");
        if (KernelLibrary.ProblemOf(Info, version) is { } problem) throw new NotSupportedException(problem);
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
            _current = null;
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

    /// <summary>True once the context was let go of, and everything in it with it.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>
    /// True while the stream is being captured into a graph: what is enqueued is recorded and runs later, and nothing may wait or allocate.
    /// </summary>
    /// <exception cref="CudaException">The driver does not say.</exception>
    public bool IsCapturing
    {
        get
        {
            CudaCaptureStatus status;
            Api.Check(Api.StreamIsCapturing(Stream, &status), "cuStreamIsCapturing");
            return status != CudaCaptureStatus.None;
        }
    }

    /// <summary>Makes the context current on the calling thread, for driver calls without a stream.</summary>
    public void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (ReferenceEquals(_current, this)) return;
        Api.Check(Api.CtxSetCurrent(_context), "cuCtxSetCurrent");
        _current = this;
    }

    /// <summary>Waits until everything enqueued has run.</summary>
    /// <exception cref="CudaException">Something enqueued before has failed on the device.</exception>
    public void Synchronize() => Api.Check(Api.StreamSynchronize(Stream), "cuStreamSynchronize");

    /// <summary>
    /// Unloads the kernels and lets go of the context, all of it whatever the driver says to a part. A context that a kernel has broken cannot say more; that
    /// is not an error here.
    /// </summary>
    /// <exception cref="CudaException">The driver refused a part: the first one.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        var errors = new ReleaseErrors(Api);
        errors.Run(() =>
        {
            MakeCurrent();
            errors.Run(Library.Dispose);
            errors.Note(Api.StreamDestroy(_stream), "cuStreamDestroy");
            // A thread must not be left with a context that may be gone.
            errors.Note(Api.CtxSetCurrent(default), "cuCtxSetCurrent");
        });
        _current = null;
        _disposed = true;
        errors.Note(Api.DevicePrimaryCtxRelease(_device), "cuDevicePrimaryCtxRelease");
        errors.Throw();
    }
}
