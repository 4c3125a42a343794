namespace WrnEngine.Tests.Kernels.Driver;

/// <summary>An entry of the driver API as cuda.h declares it.</summary>
/// <param name="Export">The exported name.</param>
/// <param name="Since">The CUDA version that brought it in this form, as cuDriverGetVersion counts.</param>
/// <param name="Parameters">Types of the parameters, without const and names.</param>
internal sealed record HeaderEntry(string Export, int Since, string Parameters);

/// <summary>What the project relies on of cuda.h, as data: as the headers of CUDA 12.0 to 13.0 have it.</summary>
internal static class CudaHeader
{
    public static readonly HeaderEntry[] Entries =
    [
        new("cuInit", 2000, "unsigned int"),
        new("cuDriverGetVersion", 2020, "int*"),
        new("cuGetErrorName", 6000, "CUresult, char**"),
        new("cuGetErrorString", 6000, "CUresult, char**"),
        new("cuDeviceGetCount", 2000, "int*"),
        new("cuDeviceGet", 2000, "CUdevice*, int"),
        new("cuDeviceGetName", 2000, "char*, int, CUdevice"),
        new("cuDeviceGetUuid_v2", 11040, "CUuuid*, CUdevice"),
        new("cuDeviceTotalMem_v2", 3020, "size_t*, CUdevice"),
        new("cuDeviceGetAttribute", 2000, "int*, CUdevice_attribute, CUdevice"),
        new("cuDevicePrimaryCtxRetain", 7000, "CUcontext*, CUdevice"),
        new("cuDevicePrimaryCtxRelease_v2", 11000, "CUdevice"),
        new("cuDevicePrimaryCtxReset_v2", 11000, "CUdevice"),
        new("cuDevicePrimaryCtxSetFlags_v2", 11000, "CUdevice, unsigned int"),
        new("cuDevicePrimaryCtxGetState", 7000, "CUdevice, unsigned int*, int*"),
        new("cuCtxSetCurrent", 4000, "CUcontext"),
        new("cuCtxGetCurrent", 4000, "CUcontext*"),
        new("cuCtxPushCurrent_v2", 4000, "CUcontext"),
        new("cuCtxPopCurrent_v2", 4000, "CUcontext*"),
        new("cuCtxGetDevice", 2000, "CUdevice*"),
        new("cuCtxSynchronize", 2000, ""),
        new("cuCtxGetStreamPriorityRange", 5050, "int*, int*"),
        new("cuModuleLoadData", 2000, "CUmodule*, void*"),
        new("cuModuleLoadDataEx", 2010, "CUmodule*, void*, unsigned int, CUjit_option*, void**"),
        new("cuModuleUnload", 2000, "CUmodule"),
        new("cuModuleGetFunction", 2000, "CUfunction*, CUmodule, char*"),
        new("cuModuleGetGlobal_v2", 3020, "CUdeviceptr*, size_t*, CUmodule, char*"),
        new("cuFuncGetAttribute", 2020, "int*, CUfunction_attribute, CUfunction"),
        new("cuFuncSetAttribute", 9000, "CUfunction, CUfunction_attribute, int"),
        new("cuLaunchKernel", 4000, "CUfunction, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, unsigned int, CUstream, void**, void**"),
        new("cuMemAlloc_v2", 3020, "CUdeviceptr*, size_t"),
        new("cuMemFree_v2", 3020, "CUdeviceptr"),
        new("cuMemGetInfo_v2", 3020, "size_t*, size_t*"),
        new("cuMemGetAddressRange_v2", 3020, "CUdeviceptr*, size_t*, CUdeviceptr"),
        new("cuMemcpyHtoD_v2", 3020, "CUdeviceptr, void*, size_t"),
        new("cuMemcpyDtoH_v2", 3020, "void*, CUdeviceptr, size_t"),
        new("cuMemcpyDtoD_v2", 3020, "CUdeviceptr, CUdeviceptr, size_t"),
        new("cuMemcpyHtoDAsync_v2", 3020, "CUdeviceptr, void*, size_t, CUstream"),
        new("cuMemcpyDtoHAsync_v2", 3020, "void*, CUdeviceptr, size_t, CUstream"),
        new("cuMemcpyDtoDAsync_v2", 3020, "CUdeviceptr, CUdeviceptr, size_t, CUstream"),
        new("cuMemsetD8_v2", 3020, "CUdeviceptr, unsigned char, size_t"),
        new("cuMemsetD32_v2", 3020, "CUdeviceptr, unsigned int, size_t"),
        new("cuMemsetD8Async", 3020, "CUdeviceptr, unsigned char, size_t, CUstream"),
        new("cuMemsetD32Async", 3020, "CUdeviceptr, unsigned int, size_t, CUstream"),
        new("cuMemHostAlloc", 2020, "void**, size_t, unsigned int"),
        new("cuMemFreeHost", 2000, "void*"),
        new("cuMemHostGetDevicePointer_v2", 3020, "CUdeviceptr*, void*, unsigned int"),
        new("cuMemHostRegister_v2", 6050, "void*, size_t, unsigned int"),
        new("cuMemHostUnregister", 4000, "void*"),
        new("cuStreamCreate", 2000, "CUstream*, unsigned int"),
        new("cuStreamCreateWithPriority", 5050, "CUstream*, unsigned int, int"),
        new("cuStreamDestroy_v2", 4000, "CUstream"),
        new("cuStreamSynchronize", 2000, "CUstream"),
        new("cuStreamQuery", 2000, "CUstream"),
        new("cuStreamWaitEvent", 3020, "CUstream, CUevent, unsigned int"),
        new("cuStreamGetFlags", 5050, "CUstream, unsigned int*"),
        new("cuStreamGetPriority", 5050, "CUstream, int*"),
        new("cuEventCreate", 2000, "CUevent*, unsigned int"),
        new("cuEventDestroy_v2", 4000, "CUevent"),
        new("cuEventRecord", 2000, "CUevent, CUstream"),
        new("cuEventQuery", 2000, "CUevent"),
        new("cuEventSynchronize", 2000, "CUevent"),
        new("cuEventElapsedTime", 2000, "float*, CUevent, CUevent"),
        new("cuStreamBeginCapture_v2", 10010, "CUstream, CUstreamCaptureMode"),
        new("cuStreamEndCapture", 10000, "CUstream, CUgraph*"),
        new("cuStreamIsCapturing", 10000, "CUstream, CUstreamCaptureStatus*"),
        new("cuThreadExchangeStreamCaptureMode", 10010, "CUstreamCaptureMode*"),
        new("cuGraphGetNodes", 10000, "CUgraph, CUgraphNode*, size_t*"),
        new("cuGraphInstantiateWithFlags", 11040, "CUgraphExec*, CUgraph, unsigned long long"),
        new("cuGraphExecUpdate_v2", 12000, "CUgraphExec, CUgraph, CUgraphExecUpdateResultInfo*"),
        new("cuGraphLaunch", 10000, "CUgraphExec, CUstream"),
        new("cuGraphExecDestroy", 10000, "CUgraphExec"),
        new("cuGraphDestroy", 10000, "CUgraph"),
        new("cuOccupancyMaxActiveBlocksPerMultiprocessor", 6050, "int*, CUfunction, int, size_t"),
        new("cuOccupancyMaxPotentialBlockSize", 6050, "int*, int*, CUfunction, CUoccupancyB2DSize, size_t, int"),
    ];

