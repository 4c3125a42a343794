using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.CuBlas;

/// <summary>A cuBLAS handle of one device, which works on the device's stream and in workspace from its arena.</summary>
internal sealed unsafe class CuBlasHandle : IDisposable
{
    // What cuBLAS recommends; its workspace begins at a multiple of 256 bytes, the arena's buffers at a multiple of less.
    private const long WorkspaceBytes = 4L << 20, WorkspaceBytesOfHopper = 32L << 20, WorkspaceAlignment = 256;

    private readonly CudaDevice _device;
    private readonly CuBlasContext _handle;
    private readonly DeviceBuffer _workspace;
    private readonly long _workspaceBytes;
    private CuStream _stream;
    private bool _hasStream, _disposed;

    /// <summary>Makes a handle.</summary>
    /// <exception cref="Libraries.CudaLibraryException">The library refused.</exception>
    public CuBlasHandle(CudaDevice device, CuBlasApi api)
    {
        (_device, Api) = (device, api);
        device.Context.MakeCurrent();
        CuBlasContext handle;
        api.Check(api.Create(&handle), "cublasCreate");
        _handle = handle;
        try
        {
            int version;
            api.Check(api.GetVersion(handle, &version), "cublasGetVersion");
            Version = $"{version / 10_000}.{version % 10_000 / 100}.{version % 100}";
            api.Check(api.SetMathMode(handle, CuBlasMath.Default | CuBlasMath.DisallowReducedPrecisionReduction), "cublasSetMathMode");
            _workspaceBytes = device.Context.Library.ComputeCapability >= 90 ? WorkspaceBytesOfHopper : WorkspaceBytes;
            _workspace = device.Scratch(_workspaceBytes + WorkspaceAlignment);
        }
        catch
        {
            _ = api.Destroy(handle);
            throw;
        }
    }

    /// <summary>The library.</summary>
    public CuBlasApi Api { get; }

    /// <summary>Of the library, as 12.6.4.</summary>
    public string Version { get; }

    /// <summary>The handle, set to the device's stream: ask for it at each call.</summary>
    public CuBlasContext Value
    {
        get
        {
            var stream = _device.Context.Stream;
            if (!_hasStream || stream != _stream) Use(stream);
            return _handle;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _device.Context.MakeCurrent();
        _ = Api.Destroy(_handle);
        _workspace.Release();
    }

    private void Use(CuStream stream)
    {
        _hasStream = false;
        Api.Check(Api.SetStream(_handle, stream), "cublasSetStream");
        long address = (_workspace.Address + WorkspaceAlignment - 1) / WorkspaceAlignment * WorkspaceAlignment;
        Api.Check(Api.SetWorkspace(_handle, (ulong)address, (nuint)_workspaceBytes), "cublasSetWorkspace");
        (_stream, _hasStream) = (stream, true);
    }
}
