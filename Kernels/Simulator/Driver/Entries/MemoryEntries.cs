using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Driver.Entries;

/// <summary>Device memory: allocation, copies and fills.</summary>
internal static unsafe class MemoryEntries
{
    public static void Fill(CudaApi api)
    {
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
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemAlloc(ulong* address, nuint bytes) => DriverState.UnsafeCall(context =>
    {
        if (address == null || bytes == 0)
        {
            return CudaResult.InvalidValue;
        }

        return bytes <= long.MaxValue && context.Memory.TryAllocate((long)bytes, out *address) ? CudaResult.Success : CudaResult.OutOfMemory;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemFree(ulong address) => DriverState.UnsafeCall(context =>
    {
        if (address == 0)
        {
            return CudaResult.Success;
        }

        if (context.Pinned.OwnsDeviceAddress(address))
        {
            return CudaResult.InvalidValue;
        }

        // What is in flight may still use the memory: the call waits for it, as the real one does.
        CudaResult result = context.Drain();
        return result != CudaResult.Success ? result : Free(context, address);
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemGetInfo(nuint* free, nuint* total) => DriverState.ContextCall(context =>
    {
        if (free == null || total == null)
        {
            return CudaResult.InvalidValue;
        }

        *free = (nuint)(context.Memory.Free + context.Pinned.BytesInWindow);
        *total = (nuint)context.Memory.Capacity;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemGetAddressRange(ulong* start, nuint* bytes, ulong address) => DriverState.ContextCall(context =>
    {
        if (context.Memory.FindAllocation(address) is not { } allocation)
        {
            return CudaResult.NotFound;
        }

        if (start != null)
        {
            *start = allocation.Address;
        }

        if (bytes != null)
        {
            *bytes = (nuint)allocation.Size;
        }

        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyHtoD(ulong destination, void* source, nuint bytes) =>
        DriverState.ContextCall(context => CopyAndWait(context, CopyKind.HostToDevice, destination, (ulong)source, bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyDtoH(void* destination, ulong source, nuint bytes) =>
        DriverState.ContextCall(context => CopyAndWait(context, CopyKind.DeviceToHost, (ulong)destination, source, bytes));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyDtoD(ulong destination, ulong source, nuint bytes) =>
        DriverState.ContextCall(context => Copy(context, CopyKind.DeviceToDevice, destination, source, bytes, context.Legacy));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyHtoDAsync(ulong destination, void* source, nuint bytes, CuStream stream) =>
        DriverState.ContextCall(context => CopyIn(context, CopyKind.HostToDevice, destination, (ulong)source, bytes, stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyDtoHAsync(void* destination, ulong source, nuint bytes, CuStream stream) =>
        DriverState.ContextCall(context => CopyIn(context, CopyKind.DeviceToHost, (ulong)destination, source, bytes, stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, CuStream stream) =>
        DriverState.ContextCall(context => CopyIn(context, CopyKind.DeviceToDevice, destination, source, bytes, stream));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemsetD8(ulong address, byte value, nuint count) =>
        DriverState.ContextCall(context => Fill(context, address, value, 1, count, context.Legacy));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemsetD32(ulong address, uint value, nuint count) =>
        DriverState.ContextCall(context => Fill(context, address, value, 4, count, context.Legacy));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemsetD8Async(ulong address, byte value, nuint count, CuStream stream) => DriverState.ContextCall(context =>
        context.TryGetStream(stream, out DriverStream target) ? Fill(context, address, value, 1, count, target) : CudaResult.InvalidHandle);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult MemsetD32Async(ulong address, uint value, nuint count, CuStream stream) => DriverState.ContextCall(context =>
        context.TryGetStream(stream, out DriverStream target) ? Fill(context, address, value, 4, count, target) : CudaResult.InvalidHandle);

    /// <summary>Pageable bytes up to this size are copied aside by the call, so that the caller may reuse its memory at once.</summary>
    private const int StagedBytes = 64 << 10;

    private static CudaResult Free(DriverContext context, ulong address)
    {
        FreeOutcome outcome = context.Memory.Release(address);
        if (outcome == FreeOutcome.Freed)
        {
            return CudaResult.Success;
        }

        if (SimulatorDriver.Options.Checks.HasFlag(CheckKinds.Memcheck))
        {
            string message = outcome == FreeOutcome.AlreadyFreed ? "double free" : "free of an address that is not the start of an allocation";
            SimulatorDriver.Report(new Finding { Check = CheckKinds.Memcheck, Message = message, Address = address });
        }

        return CudaResult.InvalidValue;
    }

    /// <summary>A copy that the caller may rely on when the call returns. It belongs to the default stream.</summary>
    private static CudaResult CopyAndWait(DriverContext context, CopyKind kind, ulong destination, ulong source, nuint bytes)
    {
        CudaResult result = context.Captures.CheckLegacy();
        if (result == CudaResult.Success)
        {
            result = context.Captures.CheckUnsafeCall();
        }

        if (result == CudaResult.Success)
        {
            result = Copy(context, kind, destination, source, bytes, context.Legacy);
        }

        return result == CudaResult.Success ? context.Synchronize(context.Legacy) : result;
    }

    private static CudaResult CopyIn(DriverContext context, CopyKind kind, ulong destination, ulong source, nuint bytes, CuStream stream) =>
        context.TryGetStream(stream, out DriverStream target)
            ? Copy(context, kind, destination, source, bytes, target)
            : CudaResult.InvalidHandle;

    private static CudaResult Copy(DriverContext context, CopyKind kind, ulong destination, ulong source, nuint size, DriverStream stream)
    {
        if (size == 0)
        {
            return CudaResult.Success;
        }

        long bytes = size <= long.MaxValue ? (long)size : -1;
        bool valid = bytes > 0
            && (kind == CopyKind.DeviceToHost ? destination != 0 : context.Memory.Contains(destination, bytes))
            && (kind == CopyKind.HostToDevice ? source != 0 : context.Memory.Contains(source, bytes));
        if (!valid)
        {
            return CudaResult.InvalidValue;
        }

        // In a capture the host's memory is read or written by each replay. Outside of one, only page-locked memory is touched later.
        ulong host = kind == CopyKind.HostToDevice ? source : destination;
        bool isPageable = kind != CopyKind.DeviceToDevice && stream.Capture == null && !context.Pinned.Contains((nint)host, bytes);
        byte[]? staged = isPageable && kind == CopyKind.HostToDevice && bytes <= StagedBytes
            ? new ReadOnlySpan<byte>((void*)source, (int)bytes).ToArray()
            : null;
        CudaResult result = context.Submit(stream, new CopyWork(kind, destination, source, bytes, staged));
        if (result == CudaResult.Success && isPageable && staged == null)
        {
            context.Queue.RunUntilDone(stream.Last);
            return context.Sticky;
        }

        return result;
    }

    private static CudaResult Fill(DriverContext context, ulong address, uint value, int elementSize, nuint count, DriverStream stream)
    {
        if (count == 0)
        {
            return CudaResult.Success;
        }

        bool valid = address % (ulong)elementSize == 0 && count <= int.MaxValue * 1024UL
            && context.Memory.Contains(address, (long)count * elementSize);
        return valid ? context.Submit(stream, new MemsetWork(address, value, elementSize, (long)count)) : CudaResult.InvalidValue;
    }
}
