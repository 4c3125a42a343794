using WrnEngine.Devices.Cuda.CuBlas;
using WrnEngine.Devices.Cuda.CuDnn;

namespace WrnEngine.Devices.Cuda.Libraries;

/// <summary>The op families of a device as its options and the libraries found make them, and the handles behind them.</summary>
internal sealed class LibraryFamilies : IDisposable
{
    private readonly CudaDevice _device;
    private readonly CudaOptions _options;
    private readonly CuBlasHandle? _cublas;
    private readonly CuDnnHandle? _cudnn;
    private readonly OpChooser? _chooser;

    /// <summary>Opens the libraries that the options have a use for.</summary>
    /// <exception cref="CudaLibraryException">A library refused.</exception>
    public LibraryFamilies(CudaDevice device, CudaOptions options)
    {
        (_device, _options) = (device, options);
        try
        {
            if (options.Libraries.CuBlas.Api is { } cublas && Uses(options.Conv)) _cublas = new CuBlasHandle(device, cublas);
            if (options.Libraries.CuDnn.Api is { } cudnn && (Uses(options.Conv) || Uses(options.Norm))) _cudnn = new CuDnnHandle(device, cudnn);
        }
        catch
        {
            Dispose();
            throw;
        }

        Names = string.Join(", ", new[] { _cudnn is null ? "" : $"cuDNN {_cudnn.Version}", _cublas is null ? "" : $"cuBLAS {_cublas.Version}" }.Where(n => n.Length > 0));
        if (Names.Length == 0) return;
        Plan = new AlgorithmPlan(device.Context.Info.Name, Names);
        _chooser = new OpChooser(device, Plan, options.Deterministic);
    }

    /// <summary>The libraries in use, with versions; empty without any.</summary>
    public string Names { get; } = "";

    /// <summary>What was decided so far; null where there is nothing to decide.</summary>
    public AlgorithmPlan? Plan { get; }

    /// <summary>Matrix products, around the project's own.</summary>
    public IMatMulOps MatMul(IMatMulOps native) =>
        _cublas is null ? native : new CuBlasMatMul(_device, native, _cublas, _chooser!, _options.Conv, _options.Tf32);

    /// <summary>Convolutions, around the project's own.</summary>
    public IConvOps Conv(IConvOps native)
    {
        if (_cudnn is null || !Uses(_options.Conv)) return native;
        var passes = new CuDnnConvPasses(_device, _cudnn, _options.Tf32, _options.Deterministic);
        return new CuDnnConv(native, passes, new ConvPieces(_device), _chooser!, _options.Conv, _options.Tf32);
    }

    /// <summary>Batch norms, around the project's own.</summary>
    public INormOps Norm(INormOps native) =>
        _cudnn is null || !Uses(_options.Norm) ? native : new CuDnnNorm(_device, native, _cudnn, _chooser!, _options.Norm, _options.Deterministic);

    /// <inheritdoc/>
    public void Dispose()
    {
        _cudnn?.Dispose();
        _cublas?.Dispose();
    }

    // No clock may decide a run that must give the same bits: then only who asks for the libraries gets them.
    private bool Uses(Implementation wanted) => wanted == Implementation.Cudnn || (wanted == Implementation.Auto && !_options.Deterministic);
}
