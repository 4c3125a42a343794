using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver.Entries;

/// <summary>Primary context and the stack of current contexts of each thread.</summary>
internal static unsafe class ContextEntries
{
    public static void Fill(CudaApi api)
    {
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
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxRetain(CuContext* context, int device) => DriverState.DeviceCall(device, _ =>
    {
        if (context == null)
        {
            return CudaResult.InvalidValue;
        }

        DriverState.RetainPrimary();
        *context = DriverState.PrimaryHandle;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxRelease(int device) => DriverState.DeviceCall(device, _ => DriverState.ReleasePrimary());

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxReset(int device) => DriverState.DeviceCall(device, _ =>
    {
        DriverState.DestroyPrimary();
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxSetFlags(int device, CudaContextFlags flags) => DriverState.DeviceCall(device, _ =>
    {
        const CudaContextFlags Known = CudaContextFlags.SchedSpin | CudaContextFlags.SchedYield | CudaContextFlags.SchedBlockingSync
            | CudaContextFlags.MapHost | CudaContextFlags.LmemResizeToMax;
        if ((flags & ~Known) != 0)
        {
            return CudaResult.InvalidValue;
        }

        DriverState.PrimaryFlags = flags;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult DevicePrimaryCtxGetState(int device, CudaContextFlags* flags, int* active) => DriverState.DeviceCall(device, _ =>
    {
        if (flags == null || active == null)
        {
            return CudaResult.InvalidValue;
        }

        *flags = DriverState.PrimaryFlags;
        *active = DriverState.IsPrimaryActive ? 1 : 0;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxSetCurrent(CuContext context) => DriverState.DriverCall(() =>
    {
        if (context != default && context != DriverState.PrimaryHandle)
        {
            return CudaResult.InvalidContext;
        }

        // Replaces the top of the stack; the null context takes it away.
        DriverState.ContextStack.TryPop(out CuContext _);
        if (context != default)
        {
            DriverState.ContextStack.Push(context);
        }

        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxGetCurrent(CuContext* context) => DriverState.DriverCall(() =>
    {
        if (context == null)
        {
            return CudaResult.InvalidValue;
        }

        *context = DriverState.ContextStack.TryPeek(out CuContext current) ? current : default;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxPushCurrent(CuContext context) => DriverState.DriverCall(() =>
    {
        if (context != DriverState.PrimaryHandle)
        {
            return CudaResult.InvalidContext;
        }

        DriverState.ContextStack.Push(context);
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxPopCurrent(CuContext* context) => DriverState.DriverCall(() =>
    {
        if (!DriverState.ContextStack.TryPop(out CuContext popped))
        {
            return CudaResult.InvalidContext;
        }

        if (context != null)
        {
            *context = popped;
        }

        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxGetDevice(int* device) => DriverState.ContextCall(_ =>
    {
        if (device == null)
        {
            return CudaResult.InvalidValue;
        }

        *device = 0;
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxSynchronize() => DriverState.ContextCall(context =>
    {
        CudaResult legal = context.Captures.CheckContextWide();
        return legal != CudaResult.Success ? legal : context.Drain();
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult CtxGetStreamPriorityRange(int* least, int* greatest) => DriverState.ContextCall(_ =>
    {
        if (least != null)
        {
            *least = StreamEntries.LeastPriority;
        }

        if (greatest != null)
        {
            *greatest = StreamEntries.GreatestPriority;
        }

        return CudaResult.Success;
    });
}
