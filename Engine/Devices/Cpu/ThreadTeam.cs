using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace WrnEngine.Devices.Cpu;

/// <summary>
/// A fixed team of threads that runs the parts of one loop at a time. The caller is a member. How a loop is cut into parts is the
/// caller's choice and must depend on shapes only, never on <see cref="ThreadCount"/>; and no part may depend on which member runs it.
/// Then results are the same bits for any team size.
/// <para>Each member first takes the parts of its own contiguous range, which keeps neighbouring data in its cache, then helps the
/// others: a member that the system has put aside does not hold up the rest. A loop ends when its parts are done, not when every member
/// has shown up, so a short loop does not wait for a sleeping one.</para>
/// </summary>
public sealed class ThreadTeam : IDisposable
{
    // Longer than the gap between two ops of a step: a wake-up through the kernel costs more than many whole ops.
    private static readonly long TicksBeforePark = Stopwatch.Frequency / 10_000;

    // The gate: a loop's number, whether it admits workers, and how many are inside.
    private const long InsideMask = 0xFFFF, Open = 0x1_0000, NextLoop = 0x2_0000;

    // One counter per cache line.
    private const int Stride = 32;

    private readonly Thread[] _workers;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _parked;
    private readonly int[] _nextPart;
    private Action<int, int>? _body;
    private int _parts;
    private long _gate;
    private int _busy;
    private volatile bool _stop;
    private ExceptionDispatchInfo? _failure;

    /// <summary>Starts <paramref name="threadCount"/> - 1 workers.</summary>
    public ThreadTeam(int threadCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threadCount, (int)InsideMask);
        ThreadCount = threadCount;
        _workers = new Thread[threadCount - 1];
        _wake = new SemaphoreSlim[_workers.Length];
        _parked = new int[_workers.Length * Stride];
        _nextPart = new int[(threadCount + 1) * Stride];
        for (int i = 0; i < _workers.Length; i++)
        {
            int worker = i;
            _wake[i] = new SemaphoreSlim(0);
            _workers[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"cpu team {worker + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>Members, the caller included.</summary>
    public int ThreadCount { get; }

    /// <summary>
    /// Runs <paramref name="body"/> for every part 0 .. parts - 1, each exactly once, and returns when all are done. A loop inside a
    /// loop runs on its own thread alone. An exception in a part ends the loop early and is thrown here.
    /// </summary>
    public void For(int parts, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        For(parts, (part, _) => body(part));
    }

    /// <summary>
    /// As <see cref="For(int, Action{int})"/>, with the number of the member that runs the part, 0 .. ThreadCount - 1: for scratch memory
    /// that belongs to this loop.
    /// </summary>
    public void For(int parts, Action<int, int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (parts <= 1 || ThreadCount == 1 || Interlocked.Exchange(ref _busy, 1) == 1)
        {
            for (int i = 0; i < parts; i++) body(i, 0);
            return;
        }
        _body = body;
        _parts = parts;
        for (int member = 0; member < ThreadCount; member++) _nextPart[Slot(member)] = RangeStart(member);
        // Nobody is inside; this publishes the fields above. The exchange also orders it before the look at the parked flags.
        Interlocked.Exchange(ref _gate, (_gate + NextLoop) | Open);
        WakeParked();
        RunParts(0);
        // Every part is taken. Who is still inside finishes his; nobody else comes in.
        Interlocked.And(ref _gate, ~Open);
        var spinner = new SpinWait();
        while ((Volatile.Read(ref _gate) & InsideMask) != 0) spinner.SpinOnce(sleep1Threshold: -1);
        _body = null;
        var failure = _failure;
        _failure = null;
        Volatile.Write(ref _busy, 0);
        failure?.Throw();
    }

    // The first counter stands one line in, away from the array's length.
    private static int Slot(int member) => (member + 1) * Stride;

    private int RangeStart(int member) => (int)((long)_parts * member / ThreadCount);

    private void RunParts(int member)
    {
        try
        {
            for (int i = 0; i < ThreadCount; i++)
            {
                int owner = member + i < ThreadCount ? member + i : member + i - ThreadCount;
                int end = RangeStart(owner + 1);
                ref int next = ref _nextPart[Slot(owner)];
                while (Volatile.Read(ref next) < end && _failure is null)
                {
                    int part = Interlocked.Increment(ref next) - 1;
                    if (part < end) _body!(part, member);
                }
            }
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    private void Work(int worker)
    {
        long seen = 0;
        while (!_stop)
        {
            long gate = WaitForLoop(worker, seen);
            if (_stop) return;
            seen = gate & ~(Open | InsideMask);
            if (!TryEnter(seen)) continue;
            RunParts(worker + 1);
            Interlocked.Decrement(ref _gate);
        }
    }

    // Counts the worker in, unless the loop has closed meanwhile.
    private bool TryEnter(long loop)
    {
        while (true)
        {
            long gate = Volatile.Read(ref _gate);
            if ((gate & Open) == 0 || (gate & ~(Open | InsideMask)) != loop) return false;
            if (Interlocked.CompareExchange(ref _gate, gate + 1, gate) == gate) return true;
        }
    }

    // Spins, then sleeps, until an open loop that was not seen yet. Returns the gate.
    private long WaitForLoop(int worker, long seen)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            for (int i = 0; i < 16; i++)
            {
                long gate = Volatile.Read(ref _gate);
                if (_stop || IsNews(gate, seen)) return gate;
                Thread.SpinWait(4);
            }
            if (Stopwatch.GetTimestamp() - start < TicksBeforePark) continue;
            // Announce it, look once more, then sleep. Whoever clears the flag owes the semaphore one release.
            ref int parked = ref _parked[worker * Stride];
            Interlocked.Exchange(ref parked, 1);
            if ((!_stop && !IsNews(Volatile.Read(ref _gate), seen)) || Interlocked.Exchange(ref parked, 0) == 0) _wake[worker].Wait();
            start = Stopwatch.GetTimestamp();
        }
    }

    private static bool IsNews(long gate, long seen) => (gate & Open) != 0 && (gate & ~(Open | InsideMask)) != seen;

    private void WakeParked()
    {
        for (int i = 0; i < _workers.Length; i++)
            if (Volatile.Read(ref _parked[i * Stride]) == 1 && Interlocked.Exchange(ref _parked[i * Stride], 0) == 1) _wake[i].Release();
    }

    /// <summary>Ends the workers.</summary>
    public void Dispose()
    {
        if (_stop) return;
        _stop = true;
        Interlocked.MemoryBarrier();
        WakeParked();
        foreach (var thread in _workers) thread.Join();
        foreach (var semaphore in _wake) semaphore.Dispose();
    }
}
