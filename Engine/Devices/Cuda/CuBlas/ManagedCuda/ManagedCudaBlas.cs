using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using global::ManagedCuda.BasicTypes;
using global::ManagedCuda.CudaBlas;
using WrnEngine.Kernels.Driver;
using Native = global::ManagedCuda.CudaBlas.CudaBlasNativeMethods;

namespace WrnEngine.Devices.Cuda.CuBlas.ManagedCuda;

/// <summary>
/// cuBLAS's table filled from ManagedCuda, for builds with <c>-p:CudaBindings=ManagedCuda</c>: see <c>Kernels/Driver/ManagedCuda/README.md</c>. The two entries that
/// name a status are not in it and stay the library's own.
/// </summary>
internal static unsafe class ManagedCudaBlas
{
    /// <summary>Puts ManagedCuda's entries into a table. Nothing may be thrown from inside an entry, so the library is tried here, once.</summary>
    /// <exception cref="DllNotFoundException">ManagedCuda does not find the library: it looks for <c>libcublas</c> on the loader's path alone.</exception>
    public static void Fill(CuBlasApi api)
    {
        int version = 0;
        _ = Native.cublasGetVersion_v2(default, ref version); // without a handle it only answers that there is none
        api.Create = &Create;
        api.Destroy = &Destroy;
        api.GetVersion = &GetVersion;
        api.SetStream = &SetStream;
        api.SetWorkspace = &SetWorkspace;
        api.SetMathMode = &SetMathMode;
        api.GemmEx = &GemmEx;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus Create(CuBlasContext* context) => (CuBlasStatus)Native.cublasCreate_v2(ref *(CudaBlasHandle*)context);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus Destroy(CuBlasContext context) => (CuBlasStatus)Native.cublasDestroy_v2(Handle(context));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus GetVersion(CuBlasContext context, int* version) => (CuBlasStatus)Native.cublasGetVersion_v2(Handle(context), ref *version);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus SetStream(CuBlasContext context, CuStream stream) =>
        (CuBlasStatus)Native.cublasSetStream_v2(Handle(context), Unsafe.BitCast<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus SetWorkspace(CuBlasContext context, ulong workspace, nuint bytes) =>
        (CuBlasStatus)Native.cublasSetWorkspace_v2(Handle(context), Pointer(workspace), (ulong)bytes);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus SetMathMode(CuBlasContext context, CuBlasMath mode) =>
        (CuBlasStatus)Native.cublasSetMathMode(Handle(context), (global::ManagedCuda.CudaBlas.Math)mode);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CuBlasStatus GemmEx(
        CuBlasContext context, CuBlasOperation transposeA, CuBlasOperation transposeB, int m, int n, int k, void* alpha, ulong a, CudaDataType typeOfA, int strideOfA,
        ulong b, CudaDataType typeOfB, int strideOfB, void* beta, ulong c, CudaDataType typeOfC, int strideOfC, CuBlasComputeType computeType,
        CuBlasGemmAlgorithm algorithm) => (CuBlasStatus)Native.cublasGemmEx(
            Handle(context), (Operation)transposeA, (Operation)transposeB, m, n, k, (nint)alpha, Pointer(a), (cudaDataType)typeOfA, strideOfA,
            Pointer(b), (cudaDataType)typeOfB, strideOfB, (nint)beta, Pointer(c), (cudaDataType)typeOfC, strideOfC, (ComputeType)computeType, (GemmAlgo)algorithm);

    private static CudaBlasHandle Handle(CuBlasContext context) => Unsafe.BitCast<CuBlasContext, CudaBlasHandle>(context);

    private static CUdeviceptr Pointer(ulong address) => Unsafe.BitCast<ulong, CUdeviceptr>(address);
}
