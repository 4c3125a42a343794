#pragma warning disable CS1591 // the members are NVIDIA's, and so is what they mean
using System.Runtime.InteropServices;

namespace WrnEngine.Devices.Cuda.CuDnn;

// Each handle is one pointer by value; types of their own keep a filter from being passed as a tensor.

/// <summary>cudnnHandle_t.</summary>
public readonly record struct CuDnnContext(nint Value);

/// <summary>cudnnTensorDescriptor_t.</summary>
public readonly record struct CuDnnTensorDescriptor(nint Value);

/// <summary>cudnnFilterDescriptor_t.</summary>
public readonly record struct CuDnnFilterDescriptor(nint Value);

/// <summary>cudnnConvolutionDescriptor_t.</summary>
public readonly record struct CuDnnConvolutionDescriptor(nint Value);

/// <summary>cudnnStatus_t, of which the thousands are the category.</summary>
public enum CuDnnStatus
{
    Success = 0,
    NotInitialized = 1001,
    SublibraryVersionMismatch = 1002,
    Deprecated = 1004,
    SublibraryLoadingFailed = 1008,
    BadParam = 2000,
    BadParamNullPointer = 2002,
    BadParamMisalignedPointer = 2003,
    BadParamSizeInsufficient = 2006,
    BadParamShapeMismatch = 2008,
    NotSupported = 3000,
    NotSupportedShape = 3002,
    NotSupportedDataType = 3003,
    NotSupportedLayout = 3004,
    NotSupportedArchMismatch = 3007,
    InternalError = 4000,
    InternalErrorHostAllocationFailed = 4003,
    InternalErrorDeviceAllocationFailed = 4004,
    ExecutionFailed = 5000,
    ExecutionFailedCudaDriver = 5001,
}

/// <summary>cudnnDataType_t.</summary>
public enum CuDnnDataType
{
    Float = 0,
    BFloat16 = 9,
}

/// <summary>cudnnTensorFormat_t.</summary>
public enum CuDnnTensorFormat
{
    Nchw = 0,
    Nhwc = 1,
}

/// <summary>cudnnMathType_t.</summary>
public enum CuDnnMathType
{
    /// <summary>On compute capability 8.0 and later float32 factors may be rounded to tf32.</summary>
    Default = 0,

    /// <summary>Tensor cores, for bfloat16 and for tf32.</summary>
    TensorOp = 1,

    /// <summary>Tensor cores also where factors have to be rounded to 16 bits for them; never taken here.</summary>
    TensorOpAllowConversion = 2,

    /// <summary>Float32 products and sums.</summary>
    Fma = 3,
}

/// <summary>cudnnConvolutionMode_t.</summary>
public enum CuDnnConvolutionMode
{
    Convolution = 0,
    CrossCorrelation = 1,
}

/// <summary>cudnnDeterminism_t.</summary>
public enum CuDnnDeterminism
{
    NonDeterministic = 0,
    Deterministic = 1,
}

/// <summary>cudnnBatchNormMode_t.</summary>
public enum CuDnnBatchNormMode
{
    PerActivation = 0,

    /// <summary>Statistics of a channel over N, H and W.</summary>
    Spatial = 1,

    /// <summary>The same, where it is faster with the values kept on the chip; very large ones may overflow in it.</summary>
    SpatialPersistent = 2,
}

/// <summary>
/// cudnnConvolutionFwdAlgoPerf_t, cudnnConvolutionBwdDataAlgoPerf_t and cudnnConvolutionBwdFilterAlgoPerf_t, which differ only in the enumeration of
/// <see cref="Algorithm"/>: 48 bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public record struct CuDnnAlgorithmPerformance
{
#pragma warning disable CA1051 // The layout of a C structure.
    /// <summary>algo.</summary>
    public int Algorithm;

    /// <summary>status: whether the algorithm can do it.</summary>
    public CuDnnStatus Status;

    /// <summary>time in milliseconds; -1 where nothing was run.</summary>
    public float Time;

    /// <summary>memory: bytes of workspace.</summary>
    public nuint Memory;

    /// <summary>determinism.</summary>
    public CuDnnDeterminism Determinism;

    /// <summary>mathType: what the descriptor must say for it.</summary>
    public CuDnnMathType MathType;

    private readonly int _reserved0, _reserved1, _reserved2;
#pragma warning restore CA1051
}