    /// <summary>CUresult without CUDA_ERROR_; of CUDA 12.0 unless a version stands behind the code.</summary>
    public const string Results = """
        INVALID_VALUE 1, OUT_OF_MEMORY 2, NOT_INITIALIZED 3, DEINITIALIZED 4, PROFILER_DISABLED 5, PROFILER_NOT_INITIALIZED 6, PROFILER_ALREADY_STARTED 7,
        PROFILER_ALREADY_STOPPED 8, STUB_LIBRARY 34, CALL_REQUIRES_NEWER_DRIVER 36 (13.0), DEVICE_UNAVAILABLE 46, NO_DEVICE 100, INVALID_DEVICE 101,
        DEVICE_NOT_LICENSED 102, INVALID_IMAGE 200, INVALID_CONTEXT 201, CONTEXT_ALREADY_CURRENT 202, MAP_FAILED 205, UNMAP_FAILED 206, ARRAY_IS_MAPPED 207,
        ALREADY_MAPPED 208, NO_BINARY_FOR_GPU 209, ALREADY_ACQUIRED 210, NOT_MAPPED 211, NOT_MAPPED_AS_ARRAY 212, NOT_MAPPED_AS_POINTER 213,
        ECC_UNCORRECTABLE 214, UNSUPPORTED_LIMIT 215, CONTEXT_ALREADY_IN_USE 216, PEER_ACCESS_UNSUPPORTED 217, INVALID_PTX 218, INVALID_GRAPHICS_CONTEXT 219,
        NVLINK_UNCORRECTABLE 220, JIT_COMPILER_NOT_FOUND 221, UNSUPPORTED_PTX_VERSION 222, JIT_COMPILATION_DISABLED 223, UNSUPPORTED_EXEC_AFFINITY 224,
        UNSUPPORTED_DEVSIDE_SYNC 225 (12.1), CONTAINED 226 (12.8), INVALID_SOURCE 300, FILE_NOT_FOUND 301, SHARED_OBJECT_SYMBOL_NOT_FOUND 302,
        SHARED_OBJECT_INIT_FAILED 303, OPERATING_SYSTEM 304, INVALID_HANDLE 400, ILLEGAL_STATE 401, LOSSY_QUERY 402 (12.3), NOT_FOUND 500, NOT_READY 600,
        ILLEGAL_ADDRESS 700, LAUNCH_OUT_OF_RESOURCES 701, LAUNCH_TIMEOUT 702, LAUNCH_INCOMPATIBLE_TEXTURING 703, PEER_ACCESS_ALREADY_ENABLED 704,
        PEER_ACCESS_NOT_ENABLED 705, PRIMARY_CONTEXT_ACTIVE 708, CONTEXT_IS_DESTROYED 709, ASSERT 710, TOO_MANY_PEERS 711, HOST_MEMORY_ALREADY_REGISTERED 712,
        HOST_MEMORY_NOT_REGISTERED 713, HARDWARE_STACK_ERROR 714, ILLEGAL_INSTRUCTION 715, MISALIGNED_ADDRESS 716, INVALID_ADDRESS_SPACE 717, INVALID_PC 718,
        LAUNCH_FAILED 719, COOPERATIVE_LAUNCH_TOO_LARGE 720, TENSOR_MEMORY_LEAK 721 (12.8), NOT_PERMITTED 800, NOT_SUPPORTED 801, SYSTEM_NOT_READY 802,
        SYSTEM_DRIVER_MISMATCH 803, COMPAT_NOT_SUPPORTED_ON_DEVICE 804, MPS_CONNECTION_FAILED 805, MPS_RPC_FAILURE 806, MPS_SERVER_NOT_READY 807,
        MPS_MAX_CLIENTS_REACHED 808, MPS_MAX_CONNECTIONS_REACHED 809, MPS_CLIENT_TERMINATED 810, CDP_NOT_SUPPORTED 811, CDP_VERSION_MISMATCH 812,
        STREAM_CAPTURE_UNSUPPORTED 900, STREAM_CAPTURE_INVALIDATED 901, STREAM_CAPTURE_MERGE 902, STREAM_CAPTURE_UNMATCHED 903, STREAM_CAPTURE_UNJOINED 904,
        STREAM_CAPTURE_ISOLATION 905, STREAM_CAPTURE_IMPLICIT 906, CAPTURED_EVENT 907, STREAM_CAPTURE_WRONG_THREAD 908, TIMEOUT 909, GRAPH_EXEC_UPDATE_FAILURE 910,
        EXTERNAL_DEVICE 911, INVALID_CLUSTER_SIZE 912, FUNCTION_NOT_LOADED 913 (12.4), INVALID_RESOURCE_TYPE 914 (12.4), INVALID_RESOURCE_CONFIGURATION 915 (12.4),
        KEY_ROTATION 916 (12.8), UNKNOWN 999
        """;

