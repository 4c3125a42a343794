using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>
/// The part of cuDNN 9 that the project uses: one unmanaged function pointer per entry, with the signature of cudnn_graph.h, cudnn_ops.h and cudnn_cnn.h
/// (9.0 and later). Filled from the real library (<see cref="CuDnnLibrary"/>) or by a test; host code cannot tell which.
/// </summary>
/// <remarks>The layout is sequential and holds nothing but the pointers, so that <see cref="Entries"/> lines up with <see cref="Symbols"/>.</remarks>
[StructLayout(LayoutKind.Sequential)]
public sealed unsafe class CuDnnApi
{
#pragma warning disable CA1051 // A table of functions is a set of fields: a property would hide the function pointer call.
    // The library
    /// <summary>cudnnGetVersion: 10000 major + 100 minor + patch since cuDNN 9, 1000 major + 100 minor + patch before.</summary>
    public delegate* unmanaged[Cdecl]<nuint> GetVersion;
    /// <summary>cudnnGetErrorString: status.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnStatus, byte*> GetErrorString;
    /// <summary>cudnnGetLastErrorString: room for a text of this thread's last error, its bytes.</summary>
    public delegate* unmanaged[Cdecl]<byte*, nuint, void> GetLastErrorString;
    /// <summary>cudnnCreate: handle.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnContext*, CuDnnStatus> Create;
    /// <summary>cudnnDestroy: handle.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnContext, CuDnnStatus> Destroy;
    /// <summary>cudnnSetStream: handle, stream.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnContext, CuStream, CuDnnStatus> SetStream;

    // Descriptors
    /// <summary>cudnnCreateTensorDescriptor: descriptor.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnTensorDescriptor*, CuDnnStatus> CreateTensorDescriptor;
    /// <summary>cudnnSetTensor4dDescriptor: descriptor, format, type, n, c, h, w.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnTensorDescriptor, CuDnnTensorFormat, CuDnnDataType, int, int, int, int, CuDnnStatus> SetTensor4dDescriptor;
    /// <summary>cudnnDestroyTensorDescriptor: descriptor.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnTensorDescriptor, CuDnnStatus> DestroyTensorDescriptor;
    /// <summary>cudnnCreateFilterDescriptor: descriptor.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnFilterDescriptor*, CuDnnStatus> CreateFilterDescriptor;
    /// <summary>cudnnSetFilter4dDescriptor: descriptor, type, format (NHWC is [k, h, w, c]), k, c, h, w.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnFilterDescriptor, CuDnnDataType, CuDnnTensorFormat, int, int, int, int, CuDnnStatus> SetFilter4dDescriptor;
    /// <summary>cudnnDestroyFilterDescriptor: descriptor.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnFilterDescriptor, CuDnnStatus> DestroyFilterDescriptor;
    /// <summary>cudnnCreateConvolutionDescriptor: descriptor.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnConvolutionDescriptor*, CuDnnStatus> CreateConvolutionDescriptor;
    /// <summary>cudnnSetConvolution2dDescriptor: descriptor, padding h and w, stride h and w, dilation h and w, mode, compute type.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnConvolutionDescriptor, int, int, int, int, int, int, CuDnnConvolutionMode, CuDnnDataType, CuDnnStatus> SetConvolution2dDescriptor;
    /// <summary>cudnnSetConvolutionMathType: descriptor, math type.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnConvolutionDescriptor, CuDnnMathType, CuDnnStatus> SetConvolutionMathType;
    /// <summary>cudnnDestroyConvolutionDescriptor: descriptor.</summary>
    public delegate* unmanaged[Cdecl]<CuDnnConvolutionDescriptor, CuDnnStatus> DestroyConvolutionDescriptor;

    // Choosing an algorithm, without running any
    /// <summary>cudnnGetConvolutionForwardAlgorithm_v7: handle, x, w, convolution, y, room, how many there are, them.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnTensorDescriptor, CuDnnFilterDescriptor, CuDnnConvolutionDescriptor, CuDnnTensorDescriptor, int, int*, CuDnnAlgorithmPerformance*,
        CuDnnStatus> GetConvolutionForwardAlgorithm;
    /// <summary>cudnnGetConvolutionBackwardDataAlgorithm_v7: handle, w, dy, convolution, dx, room, how many there are, them.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnFilterDescriptor, CuDnnTensorDescriptor, CuDnnConvolutionDescriptor, CuDnnTensorDescriptor, int, int*, CuDnnAlgorithmPerformance*,
        CuDnnStatus> GetConvolutionBackwardDataAlgorithm;
    /// <summary>cudnnGetConvolutionBackwardFilterAlgorithm_v7: handle, x, dy, convolution, dw, room, how many there are, them.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnTensorDescriptor, CuDnnTensorDescriptor, CuDnnConvolutionDescriptor, CuDnnFilterDescriptor, int, int*, CuDnnAlgorithmPerformance*,
        CuDnnStatus> GetConvolutionBackwardFilterAlgorithm;
    /// <summary>cudnnGetConvolutionForwardWorkspaceSize: handle, x, w, convolution, y, algorithm, bytes.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnTensorDescriptor, CuDnnFilterDescriptor, CuDnnConvolutionDescriptor, CuDnnTensorDescriptor, int, nuint*,
        CuDnnStatus> GetConvolutionForwardWorkspaceSize;
    /// <summary>cudnnGetConvolutionBackwardDataWorkspaceSize: handle, w, dy, convolution, dx, algorithm, bytes.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnFilterDescriptor, CuDnnTensorDescriptor, CuDnnConvolutionDescriptor, CuDnnTensorDescriptor, int, nuint*,
        CuDnnStatus> GetConvolutionBackwardDataWorkspaceSize;
    /// <summary>cudnnGetConvolutionBackwardFilterWorkspaceSize: handle, x, dy, convolution, dw, algorithm, bytes.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnTensorDescriptor, CuDnnTensorDescriptor, CuDnnConvolutionDescriptor, CuDnnFilterDescriptor, int, nuint*,
        CuDnnStatus> GetConvolutionBackwardFilterWorkspaceSize;

