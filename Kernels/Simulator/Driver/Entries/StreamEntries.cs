using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver.Entries;

/// <summary>Streams.</summary>
internal static unsafe class StreamEntries
{
    public static void Fill(CudaApi api)
    {
        api.StreamCreate = &StreamCreate;
        api.StreamCreateWithPriority = &StreamCreateWithPriority;
        api.StreamDestroy = &StreamDestroy;
        api.StreamSynchronize = &StreamSynchronize;
        api.StreamQuery = &StreamQuery;
        api.StreamWaitEvent = &StreamWaitEvent;
        api.StreamGetFlags = &StreamGetFlags;
        api.StreamGetPriority = &StreamGetPriority;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamCreate(CuStream* stream, CudaStreamFlags flags) =>
        DriverState.ContextCall(context => Create(context, stream, flags, 0));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamCreateWithPriority(CuStream* stream, CudaStreamFlags flags, int priority) =>
        DriverState.ContextCall(context => Create(context, stream, flags, Math.Clamp(priority, GreatestPriority, LeastPriority)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamDestroy(CuStream stream) => DriverState.ContextCall(context =>
    {
        if (!context.Handles.TryGet(stream.Value, out DriverStream? known))
        {
            return CudaResult.InvalidHandle;
        }

        if (known.Capture is { } capture)
        {
            return CaptureRegistry.Invalidate(capture, CudaResult.StreamCaptureUnsupported);
        }

        // What the stream holds is still done; only the handle goes.
        known.IsRetired = true;
        context.Handles.Remove(stream.Value, out DriverStream? _);
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamSynchronize(CuStream stream) => DriverState.ContextCall(context =>
    {
        CudaResult result = CheckWait(context, stream, out DriverStream target);
        return result != CudaResult.Success ? result : context.Synchronize(target);
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamQuery(CuStream stream) => DriverState.ContextCall(context =>
    {
        CudaResult result = CheckWait(context, stream, out DriverStream target);
        if (result != CudaResult.Success)
        {
            return result;
        }

        if (context.Outstanding(target) is not { } work)
        {
            return CudaResult.Success;
        }

        context.Queue.Advance(work);
        return context.Sticky != CudaResult.Success ? context.Sticky : CudaResult.NotReady;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamWaitEvent(CuStream stream, CuEvent after, uint flags) => DriverState.ContextCall(context =>
    {
        if (flags != 0)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.TryGetStream(stream, out DriverStream target) || !context.Handles.TryGet(after.Value, out DriverEvent? known))
        {
            return CudaResult.InvalidHandle;
        }

        if (known.Capture != null)
        {
            return CaptureRegistry.Join(target, known);
        }

        CudaResult legal = context.Captures.CheckUse(target);
        if (legal != CudaResult.Success)
        {
            return legal;
        }

        if (target.Capture is { } capture)
        {
            // A graph cannot wait for something outside of it; an event that was never recorded is nothing to wait for.
            return known.WasRecorded ? CaptureRegistry.Invalidate(capture, CudaResult.StreamCaptureIsolation) : CudaResult.Success;
        }

        if (known.Pending is { } pending)
        {
            context.Enqueue(target, EmptyWork.Instance, pending);
        }

        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamGetFlags(CuStream stream, CudaStreamFlags* flags) => DriverState.ContextCall(context =>
    {
        if (flags == null)
        {
            return CudaResult.InvalidValue;
        }

        bool found = context.TryGetStream(stream, out DriverStream target);
        *flags = target.Flags;
        return found ? CudaResult.Success : CudaResult.InvalidHandle;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamGetPriority(CuStream stream, int* priority) => DriverState.ContextCall(context =>
    {
        if (priority == null)
        {
            return CudaResult.InvalidValue;
        }

        bool found = context.TryGetStream(stream, out DriverStream target);
        *priority = target.Priority;
        return found ? CudaResult.Success : CudaResult.InvalidHandle;
    });

    /// <summary>The range of a compute GPU; a smaller number is more urgent. Priorities change nothing about results.</summary>
    internal const int LeastPriority = 0;

    internal const int GreatestPriority = -5;

    private static CudaResult Create(DriverContext context, CuStream* stream, CudaStreamFlags flags, int priority)
    {
        if (stream == null || (flags & ~CudaStreamFlags.NonBlocking) != 0)
        {
            return CudaResult.InvalidValue;
        }

        *stream = new(context.Handles.Add(context.AddStream(flags, priority)));
        return CudaResult.Success;
    }

    private static CudaResult CheckWait(DriverContext context, CuStream stream, out DriverStream target)
    {
        if (!context.TryGetStream(stream, out target))
        {
            return CudaResult.InvalidHandle;
        }

        if (target.Capture is { } capture)
        {
            return CaptureRegistry.Invalidate(capture, CudaResult.StreamCaptureUnsupported);
        }

        CudaResult legal = target.IsLegacy ? context.Captures.CheckLegacy() : CudaResult.Success;
        return legal != CudaResult.Success ? legal : context.Captures.CheckUnsafeCall();
    }
}
