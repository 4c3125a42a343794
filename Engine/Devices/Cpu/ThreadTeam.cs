using System.Runtime.ExceptionServices;

namespace WrnEngine.Devices.Cpu;

/// <summary>
/// A fixed team of threads that runs the parts of one loop at a time. The caller is a member. How a loop is cut into parts is the
/// caller's choice and must depend on shapes only, never on <see cref="ThreadCount"/>: then results are the same bits for any team size.
/// <para>Waiting members spin for about 50 microseconds, longer than the gap between two ops of a step, before they park: a wake-up
/// through the kernel costs more than many whole ops.</para>
/// </summary>
public sealed class ThreadTeam : IDisposable
{
    private const int SpinsBeforePark = 2000;

    private readonly Thread[] _workers;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _parked;
    private Action<int, int>? _body;
    private int _parts;
    private int _generation;
    private int _running;
    private bool _inLoop;
    private volatile bool _stop;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts <paramref name="threadCount"/> - 1 workers.</summary>
    public ThreadTeam(int threadCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadCount, 1);
        ThreadCount = threadCount;
        _workers = new Thread[threadCount - 1];
        _wake = new SemaphoreSlim[_workers.Length];
        _parked = new int[_workers.Length];
        for (int i = 0; i < _workers.Length; i++)
        {
            int member = i;
            _wake[i] = new SemaphoreSlim(0);
            _workers[i] = new Thread(() => Work(member)) { IsBackground = true, Name = $"cpu team {member + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>Members, the caller included.</summary>
    public int ThreadCount { get; }

    /// <summary>
    /// Runs <paramref name="body"/> for every part 0 .. parts - 1, each exactly once, and returns when all are done. Member m takes a
    /// contiguous range of parts. A loop inside a loop runs on its own thread alone.
    /// </summary>
    public void For(int parts, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        For(parts, (part, _) => body(part));
    }

    /// <summary>As <see cref="For(int, Action{int})"/>, with the member that runs the part (0 .. ThreadCount - 1): for scratch memory.</summary>
    public void For(int parts, Action<int, int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (parts <= 1 || ThreadCount == 1 || _inLoop)
        {
            for (int i = 0; i < parts; i++) body(i, 0);
            return;
        }
        _inLoop = true;
        _body = body;
        _parts = parts;
        Volatile.Write(ref _running, _workers.Length);
        Interlocked.Increment(ref _generation);
        for (int i = 0; i < _workers.Length; i++)
            if (Interlocked.Exchange(ref _parked[i], 0) == 1) _wake[i].Release();
        RunShare(0);
        var spinner = new SpinWait();
        while (Volatile.Read(ref _running) > 0) spinner.SpinOnce(sleep1Threshold: -1);
        _body = null;
        _inLoop = false;
        if (Interlocked.Exchange(ref _failure, null) is { } failure) failure.Throw();
    }

    private void RunShare(int member)
    {
        try
        {
            int start = (int)((long)_parts * member / ThreadCount), end = (int)((long)_parts * (member + 1) / ThreadCount);
            for (int i = start; i < end; i++) _body!(i, member);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    private void Work(int worker)
    {
        int seen = 0;
        while (true)
        {
            int spins = 0;
            while (Volatile.Read(ref _generation) == seen && !_stop)
            {
                if (++spins < SpinsBeforePark)
                {
                    Thread.SpinWait(8);
                    continue;
                }
                // Parking: announce it, look once more, then sleep; whoever clears the flag also releases the semaphore.
                Interlocked.Exchange(ref _parked[worker], 1);
                if (Volatile.Read(ref _generation) != seen || _stop)
                {
                    if (Interlocked.Exchange(ref _parked[worker], 0) == 0) _wake[worker].Wait();
                    break;
                }
                _wake[worker].Wait();
                spins = 0;
            }
            if (_stop) return;
            seen = Volatile.Read(ref _generation);
            RunShare(worker + 1);
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Ends the workers.</summary>
    public void Dispose()
    {
        if (_stop) return;
        _stop = true;
        for (int i = 0; i < _workers.Length; i++)
            if (Interlocked.Exchange(ref _parked[i], 0) == 1) _wake[i].Release();
        foreach (var t in _workers) t.Join();
        foreach (var s in _wake) s.Dispose();
    }
}
