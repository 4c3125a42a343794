// The CUDA runtime API as far as ordinary programs use it. Declared so that host code in a .cu file parses; it is never run.
#pragma once

enum cudaError
{
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInitializationError = 3,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorNotReady = 600,
    cudaErrorIllegalAddress = 700,
    cudaErrorUnknown = 999
};
typedef enum cudaError cudaError_t;

enum cudaMemcpyKind
{
    cudaMemcpyHostToHost = 0,
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3,
    cudaMemcpyDefault = 4
};

enum cudaFuncAttribute
{
    cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
    cudaFuncAttributePreferredSharedMemoryCarveout = 9
};

enum cudaFuncCache
{
    cudaFuncCachePreferNone = 0,
    cudaFuncCachePreferShared = 1,
    cudaFuncCachePreferL1 = 2,
    cudaFuncCachePreferEqual = 3
};

enum cudaDeviceAttr
{
    cudaDevAttrMaxThreadsPerBlock = 1,
    cudaDevAttrWarpSize = 10,
    cudaDevAttrMultiProcessorCount = 16
};

struct cudaDeviceProp
{
    char name[256];
    size_t totalGlobalMem, sharedMemPerBlock, totalConstMem, sharedMemPerMultiprocessor, sharedMemPerBlockOptin, memPitch, textureAlignment;
    int regsPerBlock, warpSize, maxThreadsPerBlock, maxThreadsDim[3], maxGridSize[3], clockRate, major, minor, multiProcessorCount;
    int deviceOverlap, kernelExecTimeoutEnabled, integrated, canMapHostMemory, concurrentKernels, memoryClockRate, memoryBusWidth, l2CacheSize;
    int maxThreadsPerMultiProcessor, regsPerMultiprocessor, asyncEngineCount, unifiedAddressing, ECCEnabled, pciBusID, pciDeviceID, computeMode;
    int managedMemory, concurrentManagedAccess, cooperativeLaunch, maxBlocksPerMultiProcessor;
};

typedef struct CUstream_st* cudaStream_t;
typedef struct CUevent_st* cudaEvent_t;
typedef struct CUgraph_st* cudaGraph_t;
typedef struct CUgraphExec_st* cudaGraphExec_t;

#define cudaStreamDefault 0
#define cudaStreamNonBlocking 1
#define cudaEventDefault 0
#define cudaEventBlockingSync 1
#define cudaEventDisableTiming 2
#define cudaHostAllocDefault 0
#define cudaHostAllocPortable 1
#define cudaHostAllocMapped 2
#define cudaMemAttachGlobal 1
#define cudaCpuDeviceId (-1)

extern "C"
{
    // What <<<...>>> becomes on the host.
    unsigned int __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared = 0, struct CUstream_st* stream = nullptr);
    cudaError_t cudaConfigureCall(dim3 grid, dim3 block, size_t shared = 0, cudaStream_t stream = nullptr);

    cudaError_t cudaFree(void* pointer);
    cudaError_t cudaFreeHost(void* pointer);
    cudaError_t cudaMemcpy(void* target, const void* source, size_t bytes, enum cudaMemcpyKind kind);
    cudaError_t cudaMemcpyAsync(void* target, const void* source, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream = nullptr);
    cudaError_t cudaMemset(void* target, int value, size_t bytes);
    cudaError_t cudaMemsetAsync(void* target, int value, size_t bytes, cudaStream_t stream = nullptr);
    cudaError_t cudaMemGetInfo(size_t* free, size_t* total);
    cudaError_t cudaMemPrefetchAsync(const void* pointer, size_t bytes, int device, cudaStream_t stream = nullptr);
    cudaError_t cudaDeviceSynchronize(void);
    cudaError_t cudaThreadSynchronize(void);
    cudaError_t cudaDeviceReset(void);
    cudaError_t cudaGetLastError(void);
    cudaError_t cudaPeekAtLastError(void);
    const char* cudaGetErrorString(cudaError_t error);
    const char* cudaGetErrorName(cudaError_t error);
    cudaError_t cudaSetDevice(int device);
    cudaError_t cudaGetDevice(int* device);
    cudaError_t cudaGetDeviceCount(int* count);
    cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp* properties, int device);
    cudaError_t cudaDeviceGetAttribute(int* value, enum cudaDeviceAttr attribute, int device);
    cudaError_t cudaDeviceSetCacheConfig(enum cudaFuncCache config);
    cudaError_t cudaDriverGetVersion(int* version);
    cudaError_t cudaRuntimeGetVersion(int* version);
    cudaError_t cudaStreamCreate(cudaStream_t* stream);
    cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags);
    cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned int flags, int priority);
    cudaError_t cudaStreamDestroy(cudaStream_t stream);
    cudaError_t cudaStreamSynchronize(cudaStream_t stream);
    cudaError_t cudaStreamQuery(cudaStream_t stream);
    cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int flags = 0);
    cudaError_t cudaEventCreate(cudaEvent_t* event);
    cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags);
    cudaError_t cudaEventDestroy(cudaEvent_t event);
    cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr);
    cudaError_t cudaEventSynchronize(cudaEvent_t event);
    cudaError_t cudaEventQuery(cudaEvent_t event);
    cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end);
    cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments, size_t shared, cudaStream_t stream);
    cudaError_t cudaLaunchCooperativeKernel(
        const void* function, dim3 grid, dim3 block, void** arguments, size_t shared = 0, cudaStream_t stream = nullptr);
    cudaError_t cudaProfilerStart(void);
    cudaError_t cudaProfilerStop(void);
}

// The SDK overloads these for typed pointers.
template <typename T> cudaError_t cudaMalloc(T** pointer, size_t bytes);
template <typename T> cudaError_t cudaMallocHost(T** pointer, size_t bytes, unsigned int flags = 0);
template <typename T> cudaError_t cudaHostAlloc(T** pointer, size_t bytes, unsigned int flags);
template <typename T> cudaError_t cudaMallocManaged(T** pointer, size_t bytes, unsigned int flags = cudaMemAttachGlobal);
template <typename T> cudaError_t cudaMallocPitch(T** pointer, size_t* pitch, size_t width, size_t height);
template <typename T> cudaError_t cudaHostGetDevicePointer(T** device, void* host, unsigned int flags);
template <typename T> cudaError_t cudaMemcpyToSymbol(
    const T& symbol, const void* source, size_t bytes, size_t offset = 0, enum cudaMemcpyKind kind = cudaMemcpyHostToDevice);
template <typename T> cudaError_t cudaMemcpyFromSymbol(
    void* target, const T& symbol, size_t bytes, size_t offset = 0, enum cudaMemcpyKind kind = cudaMemcpyDeviceToHost);
template <typename T> cudaError_t cudaGetSymbolAddress(void** pointer, const T& symbol);
template <typename T> cudaError_t cudaFuncSetAttribute(T* function, enum cudaFuncAttribute attribute, int value);
template <typename T> cudaError_t cudaFuncSetCacheConfig(T* function, enum cudaFuncCache config);
template <typename T> cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, T function, int blockSize, size_t shared);
template <typename T> cudaError_t cudaOccupancyMaxPotentialBlockSize(
    int* gridSize, int* blockSize, T function, size_t shared = 0, int limit = 0);