    /// <summary>Enumerations and flags whose C# names are the header's in other spelling: names in order from 0, or with their value.</summary>
    public static readonly Dictionary<Type, string> Values = new()
    {
        [typeof(WrnEngine.Kernels.Driver.CudaFunctionAttribute)] = """
            MAX_THREADS_PER_BLOCK, SHARED_SIZE_BYTES, CONST_SIZE_BYTES, LOCAL_SIZE_BYTES, NUM_REGS, PTX_VERSION, BINARY_VERSION, CACHE_MODE_CA,
            MAX_DYNAMIC_SHARED_SIZE_BYTES, PREFERRED_SHARED_MEMORY_CARVEOUT, CLUSTER_SIZE_MUST_BE_SET, REQUIRED_CLUSTER_WIDTH, REQUIRED_CLUSTER_HEIGHT,
            REQUIRED_CLUSTER_DEPTH, NON_PORTABLE_CLUSTER_SIZE_ALLOWED, CLUSTER_SCHEDULING_POLICY_PREFERENCE
            """,
        [typeof(WrnEngine.Kernels.Driver.CudaJitOption)] = """
            MAX_REGISTERS, THREADS_PER_BLOCK, WALL_TIME, INFO_LOG_BUFFER, INFO_LOG_BUFFER_SIZE_BYTES, ERROR_LOG_BUFFER, ERROR_LOG_BUFFER_SIZE_BYTES,
            OPTIMIZATION_LEVEL, TARGET_FROM_CUCONTEXT, TARGET, FALLBACK_STRATEGY, GENERATE_DEBUG_INFO, LOG_VERBOSE, GENERATE_LINE_INFO, CACHE_MODE
            """,
        [typeof(WrnEngine.Kernels.Driver.CudaCaptureMode)] = "GLOBAL, THREAD_LOCAL, RELAXED",
        [typeof(WrnEngine.Kernels.Driver.CudaCaptureStatus)] = "NONE, ACTIVE, INVALIDATED",
        [typeof(WrnEngine.Kernels.Driver.CudaGraphUpdateResult)] = """
            SUCCESS, ERROR, ERROR_TOPOLOGY_CHANGED, ERROR_NODE_TYPE_CHANGED, ERROR_FUNCTION_CHANGED, ERROR_PARAMETERS_CHANGED, ERROR_NOT_SUPPORTED,
            ERROR_UNSUPPORTED_FUNCTION_CHANGE, ERROR_ATTRIBUTES_CHANGED
            """,
        [typeof(WrnEngine.Kernels.Driver.CudaContextFlags)] = "SCHED_AUTO 0, SCHED_SPIN 1, SCHED_YIELD 2, SCHED_BLOCKING_SYNC 4, MAP_HOST 8, LMEM_RESIZE_TO_MAX 16",
        [typeof(WrnEngine.Kernels.Driver.CudaStreamFlags)] = "DEFAULT 0, NON_BLOCKING 1",
        [typeof(WrnEngine.Kernels.Driver.CudaEventFlags)] = "DEFAULT 0, BLOCKING_SYNC 1, DISABLE_TIMING 2, INTERPROCESS 4",
        [typeof(WrnEngine.Kernels.Driver.CudaHostAllocFlags)] = "NONE 0, PORTABLE 1, DEVICE_MAP 2, WRITE_COMBINED 4",
        [typeof(WrnEngine.Kernels.Driver.CudaHostRegisterFlags)] = "NONE 0, PORTABLE 1, DEVICE_MAP 2, IO_MEMORY 4, READ_ONLY 8",
        [typeof(WrnEngine.Kernels.Driver.CudaDeviceAttribute)] = """
            MAX_THREADS_PER_BLOCK 1, MAX_BLOCK_DIM_X 2, MAX_BLOCK_DIM_Y 3, MAX_BLOCK_DIM_Z 4, MAX_GRID_DIM_X 5, MAX_GRID_DIM_Y 6, MAX_GRID_DIM_Z 7,
            MAX_SHARED_MEMORY_PER_BLOCK 8, TOTAL_CONSTANT_MEMORY 9, WARP_SIZE 10, MAX_PITCH 11, MAX_REGISTERS_PER_BLOCK 12, CLOCK_RATE 13, TEXTURE_ALIGNMENT 14,
            GPU_OVERLAP 15, MULTIPROCESSOR_COUNT 16, KERNEL_EXEC_TIMEOUT 17, INTEGRATED 18, CAN_MAP_HOST_MEMORY 19, COMPUTE_MODE 20, CONCURRENT_KERNELS 31,
            ECC_ENABLED 32, PCI_BUS_ID 33, PCI_DEVICE_ID 34, TCC_DRIVER 35, MEMORY_CLOCK_RATE 36, GLOBAL_MEMORY_BUS_WIDTH 37, L2_CACHE_SIZE 38,
            MAX_THREADS_PER_MULTIPROCESSOR 39, ASYNC_ENGINE_COUNT 40, UNIFIED_ADDRESSING 41, PCI_DOMAIN_ID 50, COMPUTE_CAPABILITY_MAJOR 75,
            COMPUTE_CAPABILITY_MINOR 76, STREAM_PRIORITIES_SUPPORTED 78, GLOBAL_L1_CACHE_SUPPORTED 79, LOCAL_L1_CACHE_SUPPORTED 80,
            MAX_SHARED_MEMORY_PER_MULTIPROCESSOR 81, MAX_REGISTERS_PER_MULTIPROCESSOR 82, MANAGED_MEMORY 83, MULTI_GPU_BOARD 84,
            HOST_NATIVE_ATOMIC_SUPPORTED 86, SINGLE_TO_DOUBLE_PRECISION_PERF_RATIO 87, PAGEABLE_MEMORY_ACCESS 88, CONCURRENT_MANAGED_ACCESS 89,
            COMPUTE_PREEMPTION_SUPPORTED 90, CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM 91, COOPERATIVE_LAUNCH 95, MAX_SHARED_MEMORY_PER_BLOCK_OPTIN 97,
            HOST_REGISTER_SUPPORTED 99, PAGEABLE_MEMORY_ACCESS_USES_HOST_PAGE_TABLES 100, VIRTUAL_ADDRESS_MANAGEMENT_SUPPORTED 102,
            MAX_BLOCKS_PER_MULTIPROCESSOR 106, MAX_PERSISTING_L2_CACHE_SIZE 108, RESERVED_SHARED_MEMORY_PER_BLOCK 111, READ_ONLY_HOST_REGISTER_SUPPORTED 113,
            MEMORY_POOLS_SUPPORTED 115, CLUSTER_LAUNCH 120, TENSOR_MAP_ACCESS_SUPPORTED 127
            """,
    };
}
