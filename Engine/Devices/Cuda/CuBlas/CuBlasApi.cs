using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Devices.Cuda.CuBlas;

/// <summary>
/// The part of cuBLAS that the project uses: one unmanaged function pointer per entry, with the signature of cublas_api.h (cuBLAS 11.4 to 13). Filled
/// from the real library (<see cref="CuBlasLibrary"/>) or by a test; host code cannot tell which.
/// </summary>
/// <remarks>The layout is sequential and holds nothing but the pointers, so that <see cref="Entries"/> lines up with <see cref="Symbols"/>.</remarks>
[StructLayout(LayoutKind.Sequential)]
public sealed unsafe class CuBlasApi
{
#pragma warning disable CA1051 // A table of functions is a set of fields: a property would hide the function pointer call.
    /// <summary>cublasCreate_v2: handle.</summary>
    public delegate* unmanaged[Cdecl]<CuBlasContext*, CuBlasStatus> Create;
    /// <summary>cublasDestroy_v2: handle.</summary>
    public delegate* unmanaged[Cdecl]<CuBlasContext, CuBlasStatus> Destroy;
    /// <summary>cublasGetVersion_v2: handle, version as 10000 major + 100 minor + patch.</summary>
    public delegate* unmanaged[Cdecl]<CuBlasContext, int*, CuBlasStatus> GetVersion;
    /// <summary>cublasSetStream_v2: handle, stream. It also puts the library's own workspace back.</summary>
    public delegate* unmanaged[Cdecl]<CuBlasContext, CuStream, CuBlasStatus> SetStream;
    /// <summary>cublasSetWorkspace_v2: handle, address (a multiple of 256), bytes.</summary>
    public delegate* unmanaged[Cdecl]<CuBlasContext, ulong, nuint, CuBlasStatus> SetWorkspace;
    /// <summary>cublasSetMathMode: handle, mode.</summary>
    public delegate* unmanaged[Cdecl]<CuBlasContext, CuBlasMath, CuBlasStatus> SetMathMode;
    /// <summary>
    /// cublasGemmEx: handle, transpose a and b, m, n, k, alpha, a and its type and leading dimension, b likewise, beta, c likewise, compute type, algorithm.
    /// Matrices are column-major.
    /// </summary>
    public delegate* unmanaged[Cdecl]<
        CuBlasContext, CuBlasOperation, CuBlasOperation, int, int, int, void*, ulong, CudaDataType, int, ulong, CudaDataType, int, void*, ulong, CudaDataType, int,
        CuBlasComputeType, CuBlasGemmAlgorithm, CuBlasStatus> GemmEx;
    /// <summary>cublasGetStatusName: status.</summary>
    public delegate* unmanaged[Cdecl]<CuBlasStatus, byte*> GetStatusName;
    /// <summary>cublasGetStatusString: status.</summary>
    public delegate* unmanaged[Cdecl]<CuBlasStatus, byte*> GetStatusString;
#pragma warning restore CA1051

    /// <summary>The exported names, in the order of the fields.</summary>
    public static ReadOnlySpan<string> Symbols => Names;

    /// <summary>The entries as addresses, in the order of <see cref="Symbols"/>; zero where an entry is not filled.</summary>
    public Span<nint> Entries
    {
        get
        {
            // The span's reference is into this object, which the span keeps alive and the collector tracks.
            fixed (void* first = &Create) return MemoryMarshal.CreateSpan(ref *(nint*)first, Names.Length);
        }
    }

    private static readonly string[] Names =
    [
        "cublasCreate_v2",
        "cublasDestroy_v2",
        "cublasGetVersion_v2",
        "cublasSetStream_v2",
        "cublasSetWorkspace_v2",
        "cublasSetMathMode",
        "cublasGemmEx",
        "cublasGetStatusName",
        "cublasGetStatusString",
    ];
}
