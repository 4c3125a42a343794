using System.Numerics;
using System.Runtime.CompilerServices;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// racecheck: two accesses to the same bytes by different threads, one of them a write, that nothing orders. What orders: the same
/// thread; between lanes of a warp a <c>.sync</c> instruction both took part in; between warps a barrier; between blocks (and warps)
/// a fence followed by an atomic on an address that the other party then reads or changes atomically. Atomics never race with each other.
/// </summary>
internal sealed unsafe class RaceCheck(FindingLog log, DeviceMemory memory, Dim3 grid, Dim3 blockExtent)
{
    private const int PageCells = 1024;

    private readonly ShadowCell[]?[] _pages = new ShadowCell[(memory.Top / 4 / PageCells) + 2][];
    private readonly List<Instr> _instrs = [];
    private readonly Dictionary<Instr, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(int Block, ulong Address), SyncVariable> _variables = [];

    /// <summary>Up to which access one block knows of another.</summary>
    private readonly Dictionary<(int Block, int Other), long> _acquired = [];
    private long _sequence;
    private Instr? _lastInstr;
    private int _lastNumber;
    private bool _lastStrong;

    /// <summary>What releases on one address have published.</summary>
    private sealed class SyncVariable
    {
        public Dictionary<int, long> Blocks { get; } = [];

        public Dictionary<int, int[]> Clocks { get; } = [];
    }

