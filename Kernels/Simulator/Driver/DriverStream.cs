using System.Diagnostics;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>A stream: the last work it was given, and, while it takes part in a capture, the nodes that its next work will follow.</summary>
internal sealed class DriverStream(CudaStreamFlags flags, int priority, bool isLegacy = false)
{
    public CudaStreamFlags Flags => flags;

    public int Priority => priority;

    /// <summary>The default stream that every blocking stream waits for, and that waits for them.</summary>
    public bool IsLegacy => isLegacy;

    public bool IsBlocking => (flags & CudaStreamFlags.NonBlocking) == 0;

    /// <summary>The newest work in the stream, or null when nothing is outstanding.</summary>
    public QueuedWork? Last
    {
        get => field is { IsDone: true } ? field = null : field;
        set;
    }

    /// <summary>Destroyed by its owner; what it still holds is done all the same.</summary>
    public bool IsRetired { get; set; }

    /// <summary>The capture that the stream takes part in, or null.</summary>
    public StreamCapture? Capture { get; set; }

    /// <summary>Nodes that the next captured work depends on.</summary>
    public List<GraphNode> Frontier { get; } = [];
}

/// <summary>An event: the place in a stream, or in a capture, where it was last recorded.</summary>
internal sealed class DriverEvent(CudaEventFlags flags)
{
    private RecordWork? _record;

    public bool HasTiming => (flags & CudaEventFlags.DisableTiming) == 0;

    /// <summary>The last record went into a stream, so that there is a time.</summary>
    public bool WasRecorded => _record != null;

    /// <summary>The record that a wait would wait for; null before the first one and once it is complete.</summary>
    public QueuedWork? Pending
    {
        get => field is { IsDone: true } ? field = null : field;
        private set;
    }

    /// <summary>The capture in which the event was last recorded, if that was its last record.</summary>
    public StreamCapture? Capture { get; private set; }

    /// <summary>The nodes that the record in a capture stands behind.</summary>
    public IReadOnlyList<GraphNode> CapturedNodes { get; private set; } = [];

    public void RecordIn(QueuedWork work, RecordWork record)
    {
        _record = record;
        (Pending, Capture, CapturedNodes) = (work, null, []);
    }

    public void RecordIn(StreamCapture capture, IReadOnlyList<GraphNode> frontier)
    {
        _record = null;
        (Pending, Capture, CapturedNodes) = (null, capture, frontier);
    }

    /// <summary>Time between two records that are done.</summary>
    public float MillisecondsSince(DriverEvent start) =>
        (float)Stopwatch.GetElapsedTime(start._record!.Timestamp, _record!.Timestamp).TotalMilliseconds;
}