    // The passes: result = alpha * pass + beta * result
    /// <summary>cudnnConvolutionForward: handle, alpha, x, w, convolution, algorithm, workspace and its bytes, beta, y.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, void*, CuDnnTensorDescriptor, ulong, CuDnnFilterDescriptor, ulong, CuDnnConvolutionDescriptor, int, ulong, nuint, void*,
        CuDnnTensorDescriptor, ulong, CuDnnStatus> ConvolutionForward;
    /// <summary>cudnnConvolutionBackwardData: handle, alpha, w, dy, convolution, algorithm, workspace and its bytes, beta, dx.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, void*, CuDnnFilterDescriptor, ulong, CuDnnTensorDescriptor, ulong, CuDnnConvolutionDescriptor, int, ulong, nuint, void*,
        CuDnnTensorDescriptor, ulong, CuDnnStatus> ConvolutionBackwardData;
    /// <summary>cudnnConvolutionBackwardFilter: handle, alpha, x, dy, convolution, algorithm, workspace and its bytes, beta, dw.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, void*, CuDnnTensorDescriptor, ulong, CuDnnTensorDescriptor, ulong, CuDnnConvolutionDescriptor, int, ulong, nuint, void*,
        CuDnnFilterDescriptor, ulong, CuDnnStatus> ConvolutionBackwardFilter;

    // Batch norm
    /// <summary>
    /// cudnnBatchNormalizationForwardTraining: handle, mode, alpha, beta, x, y, parameters' descriptor, scale, bias, factor, running mean and variance, eps,
    /// saved mean and inverse deviation.
    /// </summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnBatchNormMode, void*, void*, CuDnnTensorDescriptor, ulong, CuDnnTensorDescriptor, ulong, CuDnnTensorDescriptor, ulong, ulong, double,
        ulong, ulong, double, ulong, ulong, CuDnnStatus> BatchNormalizationForwardTraining;
    /// <summary>cudnnBatchNormalizationForwardInference: handle, mode, alpha, beta, x, y, parameters' descriptor, scale, bias, mean, variance, eps.</summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnBatchNormMode, void*, void*, CuDnnTensorDescriptor, ulong, CuDnnTensorDescriptor, ulong, CuDnnTensorDescriptor, ulong, ulong, ulong,
        ulong, double, CuDnnStatus> BatchNormalizationForwardInference;
    /// <summary>
    /// cudnnBatchNormalizationBackward: handle, mode, alpha and beta of dx, alpha and beta of the parameters' gradients, x, dy, dx, parameters' descriptor,
    /// scale, its gradient, the bias's gradient, eps, saved mean and inverse deviation.
    /// </summary>
    public delegate* unmanaged[Cdecl]<
        CuDnnContext, CuDnnBatchNormMode, void*, void*, void*, void*, CuDnnTensorDescriptor, ulong, CuDnnTensorDescriptor, ulong, CuDnnTensorDescriptor, ulong,
        CuDnnTensorDescriptor, ulong, ulong, ulong, double, ulong, ulong, CuDnnStatus> BatchNormalizationBackward;
#pragma warning restore CA1051

    /// <summary>The exported names, in the order of the fields.</summary>
    public static ReadOnlySpan<string> Symbols => Names;

    /// <summary>The entries as addresses, in the order of <see cref="Symbols"/>; zero where an entry is not filled.</summary>
    public Span<nint> Entries
    {
        get
        {
            // The span's reference is into this object, which the span keeps alive and the collector tracks.
            fixed (void* first = &GetVersion) return MemoryMarshal.CreateSpan(ref *(nint*)first, Names.Length);
        }
    }

    private static readonly string[] Names =
    [
        "cudnnGetVersion",
        "cudnnGetErrorString",
        "cudnnGetLastErrorString",
        "cudnnCreate",
        "cudnnDestroy",
        "cudnnSetStream",
        "cudnnCreateTensorDescriptor",
        "cudnnSetTensor4dDescriptor",
        "cudnnDestroyTensorDescriptor",
        "cudnnCreateFilterDescriptor",
        "cudnnSetFilter4dDescriptor",
        "cudnnDestroyFilterDescriptor",
        "cudnnCreateConvolutionDescriptor",
        "cudnnSetConvolution2dDescriptor",
        "cudnnSetConvolutionMathType",
        "cudnnDestroyConvolutionDescriptor",
        "cudnnGetConvolutionForwardAlgorithm_v7",
        "cudnnGetConvolutionBackwardDataAlgorithm_v7",
        "cudnnGetConvolutionBackwardFilterAlgorithm_v7",
        "cudnnGetConvolutionForwardWorkspaceSize",
        "cudnnGetConvolutionBackwardDataWorkspaceSize",
        "cudnnGetConvolutionBackwardFilterWorkspaceSize",
        "cudnnConvolutionForward",
        "cudnnConvolutionBackwardData",
        "cudnnConvolutionBackwardFilter",
        "cudnnBatchNormalizationForwardTraining",
        "cudnnBatchNormalizationForwardInference",
        "cudnnBatchNormalizationBackward",
    ];
}
