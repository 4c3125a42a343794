using System.Numerics;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>One thread block while it runs: warps, shared and local memory, barriers. Reused for one block after another.</summary>
internal sealed unsafe class Block : IDisposable
{
    /// <summary>
    /// Instructions of a warp's turn without a seed: warps stay about as near to each other as on hardware, so that a program whose race never shows
    /// there shows the same results here. Turns a thousand times as long are not measurably faster.
    /// </summary>
    private const long FirstQuantum = 64;

    /// <summary>Instructions without any other progress after which lanes at a meeting place stop waiting for lanes that spin.</summary>
    private const long PatienceWithSpinning = 400_000;

    private readonly Warp[] _warps;
    private readonly int[] _order;
    private Random? _random;
    private long _stepsSinceRelease;

    public Block(LaunchContext context)
    {
        Context = context;
        Barriers = new Barriers(this);
        int threads = (int)context.BlockExtent.Count;
        int warps = (threads + Warp.Lanes - 1) / Warp.Lanes;
        SharedBytes = context.SharedBytes;
        LocalBytesPerThread = context.LocalBytesPerThread;
        Shared = (byte*)NativeMemory.AlignedAlloc((nuint)(SharedBytes + 256), 256);
        Local = LocalBytesPerThread == 0 ? null : (byte*)NativeMemory.AllocZeroed((nuint)((long)LocalBytesPerThread * warps * Warp.Lanes));
        _order = Enumerable.Range(0, warps).ToArray();
        _warps = new Warp[warps];
        for (int i = 0; i < warps; i++)
        {
            _warps[i] = new Warp(this, context);
            SetFixedRegisters(_warps[i], i);
        }
    }

    public LaunchContext Context { get; }

    public Barriers Barriers { get; }

    public byte* Shared { get; private set; }

    public int SharedBytes { get; }

    public byte* Local { get; private set; }

    public int LocalBytesPerThread { get; }

    public Dim3 Position { get; private set; }

    public long Number { get; private set; }

    public int LiveThreads { get; private set; }

    public bool IsFinished => LiveThreads == 0;

    public IReadOnlyList<Warp> Warps => _warps;

    /// <summary>What the checks know of this block.</summary>
    public Checks.BlockShadow? Shadow { get; set; }

    public void Start(long number)
    {
        Number = number;
        Position = Context.Grid.PositionOf(number);
        new Span<byte>(Shared, SharedBytes).Clear();
        if (Local != null)
        {
            NativeMemory.Clear(Local, (nuint)((long)LocalBytesPerThread * _warps.Length * Warp.Lanes));
        }
        Barriers.Reset();
        int threads = (int)Context.BlockExtent.Count;
        LiveThreads = threads;
        for (int i = 0; i < _warps.Length; i++)
        {
            int lanes = Math.Min(Warp.Lanes, threads - (i * Warp.Lanes));
            _warps[i].Start(i, lanes == Warp.Lanes ? Warp.Full : (1u << lanes) - 1);
            _warps[i].Broadcast(Ptx.SpecialRegisters.SlotOf("%ctaid.x") - LaunchContext.FixedOffset, (uint)Position.X);
            _warps[i].Broadcast(Ptx.SpecialRegisters.SlotOf("%ctaid.y") - LaunchContext.FixedOffset, (uint)Position.Y);
            _warps[i].Broadcast(Ptx.SpecialRegisters.SlotOf("%ctaid.z") - LaunchContext.FixedOffset, (uint)Position.Z);
            _warps[i].Broadcast(Ptx.SpecialRegisters.SlotOf("%clusterid.x") - LaunchContext.FixedOffset, (uint)Position.X);
            _warps[i].Broadcast(Ptx.SpecialRegisters.SlotOf("%clusterid.y") - LaunchContext.FixedOffset, (uint)Position.Y);
            _warps[i].Broadcast(Ptx.SpecialRegisters.SlotOf("%clusterid.z") - LaunchContext.FixedOffset, (uint)Position.Z);
        }
        int seed = Context.Options.Seed;
        _random = seed == 0 ? null : new Random(HashCode.Combine(seed, number));
        _stepsSinceRelease = 0;
        Context.Checks?.OnBlockStart(this);
    }

