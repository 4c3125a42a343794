namespace WrnEngine.Kernels.Driver;

/// <summary>One entry of the driver's interface under the name that the library exports.</summary>
/// <param name="Export">Exported name: what cuda.h's macros make of the documented one (cuMemAlloc is cuMemAlloc_v2).</param>
/// <param name="PerThread">
/// Suffix of the variant whose stream 0 is the calling thread's own (`_ptsz`, `_ptds` for calls without a stream); empty where there is none.
/// </param>
public readonly record struct CudaSymbol(string Export, string PerThread = "");

/// <summary>The exported names of <see cref="CudaApi"/>'s entries, in the order of its fields.</summary>
public static class CudaSymbols
{
    /// <summary>All entries.</summary>
    public static ReadOnlySpan<CudaSymbol> All => Table;

    /// <summary>Index of an exported name in the table, or -1.</summary>
    public static int IndexOf(string export) => Array.FindIndex(Table, symbol => symbol.Export == export);

    private static readonly CudaSymbol[] Table =
    [
        new("cuInit"),
        new("cuDriverGetVersion"),
        new("cuGetErrorName"),
        new("cuGetErrorString"),
        new("cuDeviceGetCount"),
        new("cuDeviceGet"),
        new("cuDeviceGetName"),
        new("cuDeviceGetUuid_v2"),
        new("cuDeviceTotalMem_v2"),
        new("cuDeviceGetAttribute"),
        new("cuDevicePrimaryCtxRetain"),
        new("cuDevicePrimaryCtxRelease_v2"),
        new("cuDevicePrimaryCtxReset_v2"),
        new("cuDevicePrimaryCtxSetFlags_v2"),
        new("cuDevicePrimaryCtxGetState"),
        new("cuCtxSetCurrent"),
        new("cuCtxGetCurrent"),
        new("cuCtxPushCurrent_v2"),
        new("cuCtxPopCurrent_v2"),
        new("cuCtxGetDevice"),
        new("cuCtxSynchronize"),
        new("cuCtxGetStreamPriorityRange"),
        new("cuModuleLoadData"),
        new("cuModuleLoadDataEx"),
        new("cuModuleUnload"),
        new("cuModuleGetFunction"),
        new("cuModuleGetGlobal_v2"),
        new("cuFuncGetAttribute"),
        new("cuFuncSetAttribute"),
        new("cuLaunchKernel", "_ptsz"),
        new("cuMemAlloc_v2"),
        new("cuMemFree_v2"),
        new("cuMemGetInfo_v2"),
        new("cuMemGetAddressRange_v2"),
        new("cuMemcpyHtoD_v2", "_ptds"),
        new("cuMemcpyDtoH_v2", "_ptds"),
        new("cuMemcpyDtoD_v2", "_ptds"),
        new("cuMemcpyHtoDAsync_v2", "_ptsz"),
        new("cuMemcpyDtoHAsync_v2", "_ptsz"),
        new("cuMemcpyDtoDAsync_v2", "_ptsz"),
        new("cuMemsetD8_v2", "_ptds"),
        new("cuMemsetD32_v2", "_ptds"),
        new("cuMemsetD8Async", "_ptsz"),
        new("cuMemsetD32Async", "_ptsz"),
        new("cuMemHostAlloc"),
        new("cuMemFreeHost"),
        new("cuMemHostGetDevicePointer_v2"),
        new("cuMemHostRegister_v2"),
        new("cuMemHostUnregister"),
        new("cuStreamCreate"),
        new("cuStreamCreateWithPriority"),
        new("cuStreamDestroy_v2"),
        new("cuStreamSynchronize", "_ptsz"),
        new("cuStreamQuery", "_ptsz"),
        new("cuStreamWaitEvent", "_ptsz"),
        new("cuStreamGetFlags", "_ptsz"),
        new("cuStreamGetPriority", "_ptsz"),
        new("cuEventCreate"),
        new("cuEventDestroy_v2"),
        new("cuEventRecord", "_ptsz"),
        new("cuEventQuery"),
        new("cuEventSynchronize"),
        new("cuEventElapsedTime"),
        new("cuStreamBeginCapture_v2", "_ptsz"),
        new("cuStreamEndCapture", "_ptsz"),
        new("cuStreamIsCapturing", "_ptsz"),
        new("cuThreadExchangeStreamCaptureMode"),
        new("cuGraphGetNodes"),
        new("cuGraphInstantiateWithFlags"),
        new("cuGraphExecUpdate_v2"),
        new("cuGraphLaunch", "_ptsz"),
        new("cuGraphExecDestroy"),
        new("cuGraphDestroy"),
        new("cuOccupancyMaxActiveBlocksPerMultiprocessor"),
        new("cuOccupancyMaxPotentialBlockSize"),
    ];
}
