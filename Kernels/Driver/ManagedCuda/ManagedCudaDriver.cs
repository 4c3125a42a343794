using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using global::ManagedCuda.BasicTypes;
using Native = global::ManagedCuda.DriverAPINativeMethods;

namespace WrnEngine.Kernels.Driver.ManagedCuda;

/// <summary>
/// The driver table filled from ManagedCuda, for builds with <c>-p:CudaBindings=ManagedCuda</c>. Each entry is an unmanaged function around the import of the same
/// name, since an import has no address that C# would give.
/// </summary>
internal static unsafe class ManagedCudaDriver
{
    /// <summary>The table. Nothing may be thrown from inside an entry, so the library is tried here, once.</summary>
    /// <exception cref="DllNotFoundException">ManagedCuda does not find the driver's library: it looks for <c>libcuda</c> on the loader's path alone.</exception>
    public static CudaApi Create()
    {
        int version = 0;
        _ = Native.cuDriverGetVersion(ref version);
        var api = new CudaApi();
        api.Init = &Init;
        api.DriverGetVersion = &DriverGetVersion;
        api.GetErrorName = &GetErrorName;
        api.GetErrorString = &GetErrorString;
        api.DeviceGetCount = &DeviceGetCount;
        api.DeviceGet = &DeviceGet;
        api.DeviceGetName = &DeviceGetName;
        api.DeviceGetUuid = &DeviceGetUuid;
        api.DeviceTotalMem = &DeviceTotalMem;
        api.DeviceGetAttribute = &DeviceGetAttribute;
        api.DevicePrimaryCtxRetain = &DevicePrimaryCtxRetain;
        api.DevicePrimaryCtxRelease = &DevicePrimaryCtxRelease;
        api.DevicePrimaryCtxReset = &DevicePrimaryCtxReset;
        api.DevicePrimaryCtxSetFlags = &DevicePrimaryCtxSetFlags;
        api.DevicePrimaryCtxGetState = &DevicePrimaryCtxGetState;
        api.CtxSetCurrent = &CtxSetCurrent;
        api.CtxGetCurrent = &CtxGetCurrent;
        api.CtxPushCurrent = &CtxPushCurrent;
        api.CtxPopCurrent = &CtxPopCurrent;
        api.CtxGetDevice = &CtxGetDevice;
        api.CtxSynchronize = &CtxSynchronize;
        api.CtxGetStreamPriorityRange = &CtxGetStreamPriorityRange;
        api.ModuleLoadData = &ModuleLoadData;
        api.ModuleLoadDataEx = &ModuleLoadDataEx;
        api.ModuleUnload = &ModuleUnload;
        api.ModuleGetFunction = &ModuleGetFunction;
        api.ModuleGetGlobal = &ModuleGetGlobal;
        api.FuncGetAttribute = &FuncGetAttribute;
        api.FuncSetAttribute = &FuncSetAttribute;
        api.LaunchKernel = &LaunchKernel;
        api.MemAlloc = &MemAlloc;
        api.MemFree = &MemFree;
        api.MemGetInfo = &MemGetInfo;
        api.MemGetAddressRange = &MemGetAddressRange;
        api.MemcpyHtoD = &MemcpyHtoD;
        api.MemcpyDtoH = &MemcpyDtoH;
        api.MemcpyDtoD = &MemcpyDtoD;
        api.MemcpyHtoDAsync = &MemcpyHtoDAsync;
        api.MemcpyDtoHAsync = &MemcpyDtoHAsync;
        api.MemcpyDtoDAsync = &MemcpyDtoDAsync;
        api.MemsetD8 = &MemsetD8;
        api.MemsetD32 = &MemsetD32;
        api.MemsetD8Async = &MemsetD8Async;
        api.MemsetD32Async = &MemsetD32Async;
        api.MemHostAlloc = &MemHostAlloc;
        api.MemFreeHost = &MemFreeHost;
        api.MemHostGetDevicePointer = &MemHostGetDevicePointer;
        api.MemHostRegister = &MemHostRegister;
        api.MemHostUnregister = &MemHostUnregister;
        api.StreamCreate = &StreamCreate;
        api.StreamCreateWithPriority = &StreamCreateWithPriority;
        api.StreamDestroy = &StreamDestroy;
        api.StreamSynchronize = &StreamSynchronize;
        api.StreamQuery = &StreamQuery;
        api.StreamWaitEvent = &StreamWaitEvent;
        api.StreamGetFlags = &StreamGetFlags;
        api.StreamGetPriority = &StreamGetPriority;
        api.EventCreate = &EventCreate;
        api.EventDestroy = &EventDestroy;
        api.EventRecord = &EventRecord;
        api.EventQuery = &EventQuery;
        api.EventSynchronize = &EventSynchronize;
        api.EventElapsedTime = &EventElapsedTime;
        api.StreamBeginCapture = &StreamBeginCapture;
        api.StreamEndCapture = &StreamEndCapture;
        api.StreamIsCapturing = &StreamIsCapturing;
        api.ThreadExchangeStreamCaptureMode = &ThreadExchangeStreamCaptureMode;
        api.GraphGetNodes = &GraphGetNodes;
        api.GraphInstantiateWithFlags = &GraphInstantiateWithFlags;
        api.GraphExecUpdate = &GraphExecUpdate;
        api.GraphLaunch = &GraphLaunch;
        api.GraphExecDestroy = &GraphExecDestroy;
        api.GraphDestroy = &GraphDestroy;
        api.OccupancyMaxActiveBlocksPerMultiprocessor = &OccupancyMaxActiveBlocksPerMultiprocessor;
        api.OccupancyMaxPotentialBlockSize = &OccupancyMaxPotentialBlockSize;
        return api;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult Init(uint flags) =>
        (CudaResult)Native.cuInit((CUInitializationFlags)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DriverGetVersion(int* version) =>
        (CudaResult)Native.cuDriverGetVersion(ref *version);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GetErrorName(CudaResult error, byte** text) =>
        (CudaResult)Native.ErrorHandling.cuGetErrorName((CUResult)error, ref *(IntPtr*)text);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GetErrorString(CudaResult error, byte** text) =>
        (CudaResult)Native.ErrorHandling.cuGetErrorString((CUResult)error, ref *(IntPtr*)text);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetCount(int* count) =>
        (CudaResult)Native.DeviceManagement.cuDeviceGetCount(ref *count);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGet(int* device, int ordinal) =>
        (CudaResult)Native.DeviceManagement.cuDeviceGet(ref *(CUdevice*)device, ordinal);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetUuid(CudaUuid* uuid, int device)
    {
        CUuuid known = default;
        CUResult result = Native.DeviceManagement.cuDeviceGetUuid_v2(ref known, To<int, CUdevice>(device));
        known.bytes?.CopyTo(new Span<byte>(uuid, sizeof(CudaUuid)));
        return (CudaResult)result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceTotalMem(nuint* bytes, int device) =>
        (CudaResult)Native.DeviceManagement.cuDeviceTotalMem_v2(ref *(SizeT*)bytes, To<int, CUdevice>(device));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device) =>
        (CudaResult)Native.DeviceManagement.cuDeviceGetAttribute(ref *value, (CUDeviceAttribute)attribute, To<int, CUdevice>(device));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxRetain(CuContext* context, int device) =>
        (CudaResult)Native.ContextManagement.cuDevicePrimaryCtxRetain(ref *(CUcontext*)context, To<int, CUdevice>(device));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxRelease(int device) =>
        (CudaResult)Native.ContextManagement.cuDevicePrimaryCtxRelease(To<int, CUdevice>(device));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxReset(int device) =>
        (CudaResult)Native.ContextManagement.cuDevicePrimaryCtxReset(To<int, CUdevice>(device));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxSetFlags(int device, CudaContextFlags flags) =>
        (CudaResult)Native.ContextManagement.cuDevicePrimaryCtxSetFlags(To<int, CUdevice>(device), (CUCtxFlags)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxGetState(int device, CudaContextFlags* flags, int* active) =>
        (CudaResult)Native.ContextManagement.cuDevicePrimaryCtxGetState(To<int, CUdevice>(device), ref *(CUCtxFlags*)flags, ref *active);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxSetCurrent(CuContext context) =>
        (CudaResult)Native.ContextManagement.cuCtxSetCurrent(To<CuContext, CUcontext>(context));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxGetCurrent(CuContext* context) =>
        (CudaResult)Native.ContextManagement.cuCtxGetCurrent(ref *(CUcontext*)context);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxPushCurrent(CuContext context) =>
        (CudaResult)Native.ContextManagement.cuCtxPushCurrent_v2(To<CuContext, CUcontext>(context));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxPopCurrent(CuContext* context) =>
        (CudaResult)Native.ContextManagement.cuCtxPopCurrent_v2(ref *(CUcontext*)context);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxGetDevice(int* device) =>
        (CudaResult)Native.ContextManagement.cuCtxGetDevice(ref *(CUdevice*)device);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxSynchronize() =>
        (CudaResult)Native.ContextManagement.cuCtxSynchronize();

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxGetStreamPriorityRange(int* leastPriority, int* greatestPriority) =>
        (CudaResult)Native.ContextManagement.cuCtxGetStreamPriorityRange(ref *leastPriority, ref *greatestPriority);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleUnload(CuModule module) =>
        (CudaResult)Native.ModuleManagement.cuModuleUnload(To<CuModule, CUmodule>(module));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult FuncGetAttribute(int* value, CudaFunctionAttribute attribute, CuFunction function) =>
        (CudaResult)Native.FunctionManagement.cuFuncGetAttribute(ref *value, (CUFunctionAttribute)attribute, To<CuFunction, CUfunction>(function));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult FuncSetAttribute(CuFunction function, CudaFunctionAttribute attribute, int value) =>
        (CudaResult)Native.FunctionManagement.cuFuncSetAttribute(To<CuFunction, CUfunction>(function), (CUFunctionAttribute)attribute, value);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemAlloc(ulong* address, nuint bytes) =>
        (CudaResult)Native.MemoryManagement.cuMemAlloc_v2(ref *(CUdeviceptr*)address, To<nuint, SizeT>(bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemFree(ulong address) =>
        (CudaResult)Native.MemoryManagement.cuMemFree_v2(To<ulong, CUdeviceptr>(address));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemGetInfo(nuint* free, nuint* total) =>
        (CudaResult)Native.MemoryManagement.cuMemGetInfo_v2(ref *(SizeT*)free, ref *(SizeT*)total);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemGetAddressRange(ulong* start, nuint* bytes, ulong address) =>
        (CudaResult)Native.MemoryManagement.cuMemGetAddressRange_v2(ref *(CUdeviceptr*)start, ref *(SizeT*)bytes, To<ulong, CUdeviceptr>(address));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyHtoD(ulong dstDevice, void* srcHost, nuint bytes) =>
        (CudaResult)Native.SynchronousMemcpy_v2.cuMemcpyHtoD_v2(To<ulong, CUdeviceptr>(dstDevice), (nint)srcHost, To<nuint, SizeT>(bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyDtoH(void* dstHost, ulong srcDevice, nuint bytes) =>
        (CudaResult)Native.SynchronousMemcpy_v2.cuMemcpyDtoH_v2((nint)dstHost, To<ulong, CUdeviceptr>(srcDevice), To<nuint, SizeT>(bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyDtoD(ulong dstDevice, ulong srcDevice, nuint bytes) =>
        (CudaResult)Native.SynchronousMemcpy_v2.cuMemcpyDtoD_v2(To<ulong, CUdeviceptr>(dstDevice), To<ulong, CUdeviceptr>(srcDevice), To<nuint, SizeT>(bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyHtoDAsync(ulong dstDevice, void* srcHost, nuint bytes, CuStream stream) =>
        (CudaResult)Native.AsynchronousMemcpy_v2.cuMemcpyHtoDAsync_v2(To<ulong, CUdeviceptr>(dstDevice), (nint)srcHost, To<nuint, SizeT>(bytes), To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyDtoHAsync(void* dstHost, ulong srcDevice, nuint bytes, CuStream stream) =>
        (CudaResult)Native.AsynchronousMemcpy_v2.cuMemcpyDtoHAsync_v2((nint)dstHost, To<ulong, CUdeviceptr>(srcDevice), To<nuint, SizeT>(bytes), To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyDtoDAsync(ulong dstDevice, ulong srcDevice, nuint bytes, CuStream stream) =>
        (CudaResult)Native.AsynchronousMemcpy_v2.cuMemcpyDtoDAsync_v2(To<ulong, CUdeviceptr>(dstDevice), To<ulong, CUdeviceptr>(srcDevice), To<nuint, SizeT>(bytes), To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemsetD8(ulong dstDevice, byte value, nuint count) =>
        (CudaResult)Native.Memset.cuMemsetD8_v2(To<ulong, CUdeviceptr>(dstDevice), value, To<nuint, SizeT>(count));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemsetD32(ulong dstDevice, uint value, nuint count) =>
        (CudaResult)Native.Memset.cuMemsetD32_v2(To<ulong, CUdeviceptr>(dstDevice), value, To<nuint, SizeT>(count));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemsetD8Async(ulong dstDevice, byte value, nuint count, CuStream stream) =>
        (CudaResult)Native.MemsetAsync.cuMemsetD8Async(To<ulong, CUdeviceptr>(dstDevice), value, To<nuint, SizeT>(count), To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemsetD32Async(ulong dstDevice, uint value, nuint count, CuStream stream) =>
        (CudaResult)Native.MemsetAsync.cuMemsetD32Async(To<ulong, CUdeviceptr>(dstDevice), value, To<nuint, SizeT>(count), To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostAlloc(void** address, nuint bytes, CudaHostAllocFlags flags) =>
        (CudaResult)Native.MemoryManagement.cuMemHostAlloc(ref *(IntPtr*)address, To<nuint, SizeT>(bytes), (CUMemHostAllocFlags)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemFreeHost(void* address) =>
        (CudaResult)Native.MemoryManagement.cuMemFreeHost((nint)address);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostGetDevicePointer(ulong* device, void* address, uint flags) =>
        (CudaResult)Native.MemoryManagement.cuMemHostGetDevicePointer_v2(ref *(CUdeviceptr*)device, (nint)address, (int)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostRegister(void* address, nuint bytes, CudaHostRegisterFlags flags) =>
        (CudaResult)Native.MemoryManagement.cuMemHostRegister((nint)address, To<nuint, SizeT>(bytes), (CUMemHostRegisterFlags)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostUnregister(void* address) =>
        (CudaResult)Native.MemoryManagement.cuMemHostUnregister((nint)address);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamCreate(CuStream* stream, CudaStreamFlags flags) =>
        (CudaResult)Native.Streams.cuStreamCreate(ref *(CUstream*)stream, (CUStreamFlags)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamCreateWithPriority(CuStream* stream, CudaStreamFlags flags, int priority) =>
        (CudaResult)Native.Streams.cuStreamCreateWithPriority(ref *(CUstream*)stream, (CUStreamFlags)flags, priority);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamDestroy(CuStream stream) =>
        (CudaResult)Native.Streams.cuStreamDestroy_v2(To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamSynchronize(CuStream stream) =>
        (CudaResult)Native.Streams.cuStreamSynchronize(To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamQuery(CuStream stream) =>
        (CudaResult)Native.Streams.cuStreamQuery(To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamWaitEvent(CuStream stream, CuEvent after, uint flags) =>
        (CudaResult)Native.Streams.cuStreamWaitEvent(To<CuStream, CUstream>(stream), To<CuEvent, CUevent>(after), flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamGetFlags(CuStream stream, CudaStreamFlags* flags) =>
        (CudaResult)Native.Streams.cuStreamGetFlags(To<CuStream, CUstream>(stream), ref *(CUStreamFlags*)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamGetPriority(CuStream stream, int* priority) =>
        (CudaResult)Native.Streams.cuStreamGetPriority(To<CuStream, CUstream>(stream), ref *priority);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventCreate(CuEvent* after, CudaEventFlags flags) =>
        (CudaResult)Native.Events.cuEventCreate(ref *(CUevent*)after, (CUEventFlags)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventDestroy(CuEvent after) =>
        (CudaResult)Native.Events.cuEventDestroy_v2(To<CuEvent, CUevent>(after));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventRecord(CuEvent after, CuStream stream) =>
        (CudaResult)Native.Events.cuEventRecord(To<CuEvent, CUevent>(after), To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventQuery(CuEvent after) =>
        (CudaResult)Native.Events.cuEventQuery(To<CuEvent, CUevent>(after));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventSynchronize(CuEvent after) =>
        (CudaResult)Native.Events.cuEventSynchronize(To<CuEvent, CUevent>(after));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventElapsedTime(float* milliseconds, CuEvent start, CuEvent end) =>
        (CudaResult)Native.Events.cuEventElapsedTime(ref *milliseconds, To<CuEvent, CUevent>(start), To<CuEvent, CUevent>(end));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamBeginCapture(CuStream stream, CudaCaptureMode mode) =>
        (CudaResult)Native.Streams.cuStreamBeginCapture(To<CuStream, CUstream>(stream), (CUstreamCaptureMode)mode);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamEndCapture(CuStream stream, CuGraph* graph) =>
        (CudaResult)Native.Streams.cuStreamEndCapture(To<CuStream, CUstream>(stream), ref *(CUgraph*)graph);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamIsCapturing(CuStream stream, CudaCaptureStatus* captureStatus) =>
        (CudaResult)Native.Streams.cuStreamIsCapturing(To<CuStream, CUstream>(stream), ref *(CUstreamCaptureStatus*)captureStatus);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ThreadExchangeStreamCaptureMode(CudaCaptureMode* mode) =>
        (CudaResult)Native.Streams.cuThreadExchangeStreamCaptureMode(ref *(CUstreamCaptureMode*)mode);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphInstantiateWithFlags(CuGraphExec* graphExec, CuGraph graph, ulong flags) =>
        (CudaResult)Native.GraphManagment.cuGraphInstantiate(ref *(CUgraphExec*)graphExec, To<CuGraph, CUgraph>(graph), (CUgraphInstantiate_flags)flags);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphExecUpdate(CuGraphExec graphExec, CuGraph graph, CudaGraphUpdateInfo* resultInfo) =>
        (CudaResult)Native.GraphManagment.cuGraphExecUpdate(To<CuGraphExec, CUgraphExec>(graphExec), To<CuGraph, CUgraph>(graph), ref *(CUgraphExecUpdateResultInfo*)resultInfo);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphLaunch(CuGraphExec graphExec, CuStream stream) =>
        (CudaResult)Native.GraphManagment.cuGraphLaunch(To<CuGraphExec, CUgraphExec>(graphExec), To<CuStream, CUstream>(stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphExecDestroy(CuGraphExec graphExec) =>
        (CudaResult)Native.GraphManagment.cuGraphExecDestroy(To<CuGraphExec, CUgraphExec>(graphExec));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphDestroy(CuGraph graph) =>
        (CudaResult)Native.GraphManagment.cuGraphDestroy(To<CuGraph, CUgraph>(graph));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult OccupancyMaxActiveBlocksPerMultiprocessor(int* numBlocks, CuFunction function, int blockSize, nuint dynamicSMemSize) =>
        (CudaResult)Native.Occupancy.cuOccupancyMaxActiveBlocksPerMultiprocessor(ref *numBlocks, To<CuFunction, CUfunction>(function), blockSize, To<nuint, SizeT>(dynamicSMemSize));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetName(byte* name, int length, int device)
    {
        byte[] text = new byte[Math.Max(length, 0)];
        CUResult result = Native.DeviceManagement.cuDeviceGetName(text, length, To<int, CUdevice>(device));
        text.CopyTo(new Span<byte>(name, text.Length));
        return (CudaResult)result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleLoadData(CuModule* module, void* image) =>
        (CudaResult)Native.ModuleManagement.cuModuleLoadData(ref *(CUmodule*)module, Text(image));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleLoadDataEx(CuModule* module, void* image, uint count, CudaJitOption* options, void** values)
    {
        CUJITOption[] names = new Span<CUJITOption>(options, (int)count).ToArray();
        nint[] pinned = new Span<nint>(values, (int)count).ToArray();
        CUResult result = Native.ModuleManagement.cuModuleLoadDataEx(ref *(CUmodule*)module, Text(image), count, names, pinned);
        pinned.CopyTo(new Span<nint>(values, (int)count)); // sizes of logs come back in here
        return (CudaResult)result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleGetFunction(CuFunction* function, CuModule module, byte* name) =>
        (CudaResult)Native.ModuleManagement.cuModuleGetFunction(ref *(CUfunction*)function, To<CuModule, CUmodule>(module), Marshal.PtrToStringUTF8((nint)name));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleGetGlobal(ulong* address, nuint* bytes, CuModule module, byte* name) =>
        (CudaResult)Native.ModuleManagement.cuModuleGetGlobal_v2(
            ref *(CUdeviceptr*)address, ref *(SizeT*)bytes, To<CuModule, CUmodule>(module), Marshal.PtrToStringUTF8((nint)name));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult LaunchKernel(
        CuFunction function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint shared, CuStream stream, void** parameters, void** extra)
    {
        // Arrays of pointers are all that ManagedCuda takes; the project passes parameters by the five words of extra alone.
        if (parameters != null) return CudaResult.InvalidValue;
        nint[] words = new Span<nint>(extra, 5).ToArray();
        return (CudaResult)Native.Launch.cuLaunchKernel(
            To<CuFunction, CUfunction>(function), gridX, gridY, gridZ, blockX, blockY, blockZ, shared, To<CuStream, CUstream>(stream), null, words);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphGetNodes(CuGraph graph, CuGraphNode* nodes, nuint* count)
    {
        CUgraphNode[]? known = nodes == null ? null : new CUgraphNode[(int)*count];
        CUResult result = Native.GraphManagment.cuGraphGetNodes(To<CuGraph, CUgraph>(graph), known, ref *(SizeT*)count);
        known?.CopyTo(new Span<CUgraphNode>(nodes, known.Length));
        return (CudaResult)result;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult OccupancyMaxPotentialBlockSize(
        int* grid, int* block, CuFunction function, delegate* unmanaged[Cdecl]<int, nuint> sharedOf, nuint dynamicSharedBytes, int limit)
    {
        del_CUoccupancyB2DSize? callback = sharedOf == null ? null : size => new SizeT(sharedOf(size));
        return (CudaResult)Native.Occupancy.cuOccupancyMaxPotentialBlockSize(
            ref *grid, ref *block, To<CuFunction, CUfunction>(function), callback, To<nuint, SizeT>(dynamicSharedBytes), limit);
    }

    // Handles and sizes are structures of one pointer on both sides.
    private static TTo To<TFrom, TTo>(TFrom value)
        where TFrom : unmanaged
        where TTo : unmanaged => Unsafe.BitCast<TFrom, TTo>(value);

    private static byte[] Text(void* image) => [.. MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)image), 0];
}
