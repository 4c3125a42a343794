using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>A cuDNN handle of one device, which works on the device's stream, with the descriptors that were needed so far.</summary>
internal sealed unsafe class CuDnnHandle : IDisposable
{
    private readonly CudaDevice _device;
    private readonly CuDnnContext _handle;
    private CuStream _stream;
    private bool _hasStream, _disposed;

    /// <summary>Makes a handle.</summary>
    /// <exception cref="CudaLibraryException">The library refused.</exception>
    public CuDnnHandle(CudaDevice device, CuDnnApi api)
    {
        (_device, Api) = (device, api);
        Descriptors = new CuDnnDescriptors(api);
        device.Context.MakeCurrent();
        CuDnnContext handle;
        api.Check(api.Create(&handle), "cudnnCreate");
        _handle = handle;
    }

    /// <summary>The library.</summary>
    public CuDnnApi Api { get; }

    /// <summary>Of the library, as 9.6.0.</summary>
    public string Version => CuDnnLibrary.VersionText((long)Api.GetVersion());

    /// <summary>Descriptors by what they describe.</summary>
    public CuDnnDescriptors Descriptors { get; }

    /// <summary>The handle, set to the device's stream: ask for it at each call.</summary>
    public CuDnnContext Value
    {
        get
        {
            var stream = _device.Context.Stream;
            if (!_hasStream || stream != _stream)
            {
                _hasStream = false;
                Api.Check(Api.SetStream(_handle, stream), "cudnnSetStream");
                (_stream, _hasStream) = (stream, true);
            }
            return _handle;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _device.Context.MakeCurrent();
        Descriptors.Dispose();
        _ = Api.Destroy(_handle);
    }

    /// <summary>cuDNN's name of an element type.</summary>
    public static CuDnnDataType TypeOf(DType dtype) => dtype switch
    {
        DType.Float32 => CuDnnDataType.Float,
        DType.BFloat16 => CuDnnDataType.BFloat16,
        _ => throw new NotSupportedException($"cuDNN is not asked for {dtype.ShortName()} tensors"),
    };
}
