using WrnEngine.Devices.Cuda.Libraries;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>
/// cuDNN's descriptors, made when they are first asked for and kept until the end: a network has some dozens of shapes, and asks for each in every step.
/// </summary>
internal sealed unsafe class CuDnnDescriptors(CuDnnApi api) : IDisposable
{
    private readonly Dictionary<TensorKey, CuDnnTensorDescriptor> _tensors = [];
    private readonly Dictionary<TensorKey, CuDnnFilterDescriptor> _filters = [];
    private readonly Dictionary<ConvolutionKey, CuDnnConvolutionDescriptor> _convolutions = [];

    /// <summary>[n, c, h, w], stored as NHWC.</summary>
    /// <exception cref="CudaLibraryException">The library refused.</exception>
    public CuDnnTensorDescriptor Tensor(CuDnnDataType type, int n, int c, int h, int w) => Tensor(new TensorKey(type, CuDnnTensorFormat.Nhwc, n, c, h, w));

    /// <summary>Parameters and statistics of a batch norm: [1, c, 1, 1] in float32.</summary>
    /// <exception cref="CudaLibraryException">The library refused.</exception>
    public CuDnnTensorDescriptor Channels(int c) => Tensor(new TensorKey(CuDnnDataType.Float, CuDnnTensorFormat.Nchw, 1, c, 1, 1));

    /// <summary>A convolution's weight [k, c, h, w], stored as [k, h, w, c].</summary>
    /// <exception cref="CudaLibraryException">The library refused.</exception>
    public CuDnnFilterDescriptor Filter(CuDnnDataType type, int k, int c, int h, int w)
    {
        var key = new TensorKey(type, CuDnnTensorFormat.Nhwc, k, c, h, w);
        if (_filters.TryGetValue(key, out var known)) return known;
        CuDnnFilterDescriptor made;
        api.Check(api.CreateFilterDescriptor(&made), "cudnnCreateFilterDescriptor");
        var status = api.SetFilter4dDescriptor(made, type, key.Format, k, c, h, w);
        if (status != CuDnnStatus.Success)
        {
            _ = api.DestroyFilterDescriptor(made);
            api.Check(status, "cudnnSetFilter4dDescriptor");
        }
        return _filters[key] = made;
    }

    /// <summary>A cross-correlation with sums in float32.</summary>
    /// <exception cref="CudaLibraryException">The library refused.</exception>
    public CuDnnConvolutionDescriptor Convolution(in Conv2dShape s, CuDnnMathType math)
    {
        var key = new ConvolutionKey(s.PaddingH, s.PaddingW, s.StrideH, s.StrideW, math);
        if (_convolutions.TryGetValue(key, out var known)) return known;
        CuDnnConvolutionDescriptor made;
        api.Check(api.CreateConvolutionDescriptor(&made), "cudnnCreateConvolutionDescriptor");
        string call = "cudnnSetConvolution2dDescriptor";
        var status = api.SetConvolution2dDescriptor(
            made, key.PaddingH, key.PaddingW, key.StrideH, key.StrideW, 1, 1, CuDnnConvolutionMode.CrossCorrelation, CuDnnDataType.Float);
        if (status == CuDnnStatus.Success) (call, status) = ("cudnnSetConvolutionMathType", api.SetConvolutionMathType(made, math));
        if (status != CuDnnStatus.Success)
        {
            _ = api.DestroyConvolutionDescriptor(made);
            api.Check(status, call);
        }
        return _convolutions[key] = made;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var descriptor in _tensors.Values) _ = api.DestroyTensorDescriptor(descriptor);
        foreach (var descriptor in _filters.Values) _ = api.DestroyFilterDescriptor(descriptor);
        foreach (var descriptor in _convolutions.Values) _ = api.DestroyConvolutionDescriptor(descriptor);
        _tensors.Clear();
        _filters.Clear();
        _convolutions.Clear();
    }

    private CuDnnTensorDescriptor Tensor(in TensorKey key)
    {
        if (_tensors.TryGetValue(key, out var known)) return known;
        CuDnnTensorDescriptor made;
        api.Check(api.CreateTensorDescriptor(&made), "cudnnCreateTensorDescriptor");
        var status = api.SetTensor4dDescriptor(made, key.Format, key.Type, key.N, key.C, key.H, key.W);
        if (status != CuDnnStatus.Success)
        {
            _ = api.DestroyTensorDescriptor(made);
            api.Check(status, "cudnnSetTensor4dDescriptor");
        }
        return _tensors[key] = made;
    }

    private readonly record struct TensorKey(CuDnnDataType Type, CuDnnTensorFormat Format, int N, int C, int H, int W);

    private readonly record struct ConvolutionKey(int PaddingH, int PaddingW, int StrideH, int StrideW, CuDnnMathType Math);
}
