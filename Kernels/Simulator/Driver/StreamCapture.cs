using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>A capture in progress: the streams that take part and the graph that grows.</summary>
internal sealed class StreamCapture(DriverStream origin, CudaCaptureMode mode, int threadId)
{
    public DriverStream Origin => origin;

    public CudaCaptureMode Mode => mode;

    public int ThreadId => threadId;

    public DriverGraph Graph { get; } = new();

    public HashSet<DriverStream> Streams { get; } = [origin];

    /// <summary>An illegal call came in between: the graph is lost, the capture still has to be ended.</summary>
    public bool IsInvalidated { get; set; }

    /// <summary>Whether every node leads to the end of the origin stream.</summary>
    public bool IsJoined()
    {
        var reached = new HashSet<GraphNode>(origin.Frontier);
        var open = new Stack<GraphNode>(reached);
        while (open.TryPop(out GraphNode? node))
        {
            foreach (GraphNode dependency in node.Dependencies)
            {
                if (reached.Add(dependency))
                {
                    open.Push(dependency);
                }
            }
        }

        return reached.Count == Graph.Nodes.Count;
    }
}

/// <summary>The captures in progress, and the rules about what may not be called while there are any.</summary>
internal sealed class CaptureRegistry
{
    [ThreadStatic]
    private static CudaCaptureMode _threadMode;

    private readonly List<StreamCapture> _active = [];

    /// <summary>Sets how strict the calling thread is with itself and tells how strict it was.</summary>
    public static CudaCaptureMode ExchangeThreadMode(CudaCaptureMode mode)
    {
        CudaCaptureMode previous = _threadMode;
        _threadMode = mode;
        return previous;
    }

    public CudaResult Begin(DriverStream stream, CudaCaptureMode mode)
    {
        if (stream.IsLegacy)
        {
            return CudaResult.StreamCaptureUnsupported;
        }

        if (stream.Capture != null)
        {
            return CudaResult.IllegalState;
        }

        stream.Capture = new StreamCapture(stream, mode, Environment.CurrentManagedThreadId);
        stream.Frontier.Clear();
        _active.Add(stream.Capture);
        return CudaResult.Success;
    }

    public CudaResult End(DriverStream stream, out DriverGraph? graph)
    {
        graph = null;
        if (stream.Capture is not { } capture)
        {
            return CudaResult.IllegalState;
        }

        if (capture.Origin != stream)
        {
            return Invalidate(capture, CudaResult.StreamCaptureUnmatched);
        }

        if (capture.Mode != CudaCaptureMode.Relaxed && capture.ThreadId != Environment.CurrentManagedThreadId)
        {
            return CudaResult.StreamCaptureWrongThread;
        }

        bool joined = capture.IsJoined();
        _active.Remove(capture);
        foreach (DriverStream member in capture.Streams)
        {
            member.Capture = null;
            member.Frontier.Clear();
        }

        if (capture.IsInvalidated)
        {
            return CudaResult.StreamCaptureInvalidated;
        }

        if (!joined)
        {
            return CudaResult.StreamCaptureUnjoined;
        }

        graph = capture.Graph;
        return CudaResult.Success;
    }

    /// <summary>Whether work may be put into a stream.</summary>
    public CudaResult CheckUse(DriverStream stream) =>
        stream.IsLegacy ? CheckLegacy() : stream.Capture is { IsInvalidated: true } ? CudaResult.StreamCaptureInvalidated : CudaResult.Success;

    /// <summary>The legacy stream would wait for a blocking stream that is being captured: not allowed, and the capture is lost.</summary>
    public CudaResult CheckLegacy()
    {
        bool conflict = false;
        foreach (StreamCapture capture in _active)
        {
            if (capture.Streams.Any(static stream => stream.IsBlocking))
            {
                capture.IsInvalidated = true;
                conflict = true;
            }
        }

        return conflict ? CudaResult.StreamCaptureImplicit : CudaResult.Success;
    }

    /// <summary>Whether a blocking stream is being captured, without harm to the capture.</summary>
    public bool BlocksLegacy => _active.Exists(static capture => capture.Streams.Any(static stream => stream.IsBlocking));

    /// <summary>Calls that may synchronise or allocate are forbidden as the modes of captures and of the calling thread say.</summary>
    public CudaResult CheckUnsafeCall()
    {
        if (_threadMode == CudaCaptureMode.Relaxed)
        {
            return CudaResult.Success;
        }

        int me = Environment.CurrentManagedThreadId;
        CudaResult result = CudaResult.Success;
        foreach (StreamCapture capture in _active)
        {
            bool own = capture.ThreadId == me && capture.Mode != CudaCaptureMode.Relaxed;
            bool global = capture.Mode == CudaCaptureMode.Global && _threadMode == CudaCaptureMode.Global;
            if (own || global)
            {
                result = Invalidate(capture, CudaResult.StreamCaptureUnsupported);
            }
        }

        return result;
    }

    /// <summary>Waiting for the whole context includes the streams under capture, which cannot be waited for.</summary>
    public CudaResult CheckContextWide()
    {
        foreach (StreamCapture capture in _active)
        {
            capture.IsInvalidated = true;
        }

        return _active.Count > 0 ? CudaResult.StreamCaptureUnsupported : CudaResult.Success;
    }

    public static CudaResult Invalidate(StreamCapture capture, CudaResult reason)
    {
        capture.IsInvalidated = true;
        return reason;
    }

    /// <summary>Makes what follows in <paramref name="stream"/> follow an event that was recorded in a capture.</summary>
    public static CudaResult Join(DriverStream stream, DriverEvent after)
    {
        StreamCapture capture = after.Capture!;
        if (stream.IsLegacy)
        {
            return Invalidate(capture, CudaResult.StreamCaptureImplicit);
        }

        if (capture.Origin.Capture != capture)
        {
            // The capture was ended: its events mark no place in any stream.
            return CudaResult.CapturedEvent;
        }

        if (stream.Capture is { } own && own != capture)
        {
            Invalidate(own, default);
            return Invalidate(capture, CudaResult.StreamCaptureMerge);
        }

        if (capture.IsInvalidated)
        {
            return CudaResult.StreamCaptureInvalidated;
        }

        stream.Capture = capture;
        capture.Streams.Add(stream);
        foreach (GraphNode node in after.CapturedNodes)
        {
            if (!stream.Frontier.Contains(node))
            {
                stream.Frontier.Add(node);
            }
        }

        return CudaResult.Success;
    }
}
