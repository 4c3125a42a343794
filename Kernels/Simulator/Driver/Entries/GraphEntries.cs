using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver.Entries;

/// <summary>Stream capture and graphs.</summary>
internal static unsafe class GraphEntries
{
    public static void Fill(CudaApi api)
    {
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
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamBeginCapture(CuStream stream, CudaCaptureMode mode) => DriverState.ContextCall(context =>
    {
        if (!Enum.IsDefined(mode))
        {
            return CudaResult.InvalidValue;
        }

        return context.TryGetStream(stream, out DriverStream target) ? context.Captures.Begin(target, mode) : CudaResult.InvalidHandle;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamEndCapture(CuStream stream, CuGraph* graph) => DriverState.ContextCall(context =>
    {
        if (graph == null)
        {
            return CudaResult.InvalidValue;
        }

        *graph = default;
        if (!context.TryGetStream(stream, out DriverStream target))
        {
            return CudaResult.InvalidHandle;
        }

        CudaResult result = context.Captures.End(target, out DriverGraph? captured);
        if (captured != null)
        {
            *graph = new(context.Handles.Add(captured));
        }

        return result;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult StreamIsCapturing(CuStream stream, CudaCaptureStatus* status) => DriverState.ContextCall(context =>
    {
        if (status == null)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.TryGetStream(stream, out DriverStream target))
        {
            return CudaResult.InvalidHandle;
        }

        if (target.IsLegacy && context.Captures.BlocksLegacy)
        {
            return CudaResult.StreamCaptureImplicit;
        }

        *status = target.Capture switch
        {
            null => CudaCaptureStatus.None,
            { IsInvalidated: true } => CudaCaptureStatus.Invalidated,
            _ => CudaCaptureStatus.Active,
        };
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult ThreadExchangeStreamCaptureMode(CudaCaptureMode* mode) => DriverState.DriverCall(() =>
    {
        if (mode == null || !Enum.IsDefined(*mode))
        {
            return CudaResult.InvalidValue;
        }

        *mode = CaptureRegistry.ExchangeThreadMode(*mode);
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphGetNodes(CuGraph graph, CuGraphNode* nodes, nuint* count) => DriverState.ContextCall(context =>
    {
        if (count == null)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.Handles.TryGet(graph.Value, out DriverGraph? known))
        {
            return CudaResult.InvalidHandle;
        }

        // Places that are left over are filled with null, and the count is what was written.
        nuint there = (nuint)known.Nodes.Count;
        for (nuint i = 0; nodes != null && i < *count; i++)
        {
            nodes[i] = i < there ? HandleOf(context, known.Nodes[(int)i]) : default;
        }

        *count = nodes == null ? there : nuint.Min(there, *count);
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphInstantiateWithFlags(CuGraphExec* executable, CuGraph graph, ulong flags) => DriverState.ContextCall(context =>
    {
        // Auto-free, upload and node priorities mean nothing here; a launch from the device is not there.
        const ulong DeviceLaunch = 4;
        if (executable == null || flags > 15 || (flags & DeviceLaunch) != 0)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.Handles.TryGet(graph.Value, out DriverGraph? known))
        {
            return CudaResult.InvalidHandle;
        }

        *executable = new(context.Handles.Add(new ExecutableGraph(known)));
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphExecUpdate(CuGraphExec executable, CuGraph graph, CudaGraphUpdateInfo* info) => DriverState.ContextCall(context =>
    {
        if (info == null)
        {
            return CudaResult.InvalidValue;
        }

        if (!context.Handles.TryGet(executable.Value, out ExecutableGraph? known) || !context.Handles.TryGet(graph.Value, out DriverGraph? source))
        {
            *info = new(CudaGraphUpdateResult.Error, default, default);
            return CudaResult.InvalidHandle;
        }

        CudaGraphUpdateResult result = known.Update(source, out GraphNode? culprit);
        *info = new(result, culprit == null ? default : HandleOf(context, culprit), default);
        return result == CudaGraphUpdateResult.Success ? CudaResult.Success : CudaResult.GraphExecUpdateFailure;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphLaunch(CuGraphExec executable, CuStream stream) => DriverState.ContextCall(context =>
    {
        bool known = context.Handles.TryGet(executable.Value, out ExecutableGraph? graph) & context.TryGetStream(stream, out DriverStream target);
        if (!known || graph!.HasUnloadedKernel)
        {
            return CudaResult.InvalidHandle;
        }

        CudaResult legal = context.Captures.CheckUse(target);
        if (legal != CudaResult.Success)
        {
            return legal;
        }

        if (target.Capture != null)
        {
            // A launch that is captured becomes a child graph, which is one node.
            return context.Submit(target, graph.ToWork());
        }

        graph.LastLaunch = context.Enqueue(target, graph.ToWork(), graph.LastLaunch);
        return CudaResult.Success;
    });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphExecDestroy(CuGraphExec executable) => DriverState.ContextCall(context =>
        context.Handles.Remove(executable.Value, out ExecutableGraph? _) ? CudaResult.Success : CudaResult.InvalidHandle);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult GraphDestroy(CuGraph graph) => DriverState.ContextCall(context =>
    {
        if (!context.Handles.Remove(graph.Value, out DriverGraph? known))
        {
            return CudaResult.InvalidHandle;
        }

        foreach (GraphNode node in known.Nodes)
        {
            context.Handles.Remove(node.Handle, out GraphNode? _);
        }

        return CudaResult.Success;
    });

    private static CuGraphNode HandleOf(DriverContext context, GraphNode node)
    {
        if (node.Handle == 0)
        {
            node.Handle = context.Handles.Add(node);
        }

        return new(node.Handle);
    }
}