    /// <summary>Lets every warp run for a while. Returns the instructions done.</summary>
    public long Pass()
    {
        long done = 0;
        if (_random != null)
        {
            _random.Shuffle(_order);
        }
        long quantum = _random == null ? FirstQuantum : _random.Next(1, 2000);
        foreach (int index in _order)
        {
            if (_warps[index].Live != 0)
            {
                done += _warps[index].Run(quantum);
            }
        }
        if (LiveThreads == 0)
        {
            return done;
        }
        _stepsSinceRelease += done;
        if (done == 0 || _stepsSinceRelease > PatienceWithSpinning)
        {
            _stepsSinceRelease = 0;
            bool released = false;
            foreach (Warp warp in _warps)
            {
                released |= warp.Live != 0 && warp.ReleaseJoins();
            }
            if (!released && done == 0)
            {
                throw Deadlock();
            }
        }
        return done;
    }

    public void LanesExited(uint lanes)
    {
        LiveThreads -= BitOperations.PopCount(lanes);
        Barriers.Recheck();
    }

    public void Dispose()
    {
        foreach (Warp warp in _warps)
        {
            warp.Dispose();
        }
        NativeMemory.AlignedFree(Shared);
        NativeMemory.Free(Local);
        Shared = null;
        Local = null;
    }

    /// <summary>Names one thread that waits, and what for.</summary>
    private KernelFault Deadlock()
    {
        foreach (Warp warp in _warps)
        {
            foreach (Split split in warp.Splits)
            {
                if (split.State is SplitState.Done or SplitState.Ready)
                {
                    continue;
                }
                bool barrier = split.State == SplitState.AtBarrier;
                int pc = barrier ? split.Pc - 1 : split.Pc;
                warp.Current = split.Code.Instructions[Math.Max(pc, 0)];
                Context.FaultyWarp = warp;
                string what = barrier
                    ? $"wait at barrier {split.BarrierId} for threads that never come"
                    : $"wait for lanes of mask 0x{split.Members:x8} that never come";
                Context.Checks?.OnDeadlock(warp, split, what);
                return new KernelFault(
                    LaunchStatus.LaunchTimeout,
                    $"deadlock: {BitOperations.PopCount(split.Mask)} threads of warp {warp.Index} {what}",
                    BitOperations.TrailingZeroCount(split.Mask));
            }
        }
        return new KernelFault(LaunchStatus.LaunchTimeout, "deadlock: no thread of the block can go on");
    }

    /// <summary>Special registers that are the same for each block.</summary>
    private void SetFixedRegisters(Warp warp, int index)
    {
        var tid = new uint[3, Warp.Lanes];
        for (int lane = 0; lane < Warp.Lanes; lane++)
        {
            Dim3 thread = Context.BlockExtent.PositionOf((index * Warp.Lanes) + lane);
            (tid[0, lane], tid[1, lane], tid[2, lane]) = ((uint)thread.X, (uint)thread.Y, (uint)thread.Z);
        }
        foreach (string name in Ptx.SpecialRegisters.Fixed)
        {
            var values = new Span<uint>(warp.R + Ptx.SpecialRegisters.SlotOf(name) - LaunchContext.FixedOffset, Warp.Lanes);
            for (int lane = 0; lane < Warp.Lanes; lane++)
            {
                values[lane] = name switch
                {
                    "%tid.x" => tid[0, lane],
                    "%tid.y" => tid[1, lane],
                    "%tid.z" => tid[2, lane],
                    "%laneid" => (uint)lane,
                    "%warpid" => (uint)index,
                    "%nwarpid" => (uint)(Context.Properties.MaxThreadsPerMultiprocessor / Warp.Lanes),
                    "%lanemask_eq" => 1u << lane,
                    "%lanemask_le" => (2u << lane) - 1,
                    "%lanemask_lt" => (1u << lane) - 1,
                    "%lanemask_ge" => ~((1u << lane) - 1),
                    "%lanemask_gt" => ~((2u << lane) - 1),
                    _ => Context.FixedValue(name),
                };
            }
        }
    }
}
