using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace WrnEngine.Kernels.Driver;

/// <summary>
/// A driver that computes nothing: memory is addresses without bytes, launches and copies are forgotten. Host code runs on its table as on any other, and so
/// shows at once what it asks of a device: how much memory a step needs that does not fit into the real one. What is read back is undefined.
/// </summary>
public static unsafe class DryRunDriver
{
    private const long Unit = 512;

    private static CudaDeviceInfo _device = new(0, "", "", 0, 0, 0, 0);
    private static long _nextAddress = 1L << 40;

    /// <summary>A table with one device that is like another but for its memory, which has no end. The last one that was made is in force, for all.</summary>
    public static CudaApi Create(CudaDeviceInfo device)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        var api = new CudaApi();
        // With this calling convention it is the caller who clears the arguments away: one function answers for every entry that has nothing to say.
        delegate* unmanaged[Cdecl]<CudaResult> nothing = &Nothing;
        api.Entries.Fill((nint)nothing);
        api.DriverGetVersion = &DriverGetVersion;
        api.DeviceGetCount = &DeviceGetCount;
        api.DeviceGetName = &DeviceGetName;
        api.DeviceTotalMem = &DeviceTotalMem;
        api.DeviceGetAttribute = &DeviceGetAttribute;
        api.DevicePrimaryCtxRetain = &DevicePrimaryCtxRetain;
        api.ModuleLoadDataEx = &ModuleLoadDataEx;
        api.ModuleGetFunction = &ModuleGetFunction;
        api.MemAlloc = &MemAlloc;
        api.MemGetInfo = &MemGetInfo;
        api.MemHostAlloc = &MemHostAlloc;
        api.MemFreeHost = &MemFreeHost;
        api.StreamCreate = &StreamCreate;
        api.StreamIsCapturing = &StreamIsCapturing;
        return api;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult Nothing() => CudaResult.Success;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DriverGetVersion(int* version) => Write(version, int.MaxValue);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetCount(int* count) => Write(count, 1);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetName(byte* name, int length, int device)
    {
        Encoding.UTF8.TryGetBytes(_device.Name, new Span<byte>(name, length - 1), out int written);
        return Write(name + written, (byte)0);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceTotalMem(nuint* bytes, int device) => Write(bytes, nuint.MaxValue / 2);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DeviceGetAttribute(int* value, CudaDeviceAttribute attribute, int device) => Write(value, attribute switch
    {
        CudaDeviceAttribute.ComputeCapabilityMajor => _device.Major,
        CudaDeviceAttribute.ComputeCapabilityMinor => _device.Minor,
        CudaDeviceAttribute.MultiprocessorCount => _device.Multiprocessors,
        _ => 0,
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxRetain(CuContext* context, int device) => Write(context, new CuContext(1));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleLoadDataEx(CuModule* module, void* image, uint count, CudaJitOption* options, void** values) => Write(module, new CuModule(1));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ModuleGetFunction(CuFunction* function, CuModule module, byte* name) => Write(function, new CuFunction(1));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemAlloc(ulong* address, nuint bytes) =>
        Write(address, (ulong)Interlocked.Add(ref _nextAddress, ((long)bytes + Unit - 1) / Unit * Unit) - (ulong)(((long)bytes + Unit - 1) / Unit * Unit));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemGetInfo(nuint* free, nuint* total)
    {
        Write(free, nuint.MaxValue / 2);
        return Write(total, nuint.MaxValue / 2);
    }

    // The host reads and writes these bytes itself: they are there.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemHostAlloc(void** address, nuint bytes, CudaHostAllocFlags flags)
    {
        try
        {
            *address = NativeMemory.Alloc(bytes);
            return CudaResult.Success;
        }
        catch (OutOfMemoryException)
        {
            return CudaResult.OutOfMemory;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemFreeHost(void* address)
    {
        NativeMemory.Free(address);
        return CudaResult.Success;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamCreate(CuStream* stream, CudaStreamFlags flags) => Write(stream, new CuStream(16));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamIsCapturing(CuStream stream, CudaCaptureStatus* status) => Write(status, CudaCaptureStatus.None);

    private static CudaResult Write<T>(T* target, T value)
        where T : unmanaged
    {
        *target = value;
        return CudaResult.Success;
    }
}