    public void OnAccess(Warp w, Instr instr, bool shared, AccessKind kind, int size, ulong window)
    {
        BlockShadow shadow = w.Block.Shadow!;
        int number = NumberOf(instr);
        bool atomic = kind == AccessKind.Atomic || _lastStrong;
        _sequence++;
        if (atomic)
        {
            Synchronize(w, instr, shared, window);
        }
        var record = new AccessRecord
        {
            Block = (int)w.Block.Number,
            Epoch = shadow.Clocks[w.Index][w.Index],
            Time = shadow.Time[w.Index],
            Sequence = _sequence,
            Instr = number,
            Atomic = atomic,
        };
        bool write = kind != AccessKind.Read;
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            record.Thread = (w.Index * Warp.Lanes) + lane + 1;
            ulong address = w.Addresses[lane] - window;
            ulong offset = shared ? address : address - DeviceMemory.WindowBase;
            for (int done = 0; done < size;)
            {
                int inWord = (int)((offset + (ulong)done) & 3);
                int count = Math.Min(4 - inWord, size - done);
                record.Bytes = (byte)(((1 << count) - 1) << inWord);
                ref ShadowCell cell = ref shared ? ref shadow.Shared[(offset + (ulong)done) / 4] : ref GlobalCell((offset + (ulong)done) / 4);
                if (write)
                {
                    Write(w, instr, shadow, ref cell, record, lane, address, size);
                }
                else
                {
                    Read(w, instr, shadow, ref cell, record, lane, address, size);
                }
                done += count;
            }
        }
    }

    /// <summary>Lanes have taken part in the same warp-wide synchronisation.</summary>
    public static void OnWarpSync(Warp w, uint mask)
    {
        BlockShadow shadow = w.Block.Shadow!;
        uint now = shadow.Time[w.Index];
        uint[] sync = shadow.LaneSync[w.Index];
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int row = BitOperations.TrailingZeroCount(left) * Warp.Lanes;
            if (mask == uint.MaxValue)
            {
                Array.Fill(sync, now, row, Warp.Lanes);
                continue;
            }
            for (uint others = mask; others != 0; others &= others - 1)
            {
                sync[row + BitOperations.TrailingZeroCount(others)] = now;
            }
        }
    }

    public static void OnBarrierComplete(
        Block block, List<(Warp Warp, uint Lanes, BarrierInstr Instr)> arrived, List<(Warp Warp, Split Split, BarrierInstr Instr, uint Lanes)> waiting)
    {
        BlockShadow shadow = block.Shadow!;
        var joined = new int[shadow.Clocks.Length];
        foreach ((Warp warp, _, _) in arrived)
        {
            Merge(joined, shadow.Clocks[warp.Index]);
        }
        foreach ((Warp warp, _, _, _) in waiting)
        {
            Merge(shadow.Clocks[warp.Index], joined);
        }
        foreach (IGrouping<int, (Warp Warp, uint Lanes, BarrierInstr Instr)> group in arrived.GroupBy(static item => item.Warp.Index))
        {
            // What a warp does from now on is a new epoch, which nobody has seen.
            shadow.Clocks[group.Key][group.Key]++;
            uint lanes = group.Aggregate(0u, static (sum, item) => sum | item.Lanes);
            OnWarpSync(group.First().Warp, lanes);
        }
    }

    public static void OnFence(Warp w) => w.Block.Shadow!.Fenced[w.Index] = true;

    public void OnAcquire(Warp w, ulong address) => Acquire(w, Variable(w, address));

    public void OnRelease(Warp w, ulong address) => Release(w, Variable(w, address));

    private static void Merge(int[] into, int[] from)
    {
        for (int i = 0; i < into.Length; i++)
        {
            into[i] = Math.Max(into[i], from[i]);
        }
    }

    private SyncVariable Variable(Warp w, ulong address)
    {
        // An address of shared memory is a different place in each block.
        int block = address < DeviceMemory.WindowBase ? (int)w.Block.Number : -1;
        if (!_variables.TryGetValue((block, address), out SyncVariable? variable))
        {
            variable = new SyncVariable();
            _variables.Add((block, address), variable);
        }
        return variable;
    }

    private void Synchronize(Warp w, Instr instr, bool shared, ulong window)
    {
        bool releases = w.Block.Shadow!.Fenced[w.Index] || instr.Source.Modifiers.Any(static m => m is "release" or "acq_rel");
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            ulong address = w.Addresses[BitOperations.TrailingZeroCount(left)] - window;
            int block = shared ? (int)w.Block.Number : -1;
            if (!releases && !_variables.ContainsKey((block, address)))
            {
                continue;
            }
            SyncVariable variable = Variable(w, address);
            Acquire(w, variable);
            if (releases)
            {
                Release(w, variable);
            }
        }
    }

    private void Acquire(Warp w, SyncVariable variable)
    {
        int block = (int)w.Block.Number;
        foreach ((int other, long sequence) in variable.Blocks)
        {
            if (other != block && _acquired.GetValueOrDefault((block, other)) < sequence)
            {
                _acquired[(block, other)] = sequence;
            }
        }
        if (variable.Clocks.TryGetValue(block, out int[]? clock))
        {
            Merge(w.Block.Shadow!.Clocks[w.Index], clock);
        }
    }

    private void Release(Warp w, SyncVariable variable)
    {
        int block = (int)w.Block.Number;
        // The access that releases comes after everything it publishes; what it knows itself it passes on.
        variable.Blocks[block] = _sequence;
        int[] own = w.Block.Shadow!.Clocks[w.Index];
        if (!variable.Clocks.TryGetValue(block, out int[]? clock))
        {
            clock = new int[own.Length];
            variable.Clocks.Add(block, clock);
        }
        Merge(clock, own);
        own[w.Index]++;
    }

    private ref ShadowCell GlobalCell(ulong word)
    {
        ref ShadowCell[]? page = ref _pages[word / PageCells];
        page ??= new ShadowCell[PageCells];
        return ref page[word % PageCells];
    }

    private void Write(Warp w, Instr instr, BlockShadow shadow, ref ShadowCell cell, in AccessRecord now, int lane, ulong address, int size)
    {
        if (Conflicts(w, shadow, cell.Write, now, lane) && !IsSilent(w, instr, cell.Write, now, lane, size))
        {
            Report(w, instr, lane, "write after write", cell.Write, address, size);
        }
        if (Conflicts(w, shadow, cell.Read, now, lane))
        {
            Report(w, instr, lane, "write after read", cell.Read, address, size);
        }
        else if (Conflicts(w, shadow, cell.OlderRead, now, lane))
        {
            Report(w, instr, lane, "write after read", cell.OlderRead, address, size);
        }
        cell.Write = now;
        if (now.Bytes == 0xF)
        {
            cell.Read = default;
            cell.OlderRead = default;
        }
    }

    private void Read(Warp w, Instr instr, BlockShadow shadow, ref ShadowCell cell, in AccessRecord now, int lane, ulong address, int size)
    {
        if (Conflicts(w, shadow, cell.Write, now, lane))
        {
            Report(w, instr, lane, "read after write", cell.Write, address, size);
        }
        if (cell.Read.Thread != 0 && ((cell.Read.Thread - 1) / Warp.Lanes != w.Index || cell.Read.Block != now.Block))
        {
            cell.OlderRead = cell.Read;
        }
        cell.Read = now;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Conflicts(Warp w, BlockShadow shadow, in AccessRecord before, in AccessRecord now, int lane)
    {
        if (before.Thread == 0 || (before.Bytes & now.Bytes) == 0 || (before.Atomic && now.Atomic))
        {
            return false;
        }
        if (before.Block != now.Block)
        {
            return _acquired.Count == 0 || _acquired.GetValueOrDefault((now.Block, before.Block)) < before.Sequence;
        }
        if (before.Thread == now.Thread)
        {
            return false;
        }
        int warp = (before.Thread - 1) / Warp.Lanes;
        if (warp != w.Index)
        {
            return shadow.Clocks[w.Index][warp] < before.Epoch;
        }
        return shadow.LaneSync[warp][(lane * Warp.Lanes) + ((before.Thread - 1) % Warp.Lanes)] < before.Time;
    }

    /// <summary>Whether a store writes what is there already: common for flags, and harmless.</summary>
    private static bool IsSilent(Warp w, Instr instr, in AccessRecord before, in AccessRecord now, int lane, int size)
    {
        if (instr is not IStoreValue store)
        {
            return false;
        }
        bool together = before.Block == now.Block && before.Time == now.Time && before.Instr == now.Instr && (before.Thread - 1) / Warp.Lanes == w.Index;
        int other = (before.Thread - 1) % Warp.Lanes;
        return together ? w.Addresses[lane] == w.Addresses[other] && store.SameValue(w, lane, other) : store.IsInMemory(w, lane, size);
    }

    private void Report(Warp w, Instr instr, int lane, string kind, in AccessRecord before, ulong address, int size)
    {
        Instr other = _instrs[before.Instr];
        (string? file, int line) = GridScheduler.SourceOf(w.Context.Program, other);
        var party = new OtherParty(
            kind.EndsWith("write", StringComparison.Ordinal) ? (before.Atomic ? "atomic" : "write") : "read",
            other.Line, file, line, grid.PositionOf(before.Block), blockExtent.PositionOf(before.Thread - 1));
        string scope = before.Block != (int)w.Block.Number ? "between blocks"
            : (before.Thread - 1) / Warp.Lanes != w.Index ? "between warps"
            : "inside a warp";
        string space = address < DeviceMemory.WindowBase ? "shared" : "global";
        log.Add(CheckKinds.Racecheck, w, instr, lane, kind + scope, $"race {scope} in {space} memory: {kind}", address, size, (other, party));
    }

    private int NumberOf(Instr instr)
    {
        if (instr == _lastInstr)
        {
            return _lastNumber;
        }
        if (!_numbers.TryGetValue(instr, out int number))
        {
            number = _instrs.Count;
            _numbers.Add(instr, number);
            _instrs.Add(instr);
        }
        _lastInstr = instr;
        _lastNumber = number;
        _lastStrong = instr.Source.Opcode is "ld" or "st" && instr.Source.Modifiers.Any(static m => m is "volatile" or "relaxed" or "acquire" or "release" or "mmio");
        return number;
    }
}

/// <summary>A store that can say whether it would change memory.</summary>
internal interface IStoreValue
{
    /// <summary>Whether the bytes a lane stores equal those in memory now.</summary>
    bool IsInMemory(Warp w, int lane, int size);

    /// <summary>Whether two lanes store the same bytes.</summary>
    bool SameValue(Warp w, int lane, int other);
}
