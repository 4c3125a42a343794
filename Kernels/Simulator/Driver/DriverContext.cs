using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>The primary context of the simulated device: its memory, its streams, the work in flight and the fault that ended it.</summary>
internal sealed class DriverContext : IDisposable
{
    private readonly List<DriverStream> _blocking = [];
    private readonly Dictionary<int, DriverStream> _perThread = [];

    public DriverContext(SimulatorDriverOptions options)
    {
        Device = new SimulatedDevice(options.Device, options.MemoryBytes);
        if (options.Checks.HasFlag(CheckKinds.Initcheck))
        {
            Memory.TrackInitialization();
        }

        Queue = new WorkQueue(this, options.Seed);
        Captures = new CaptureRegistry();
        Pinned = new PinnedMemory(Memory);
        Legacy = new DriverStream(CudaStreamFlags.Default, 0, isLegacy: true);
    }

    public SimulatedDevice Device { get; }

    public DeviceMemory Memory => Device.Memory;

    public SimulatedDeviceProperties Properties => Device.Properties;

    public HandleTable Handles { get; } = new();

    public WorkQueue Queue { get; }

    public CaptureRegistry Captures { get; }

    public PinnedMemory Pinned { get; }

    public DriverStream Legacy { get; }

    /// <summary>The error that every call answers with since a kernel failed, or success.</summary>
    public CudaResult Sticky { get; private set; }

    /// <summary>What the last fault was about, in one sentence.</summary>
    public string Explanation { get; private set; } = "";

    public void Explain(string sentence) => Explanation = sentence;

    public void Fault(CudaResult result)
    {
        Sticky = result;
        ErrorTexts.Detail(result, Explanation);
    }

    public DriverStream AddStream(CudaStreamFlags flags, int priority)
    {
        var stream = new DriverStream(flags, priority);
        if (stream.IsBlocking)
        {
            _blocking.RemoveAll(static old => old.IsRetired && old.Last == null);
            _blocking.Add(stream);
        }

        return stream;
    }

    /// <summary>The stream of a handle: 0 and 1 are the legacy default stream, 2 is the calling thread's.</summary>
    public bool TryGetStream(CuStream handle, out DriverStream stream)
    {
        if (handle.Value is 0 or 1)
        {
            stream = Legacy;
            return true;
        }

        if (handle == CuStream.PerThread)
        {
            if (!_perThread.TryGetValue(Environment.CurrentManagedThreadId, out DriverStream? own))
            {
                own = AddStream(CudaStreamFlags.Default, 0);
                _perThread.Add(Environment.CurrentManagedThreadId, own);
            }

            stream = own;
            return true;
        }

        bool found = Handles.TryGet(handle.Value, out DriverStream? known);
        stream = known ?? Legacy;
        return found;
    }

    /// <summary>Enqueues work, or adds it to the graph that the stream is being captured into.</summary>
    public CudaResult Submit(DriverStream stream, Work work)
    {
        CudaResult legal = Captures.CheckUse(stream);
        if (legal != CudaResult.Success)
        {
            return legal;
        }

        if (stream.Capture is { } capture)
        {
            GraphNode node = capture.Graph.Add(work, stream.Frontier);
            stream.Frontier.Clear();
            stream.Frontier.Add(node);
            return CudaResult.Success;
        }

        Enqueue(stream, work);
        return CudaResult.Success;
    }

    /// <summary>Puts work into a stream that is not being captured.</summary>
    public QueuedWork Enqueue(DriverStream stream, Work work, params ReadOnlySpan<QueuedWork?> alsoAfter)
    {
        var dependencies = new List<QueuedWork>();
        Add(stream.Last);
        foreach (QueuedWork? after in alsoAfter)
        {
            Add(after);
        }

        if (stream.IsLegacy)
        {
            foreach (DriverStream blocking in _blocking)
            {
                Add(blocking.Last);
            }
        }
        else if (stream.IsBlocking)
        {
            Add(Legacy.Last);
        }

        QueuedWork queued = Queue.Add(work, dependencies);
        stream.Last = queued;
        return queued;

        void Add(QueuedWork? dependency)
        {
            if (dependency is { IsDone: false })
            {
                dependencies.Add(dependency);
            }
        }
    }

    /// <summary>Waits for what a stream holds now. For the legacy stream that is all that its next work would wait for.</summary>
    public CudaResult Synchronize(DriverStream stream)
    {
        if (stream.IsLegacy)
        {
            foreach (DriverStream blocking in _blocking)
            {
                Queue.RunUntilDone(blocking.Last);
            }
        }

        Queue.RunUntilDone(stream.Last);
        return Sticky;
    }

    /// <summary>What a wait for the stream would wait for next, or null.</summary>
    public QueuedWork? Outstanding(DriverStream stream) =>
        stream.IsLegacy ? _blocking.Select(static blocking => blocking.Last).FirstOrDefault(static last => last != null) ?? stream.Last : stream.Last;

    /// <summary>Waits for everything.</summary>
    public CudaResult Drain()
    {
        Queue.RunAll();
        return Sticky;
    }

    public void Dispose() => Device.Dispose();
}
