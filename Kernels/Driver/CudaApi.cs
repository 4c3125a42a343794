using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Driver;

/// <summary>
/// The CUDA driver API that the project uses: one unmanaged function pointer per entry, with the signature of cuda.h (CUDA 12 and 13).
/// Filled from the real library (<see cref="CudaLibrary"/>) or by the simulator; host code cannot tell which.
/// CUdevice is an int, CUdeviceptr a ulong, C strings are zero-terminated UTF-8.
/// </summary>
/// <remarks>
/// The layout is sequential and holds nothing but the pointers, so that <see cref="Entries"/> lines up with <see cref="CudaSymbols.All"/>:
/// loaders and fault-injecting tests fill or replace entries by index.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public sealed unsafe class CudaApi
{
#pragma warning disable CA1051 // A table of functions is a set of fields: a property would hide the function pointer call.
    // Driver and devices
    /// <summary>cuInit: flags (0).</summary>
    public delegate* unmanaged[Cdecl]<uint, CudaResult> Init;
    /// <summary>cuDriverGetVersion: version as 1000 major + 10 minor.</summary>
    public delegate* unmanaged[Cdecl]<int*, CudaResult> DriverGetVersion;
    /// <summary>cuGetErrorName: error, name.</summary>
    public delegate* unmanaged[Cdecl]<CudaResult, byte**, CudaResult> GetErrorName;
    /// <summary>cuGetErrorString: error, text.</summary>
    public delegate* unmanaged[Cdecl]<CudaResult, byte**, CudaResult> GetErrorString;
    /// <summary>cuDeviceGetCount: count.</summary>
    public delegate* unmanaged[Cdecl]<int*, CudaResult> DeviceGetCount;
    /// <summary>cuDeviceGet: device, ordinal.</summary>
    public delegate* unmanaged[Cdecl]<int*, int, CudaResult> DeviceGet;
    /// <summary>cuDeviceGetName: name, length, device.</summary>
    public delegate* unmanaged[Cdecl]<byte*, int, int, CudaResult> DeviceGetName;
    /// <summary>cuDeviceGetUuid_v2: uuid, device.</summary>
    public delegate* unmanaged[Cdecl]<CudaUuid*, int, CudaResult> DeviceGetUuid;
    /// <summary>cuDeviceTotalMem_v2: bytes, device.</summary>
    public delegate* unmanaged[Cdecl]<nuint*, int, CudaResult> DeviceTotalMem;
    /// <summary>cuDeviceGetAttribute: value, attribute, device.</summary>
    public delegate* unmanaged[Cdecl]<int*, CudaDeviceAttribute, int, CudaResult> DeviceGetAttribute;

    // Contexts
    /// <summary>cuDevicePrimaryCtxRetain: context, device.</summary>
    public delegate* unmanaged[Cdecl]<CuContext*, int, CudaResult> DevicePrimaryCtxRetain;
    /// <summary>cuDevicePrimaryCtxRelease_v2: device.</summary>
    public delegate* unmanaged[Cdecl]<int, CudaResult> DevicePrimaryCtxRelease;
    /// <summary>cuDevicePrimaryCtxReset_v2: device.</summary>
    public delegate* unmanaged[Cdecl]<int, CudaResult> DevicePrimaryCtxReset;
    /// <summary>cuDevicePrimaryCtxSetFlags_v2: device, flags.</summary>
    public delegate* unmanaged[Cdecl]<int, CudaContextFlags, CudaResult> DevicePrimaryCtxSetFlags;
    /// <summary>cuDevicePrimaryCtxGetState: device, flags, active.</summary>
    public delegate* unmanaged[Cdecl]<int, CudaContextFlags*, int*, CudaResult> DevicePrimaryCtxGetState;
    /// <summary>cuCtxSetCurrent: context.</summary>
    public delegate* unmanaged[Cdecl]<CuContext, CudaResult> CtxSetCurrent;
    /// <summary>cuCtxGetCurrent: context.</summary>
    public delegate* unmanaged[Cdecl]<CuContext*, CudaResult> CtxGetCurrent;
    /// <summary>cuCtxPushCurrent_v2: context.</summary>
    public delegate* unmanaged[Cdecl]<CuContext, CudaResult> CtxPushCurrent;
    /// <summary>cuCtxPopCurrent_v2: context.</summary>
    public delegate* unmanaged[Cdecl]<CuContext*, CudaResult> CtxPopCurrent;
    /// <summary>cuCtxGetDevice: device.</summary>
    public delegate* unmanaged[Cdecl]<int*, CudaResult> CtxGetDevice;
    /// <summary>cuCtxSynchronize.</summary>
    public delegate* unmanaged[Cdecl]<CudaResult> CtxSynchronize;
    /// <summary>cuCtxGetStreamPriorityRange: least, greatest (the greater priority is the smaller number).</summary>
    public delegate* unmanaged[Cdecl]<int*, int*, CudaResult> CtxGetStreamPriorityRange;

    // Modules and functions
    /// <summary>cuModuleLoadData: module, image.</summary>
    public delegate* unmanaged[Cdecl]<CuModule*, void*, CudaResult> ModuleLoadData;
    /// <summary>cuModuleLoadDataEx: module, image, option count, options, values.</summary>
    public delegate* unmanaged[Cdecl]<CuModule*, void*, uint, CudaJitOption*, void**, CudaResult> ModuleLoadDataEx;
    /// <summary>cuModuleUnload: module.</summary>
    public delegate* unmanaged[Cdecl]<CuModule, CudaResult> ModuleUnload;
    /// <summary>cuModuleGetFunction: function, module, name.</summary>
    public delegate* unmanaged[Cdecl]<CuFunction*, CuModule, byte*, CudaResult> ModuleGetFunction;
    /// <summary>cuModuleGetGlobal_v2: address, bytes, module, name.</summary>
    public delegate* unmanaged[Cdecl]<ulong*, nuint*, CuModule, byte*, CudaResult> ModuleGetGlobal;
    /// <summary>cuFuncGetAttribute: value, attribute, function.</summary>
    public delegate* unmanaged[Cdecl]<int*, CudaFunctionAttribute, CuFunction, CudaResult> FuncGetAttribute;
    /// <summary>cuFuncSetAttribute: function, attribute, value.</summary>
    public delegate* unmanaged[Cdecl]<CuFunction, CudaFunctionAttribute, int, CudaResult> FuncSetAttribute;
    /// <summary>cuLaunchKernel: function, grid x y z, block x y z, dynamic shared bytes, stream, parameters, extra.</summary>
    public delegate* unmanaged[Cdecl]<CuFunction, uint, uint, uint, uint, uint, uint, uint, CuStream, void**, void**, CudaResult> LaunchKernel;

    // Device memory
    /// <summary>cuMemAlloc_v2: address, bytes.</summary>
    public delegate* unmanaged[Cdecl]<ulong*, nuint, CudaResult> MemAlloc;
    /// <summary>cuMemFree_v2: address.</summary>
    public delegate* unmanaged[Cdecl]<ulong, CudaResult> MemFree;
    /// <summary>cuMemGetInfo_v2: free, total.</summary>
    public delegate* unmanaged[Cdecl]<nuint*, nuint*, CudaResult> MemGetInfo;
    /// <summary>cuMemGetAddressRange_v2: base, bytes, address.</summary>
    public delegate* unmanaged[Cdecl]<ulong*, nuint*, ulong, CudaResult> MemGetAddressRange;
    /// <summary>cuMemcpyHtoD_v2: destination, source, bytes.</summary>
    public delegate* unmanaged[Cdecl]<ulong, void*, nuint, CudaResult> MemcpyHtoD;
    /// <summary>cuMemcpyDtoH_v2: destination, source, bytes.</summary>
    public delegate* unmanaged[Cdecl]<void*, ulong, nuint, CudaResult> MemcpyDtoH;
    /// <summary>cuMemcpyDtoD_v2: destination, source, bytes.</summary>
    public delegate* unmanaged[Cdecl]<ulong, ulong, nuint, CudaResult> MemcpyDtoD;
    /// <summary>cuMemcpyHtoDAsync_v2: destination, source, bytes, stream.</summary>
    public delegate* unmanaged[Cdecl]<ulong, void*, nuint, CuStream, CudaResult> MemcpyHtoDAsync;
    /// <summary>cuMemcpyDtoHAsync_v2: destination, source, bytes, stream.</summary>
    public delegate* unmanaged[Cdecl]<void*, ulong, nuint, CuStream, CudaResult> MemcpyDtoHAsync;
    /// <summary>cuMemcpyDtoDAsync_v2: destination, source, bytes, stream.</summary>
    public delegate* unmanaged[Cdecl]<ulong, ulong, nuint, CuStream, CudaResult> MemcpyDtoDAsync;
    /// <summary>cuMemsetD8_v2: address, value, elements.</summary>
    public delegate* unmanaged[Cdecl]<ulong, byte, nuint, CudaResult> MemsetD8;
    /// <summary>cuMemsetD32_v2: address, value, elements.</summary>
    public delegate* unmanaged[Cdecl]<ulong, uint, nuint, CudaResult> MemsetD32;
    /// <summary>cuMemsetD8Async: address, value, elements, stream.</summary>
    public delegate* unmanaged[Cdecl]<ulong, byte, nuint, CuStream, CudaResult> MemsetD8Async;
    /// <summary>cuMemsetD32Async: address, value, elements, stream.</summary>
    public delegate* unmanaged[Cdecl]<ulong, uint, nuint, CuStream, CudaResult> MemsetD32Async;

    // Pinned host memory
    /// <summary>cuMemHostAlloc: address, bytes, flags.</summary>
    public delegate* unmanaged[Cdecl]<void**, nuint, CudaHostAllocFlags, CudaResult> MemHostAlloc;
    /// <summary>cuMemFreeHost: address.</summary>
    public delegate* unmanaged[Cdecl]<void*, CudaResult> MemFreeHost;
    /// <summary>cuMemHostGetDevicePointer_v2: device address, host address, flags (0).</summary>
    public delegate* unmanaged[Cdecl]<ulong*, void*, uint, CudaResult> MemHostGetDevicePointer;
    /// <summary>cuMemHostRegister_v2: address, bytes, flags.</summary>
    public delegate* unmanaged[Cdecl]<void*, nuint, CudaHostRegisterFlags, CudaResult> MemHostRegister;
    /// <summary>cuMemHostUnregister: address.</summary>
    public delegate* unmanaged[Cdecl]<void*, CudaResult> MemHostUnregister;

    // Streams
    /// <summary>cuStreamCreate: stream, flags.</summary>
    public delegate* unmanaged[Cdecl]<CuStream*, CudaStreamFlags, CudaResult> StreamCreate;
    /// <summary>cuStreamCreateWithPriority: stream, flags, priority.</summary>
    public delegate* unmanaged[Cdecl]<CuStream*, CudaStreamFlags, int, CudaResult> StreamCreateWithPriority;
    /// <summary>cuStreamDestroy_v2: stream.</summary>
    public delegate* unmanaged[Cdecl]<CuStream, CudaResult> StreamDestroy;
    /// <summary>cuStreamSynchronize: stream.</summary>
    public delegate* unmanaged[Cdecl]<CuStream, CudaResult> StreamSynchronize;
    /// <summary>cuStreamQuery: stream.</summary>
    public delegate* unmanaged[Cdecl]<CuStream, CudaResult> StreamQuery;
    /// <summary>cuStreamWaitEvent: stream, event, flags (0).</summary>
    public delegate* unmanaged[Cdecl]<CuStream, CuEvent, uint, CudaResult> StreamWaitEvent;
    /// <summary>cuStreamGetFlags: stream, flags.</summary>
    public delegate* unmanaged[Cdecl]<CuStream, CudaStreamFlags*, CudaResult> StreamGetFlags;
    /// <summary>cuStreamGetPriority: stream, priority.</summary>
    public delegate* unmanaged[Cdecl]<CuStream, int*, CudaResult> StreamGetPriority;

    // Events
    /// <summary>cuEventCreate: event, flags.</summary>
    public delegate* unmanaged[Cdecl]<CuEvent*, CudaEventFlags, CudaResult> EventCreate;
    /// <summary>cuEventDestroy_v2: event.</summary>
    public delegate* unmanaged[Cdecl]<CuEvent, CudaResult> EventDestroy;
    /// <summary>cuEventRecord: event, stream.</summary>
    public delegate* unmanaged[Cdecl]<CuEvent, CuStream, CudaResult> EventRecord;
    /// <summary>cuEventQuery: event.</summary>
    public delegate* unmanaged[Cdecl]<CuEvent, CudaResult> EventQuery;
    /// <summary>cuEventSynchronize: event.</summary>
    public delegate* unmanaged[Cdecl]<CuEvent, CudaResult> EventSynchronize;
    /// <summary>cuEventElapsedTime: milliseconds, start, end.</summary>
    public delegate* unmanaged[Cdecl]<float*, CuEvent, CuEvent, CudaResult> EventElapsedTime;

    // Graphs
    /// <summary>cuStreamBeginCapture_v2: stream, mode.</summary>
    public delegate* unmanaged[Cdecl]<CuStream, CudaCaptureMode, CudaResult> StreamBeginCapture;
    /// <summary>cuStreamEndCapture: stream, graph.</summary>
    public delegate* unmanaged[Cdecl]<CuStream, CuGraph*, CudaResult> StreamEndCapture;
    /// <summary>cuStreamIsCapturing: stream, status.</summary>
    public delegate* unmanaged[Cdecl]<CuStream, CudaCaptureStatus*, CudaResult> StreamIsCapturing;
    /// <summary>cuThreadExchangeStreamCaptureMode: mode in, previous mode out.</summary>
    public delegate* unmanaged[Cdecl]<CudaCaptureMode*, CudaResult> ThreadExchangeStreamCaptureMode;
    /// <summary>cuGraphGetNodes: graph, nodes or null, count in and out.</summary>
    public delegate* unmanaged[Cdecl]<CuGraph, CuGraphNode*, nuint*, CudaResult> GraphGetNodes;
    /// <summary>cuGraphInstantiateWithFlags: executable, graph, flags.</summary>
    public delegate* unmanaged[Cdecl]<CuGraphExec*, CuGraph, ulong, CudaResult> GraphInstantiateWithFlags;
    /// <summary>cuGraphExecUpdate_v2: executable, graph, what did not fit.</summary>
    public delegate* unmanaged[Cdecl]<CuGraphExec, CuGraph, CudaGraphUpdateInfo*, CudaResult> GraphExecUpdate;
    /// <summary>cuGraphLaunch: executable, stream.</summary>
    public delegate* unmanaged[Cdecl]<CuGraphExec, CuStream, CudaResult> GraphLaunch;
    /// <summary>cuGraphExecDestroy: executable.</summary>
    public delegate* unmanaged[Cdecl]<CuGraphExec, CudaResult> GraphExecDestroy;
    /// <summary>cuGraphDestroy: graph.</summary>
    public delegate* unmanaged[Cdecl]<CuGraph, CudaResult> GraphDestroy;

    // Occupancy
    /// <summary>cuOccupancyMaxActiveBlocksPerMultiprocessor: blocks, function, block size, dynamic shared bytes.</summary>
    public delegate* unmanaged[Cdecl]<int*, CuFunction, int, nuint, CudaResult> OccupancyMaxActiveBlocksPerMultiprocessor;
    /// <summary>cuOccupancyMaxPotentialBlockSize: grid size, block size, function, shared bytes of a block size or null, dynamic shared bytes, block size limit.</summary>
    public delegate* unmanaged[Cdecl]<int*, int*, CuFunction, delegate* unmanaged[Cdecl]<int, nuint>, nuint, int, CudaResult> OccupancyMaxPotentialBlockSize;

#pragma warning restore CA1051

    /// <summary>The entries as addresses, in the order of <see cref="CudaSymbols.All"/>; zero where an entry is not filled.</summary>
    public Span<nint> Entries
    {
        get
        {
            fixed (void* first = &Init)
            {
                // The span's reference is into this object, which the span keeps alive and the collector tracks.
                return MemoryMarshal.CreateSpan(ref *(nint*)first, CudaSymbols.All.Length);
            }
        }
    }

    /// <summary>A table with the same entries, to be changed on its own.</summary>
    public CudaApi Clone()
    {
        var copy = new CudaApi();
        Entries.CopyTo(copy.Entries);
        return copy;
    }
}
