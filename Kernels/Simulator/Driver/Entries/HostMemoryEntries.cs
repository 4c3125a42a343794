using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver.Entries;

/// <summary>Page-locked host memory.</summary>
internal static unsafe class HostMemoryEntries
{
    public static void Fill(CudaApi api)
    {
        api.MemHostAlloc = &MemHostAlloc;
        api.MemFreeHost = &MemFreeHost;
        api.MemHostGetDevicePointer = &MemHostGetDevicePointer;
        api.MemHostRegister = &MemHostRegister;
        api.MemHostUnregister = &MemHostUnregister;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostAlloc(void** address, nuint bytes, CudaHostAllocFlags flags) => DriverState.UnsafeCall(context =>
    {
        const CudaHostAllocFlags Known = CudaHostAllocFlags.Portable | CudaHostAllocFlags.DeviceMap | CudaHostAllocFlags.WriteCombined;
        return address == null || (flags & ~Known) != 0 ? CudaResult.InvalidValue : context.Pinned.Allocate(address, bytes);
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemFreeHost(void* address) => DriverState.UnsafeCall(context =>
    {
        CudaResult result = context.Drain();
        return result != CudaResult.Success ? result : context.Pinned.Free((nint)address);
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostGetDevicePointer(ulong* device, void* address, uint flags) => DriverState.ContextCall(context =>
        device == null || flags != 0 ? CudaResult.InvalidValue : context.Pinned.GetDevicePointer((nint)address, out *device));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostRegister(void* address, nuint bytes, CudaHostRegisterFlags flags) => DriverState.UnsafeCall(context =>
    {
        const CudaHostRegisterFlags Known = CudaHostRegisterFlags.Portable | CudaHostRegisterFlags.DeviceMap | CudaHostRegisterFlags.ReadOnly;
        return (flags & ~Known) != 0 ? CudaResult.InvalidValue : context.Pinned.Register((nint)address, bytes);
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostUnregister(void* address) => DriverState.UnsafeCall(context =>
    {
        CudaResult result = context.Drain();
        return result != CudaResult.Success ? result : context.Pinned.Unregister((nint)address);
    });
}
