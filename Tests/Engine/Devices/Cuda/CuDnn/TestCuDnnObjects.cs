using WrnEngine.Devices;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Kernels.Driver;
using WrnEngine.Tensors;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;

/// <summary>What the test table keeps behind a cudnnHandle_t.</summary>
internal sealed class TestHandle
{
    public CuStream? Stream { get; set; }

    /// <summary>Everything enqueued has run; a call without a stream is a mistake.</summary>
    public void Wait() => DeviceNumbers.Wait(Stream ?? throw new InvalidOperationException("a call before cudnnSetStream"));
}

/// <summary>Behind a cudnnTensorDescriptor_t and a cudnnFilterDescriptor_t: sizes in the order n, c, h, w, and how they are stored.</summary>
internal sealed class TestTensor
{
    private CuDnnTensorFormat _format;
    private int _n, _c, _h, _w;
    private bool _isSet;

    public CuDnnDataType Type { get; private set; }

    public Shape Shape => _isSet ? [_n, _c, _h, _w] : throw new InvalidOperationException("a descriptor that nothing was set in");

    public bool IsBf16 => Type == CuDnnDataType.BFloat16;

    public CuDnnStatus Set(CuDnnTensorFormat format, CuDnnDataType type, int n, int c, int h, int w)
    {
        if (n <= 0 || c <= 0 || h <= 0 || w <= 0 || !Enum.IsDefined(format) || !Enum.IsDefined(type)) return CuDnnStatus.BadParam;
        (_format, Type, _n, _c, _h, _w, _isSet) = (format, type, n, c, h, w, true);
        return CuDnnStatus.Success;
    }

    /// <summary>The elements in logical order.</summary>
    public RefArray Read(ulong address)
    {
        double[] stored = DeviceNumbers.Read(Aligned(address), Shape.Numel, IsBf16);
        return new RefArray(Shape, Array.ConvertAll(Places(), place => stored[place]));
    }

    /// <summary>result = alpha value + beta result. With beta 0 what is there is not read: it may be undefined.</summary>
    public void Blend(float alpha, RefArray value, float beta, ulong address)
    {
        TestLibrary.Require(value.Shape == Shape, $"a result {value.Shape} for a descriptor of {Shape}");
        double[] stored = beta == 0 ? new double[Shape.Numel] : DeviceNumbers.Read(Aligned(address), Shape.Numel, IsBf16);
        var places = Places();
        for (int i = 0; i < places.Length; i++) stored[places[i]] = alpha * value.Values[i] + (beta == 0 ? 0 : beta * stored[places[i]]);
        DeviceNumbers.Write(Aligned(address), stored, IsBf16);
    }

    /// <summary>Where each element, in logical order, is stored.</summary>
    private int[] Places()
    {
        var places = new int[Shape.Numel];
        int i = 0;
        for (int n = 0; n < _n; n++)
            for (int c = 0; c < _c; c++)
                for (int h = 0; h < _h; h++)
                    for (int w = 0; w < _w; w++)
                        places[i++] = _format == CuDnnTensorFormat.Nhwc ? ((n * _h + h) * _w + w) * _c + c : ((n * _c + c) * _h + h) * _w + w;
        return places;
    }

    private static ulong Aligned(ulong address) => address % 16 == 0 && address != 0 ? address : throw new ArgumentException($"address {address:x} is not of 16 bytes");
}

/// <summary>Behind a cudnnConvolutionDescriptor_t.</summary>
internal sealed class TestConvolution
{
    public int PaddingH { get; set; }

    public int PaddingW { get; set; }

    public int StrideH { get; set; }

    public int StrideW { get; set; }

    public bool IsSet { get; set; }

    public CuDnnMathType Math { get; set; }

    /// <summary>The convolution between tensors of these descriptors; null where they do not fit each other.</summary>
    public Conv2dShape? Between(TestTensor x, TestTensor weight, TestTensor y)
    {
        TestLibrary.Require(IsSet, "a convolution descriptor that nothing was set in");
        var s = new Conv2dShape(
            x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], weight.Shape[0], weight.Shape[2], weight.Shape[3], StrideH, StrideW, PaddingH, PaddingW);
        bool fits = weight.Shape[1] == s.InChannels && y.Shape == new Shape(s.N, s.OutChannels, s.OutH, s.OutW);
        return fits && x.Type == weight.Type && x.Type == y.Type ? s : null;
    }

    /// <summary>Factors as the hardware takes them.</summary>
    public RefArray Factor(RefArray values, CuDnnDataType type) =>
        type == CuDnnDataType.BFloat16 || Math == CuDnnMathType.Fma ? values : values.Map(Tf32.Round);
}
