using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels.Simulator.Driver;

/// <summary>Work that was enqueued, and what has to be done before it.</summary>
internal sealed class QueuedWork(Work work, long sequence, List<QueuedWork> dependencies)
{
    public Work Work => work;

    public long Sequence => sequence;

    public List<QueuedWork> Dependencies => dependencies;

    public bool IsDone { get; private set; }

    /// <summary>Number of the last walk that came by.</summary>
    public long Mark { get; set; }

    public bool IsReady => dependencies.TrueForAll(static dependency => dependency.IsDone);

    public void Finish()
    {
        IsDone = true;
        dependencies.Clear();
    }
}

/// <summary>
/// Everything enqueued and not yet done. Nothing runs until a call waits for it, and then only what that call may rely on: a program that
/// forgets to synchronise sees its mistake here every time, not once in a thousand runs.
/// </summary>
internal sealed class WorkQueue(DriverContext context, int seed)
{
    /// <summary>A real device works by itself; here the oldest work is done once so much is outstanding.</summary>
    private const int MaxPending = 1024;

    private readonly Queue<QueuedWork> _pending = new();
    private readonly List<QueuedWork> _walk = [];
    private readonly Random? _random = seed == 0 ? null : new Random(seed);
    private long _sequence;
    private long _mark;

    /// <summary>Puts work behind its dependencies.</summary>
    public QueuedWork Add(Work work, List<QueuedWork> dependencies)
    {
        var queued = new QueuedWork(work, ++_sequence, dependencies);
        _pending.Enqueue(queued);
        if (_pending.Count > MaxPending)
        {
            while (_pending.Count > MaxPending / 2)
            {
                Run(_pending.Dequeue());
            }
        }

        if (_random != null && _random.Next(2) == 0)
        {
            RunSomethingReady();
        }

        DropDone();
        return queued;
    }

    /// <summary>Runs one piece of work and, before it, all that it depends on, in the order of issue.</summary>
    public void RunUntilDone(QueuedWork? target)
    {
        if (target is null || target.IsDone)
        {
            return;
        }

        foreach (QueuedWork work in Ancestors(target))
        {
            Run(work);
        }

        DropDone();
    }

    /// <summary>Gets one step nearer to a target, as time passing between two queries would.</summary>
    public void Advance(QueuedWork target)
    {
        Run(Ancestors(target)[0]);
        DropDone();
    }

    /// <summary>Runs all there is.</summary>
    public void RunAll()
    {
        while (_pending.TryDequeue(out QueuedWork? work))
        {
            Run(work);
        }
    }

    /// <summary>Whether a seed asks for another order than that of issue.</summary>
    public bool Varies => _random != null;

    /// <summary>A number below <paramref name="count"/> when the schedule varies, else 0.</summary>
    public int Choose(int count) => _random?.Next(count) ?? 0;

    private List<QueuedWork> Ancestors(QueuedWork target)
    {
        _walk.Clear();
        target.Mark = ++_mark;
        _walk.Add(target);
        for (int i = 0; i < _walk.Count; i++)
        {
            foreach (QueuedWork dependency in _walk[i].Dependencies)
            {
                if (!dependency.IsDone && dependency.Mark != _mark)
                {
                    dependency.Mark = _mark;
                    _walk.Add(dependency);
                }
            }
        }

        // A dependency is always older than what depends on it.
        _walk.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        return _walk;
    }

    private void Run(QueuedWork queued)
    {
        if (queued.IsDone)
        {
            return;
        }

        // After a fault the device does nothing more; what is outstanding is given up.
        if (context.Sticky == CudaResult.Success)
        {
            CudaResult result = queued.Work.Execute(context);
            if (result != CudaResult.Success)
            {
                context.Fault(result);
            }
        }

        queued.Finish();
    }

    private void RunSomethingReady()
    {
        QueuedWork[] ready = [.. _pending.Where(static work => !work.IsDone && work.IsReady)];
        if (ready.Length > 0)
        {
            Run(ready[Choose(ready.Length)]);
        }
    }

    private void DropDone()
    {
        while (_pending.TryPeek(out QueuedWork? oldest) && oldest.IsDone)
        {
            _pending.Dequeue();
        }
    }
}
