using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver.Entries;

/// <summary>Events.</summary>
internal static unsafe class EventEntries
{
    public static void Fill(CudaApi api)
    {
        api.EventCreate = &EventCreate;
        api.EventDestroy = &EventDestroy;
        api.EventRecord = &EventRecord;
        api.EventQuery = &EventQuery;
        api.EventSynchronize = &EventSynchronize;
        api.EventElapsedTime = &EventElapsedTime;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventCreate(CuEvent* created, CudaEventFlags flags) => DriverState.ContextCall(context =>
    {
        const CudaEventFlags Known = CudaEventFlags.BlockingSync | CudaEventFlags.DisableTiming | CudaEventFlags.Interprocess;
        if (created == null || (flags & ~Known) != 0)
        {
            return CudaResult.InvalidValue;
        }

        if ((flags & CudaEventFlags.Interprocess) != 0)
        {
            return (flags & CudaEventFlags.DisableTiming) == 0 ? CudaResult.InvalidValue : CudaResult.NotSupported;
        }

        *created = new(context.Handles.Add(new DriverEvent(flags)));
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventDestroy(CuEvent destroyed) => DriverState.ContextCall(context =>
        context.Handles.Remove(destroyed.Value, out DriverEvent? _) ? CudaResult.Success : CudaResult.InvalidHandle);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventRecord(CuEvent recorded, CuStream stream) => DriverState.ContextCall(context =>
    {
        if (!context.Handles.TryGet(recorded.Value, out DriverEvent? known) || !context.TryGetStream(stream, out DriverStream target))
        {
            return CudaResult.InvalidHandle;
        }

        CudaResult legal = context.Captures.CheckUse(target);
        if (legal != CudaResult.Success)
        {
            return legal;
        }

        if (target.Capture is { } capture)
        {
            known.RecordIn(capture, [.. target.Frontier]);
        }
        else
        {
            var record = new RecordWork();
            known.RecordIn(context.Enqueue(target, record), record);
        }

        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventQuery(CuEvent queried) => DriverState.ContextCall(context =>
    {
        CudaResult result = CheckWait(context, queried, out DriverEvent? known);
        if (result != CudaResult.Success || known!.Pending is not { } pending)
        {
            return result;
        }

        context.Queue.Advance(pending);
        return context.Sticky != CudaResult.Success ? context.Sticky : CudaResult.NotReady;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventSynchronize(CuEvent awaited) => DriverState.ContextCall(context =>
    {
        CudaResult result = CheckWait(context, awaited, out DriverEvent? known);
        if (result != CudaResult.Success)
        {
            return result;
        }

        context.Queue.RunUntilDone(known!.Pending);
        return context.Sticky;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult EventElapsedTime(float* milliseconds, CuEvent start, CuEvent end) => DriverState.ContextCall(context =>
    {
        if (milliseconds == null)
        {
            return CudaResult.InvalidValue;
        }

        bool known = context.Handles.TryGet(start.Value, out DriverEvent? first) & context.Handles.TryGet(end.Value, out DriverEvent? last);
        if (!known || !first!.HasTiming || !last!.HasTiming || !first.WasRecorded || !last.WasRecorded)
        {
            return CudaResult.InvalidHandle;
        }

        if (first.Pending != null || last.Pending != null)
        {
            return CudaResult.NotReady;
        }

        *milliseconds = last.MillisecondsSince(first);
        return CudaResult.Success;
    });

    private static CudaResult CheckWait(DriverContext context, CuEvent awaited, out DriverEvent? known)
    {
        if (!context.Handles.TryGet(awaited.Value, out known))
        {
            return CudaResult.InvalidHandle;
        }

        return known.Capture is { } capture
            ? CaptureRegistry.Invalidate(capture, CudaResult.CapturedEvent)
            : context.Captures.CheckUnsafeCall();
    }
}
