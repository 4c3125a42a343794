using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>
/// racecheck: two accesses to the same bytes by different threads, one of them a write, that nothing orders. What orders: the same
/// thread; between lanes of a warp a <c>.sync</c> instruction both took part in; between warps a barrier; between blocks (and warps)
/// a fence followed by an atomic on an address that the other party then reads or changes atomically. Atomics never race with each other.
/// </summary>
/// <remarks>
/// This file takes accesses apart into cells of shadow memory, <c>RaceCheck.Cells.cs</c> compares an access with what a cell remembers,
/// and <c>RaceCheck.Order.cs</c> knows what is ordered.
/// </remarks>
internal sealed unsafe partial class RaceCheck(FindingLog log, KernelProgram program, RaceShadow shadow, Dim3 grid, Dim3 blockExtent)
{
    private const int Group = 8;

    private SegmentTable _segments = new(shadow.NextSegment);

    // The access that is looked at.
    private Warp _w = null!;
    private Instr _instr = null!;
    private BlockShadow _block = null!;
    private int _blockNumber;
    private ulong _me;
    private bool _write;
    private bool _atomic;
    private int _size;

    // Records below the first limit, and those from the second on over the length, are ordered before it.
    private ulong _old;
    private ulong _own;
    private ulong _ownLength;

    /// <summary>Records below it are by other blocks.</summary>
    private ulong _otherBlocks;

    /// <summary>Whether records above the limits are unordered for sure when another warp made them.</summary>
    private bool _simple;

    public RaceShadow Shadow
    {
        get
        {
            shadow.NextSegment = _segments.Next;
            return shadow;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void OnAccess(Warp w, Instr instr, bool shared, AccessKind kind, int size, ulong window)
    {
        _w = w;
        _instr = instr;
        _block = w.Block.Shadow!;
        _blockNumber = (int)w.Block.Number;
        bool atomic = kind == AccessKind.Atomic || instr.IsStrong;
        // The access belongs to what it releases itself.
        ulong me = AccessRecord.Make(SegmentOf(w), instr.Number, w.Index, atomic);
        if (shared && _block.Reads.IsOpen)
        {
            if (kind == AccessKind.Read && !atomic && _block.Reads.TryAdd(me, w, size, window))
            {
                return;
            }
            CloseReads(w.Block);
        }
        if (atomic)
        {
            Synchronize(w, instr, shared, window);
        }
        _write = kind != AccessKind.Read;
        _atomic = atomic;
        SetLimits(shared);
        Walk(me, w.Addresses, w.Mask, shared, shared ? window : window + DeviceMemory.WindowBase, size);
    }

    /// <summary>Carries the logged reads of a block into its shadow, before something that they could race with or that orders them in part.</summary>
    private void CloseReads(Block block)
    {
        _block = block.Shadow!;
        _blockNumber = (int)block.Number;
        _write = false;
        _atomic = false;
        SetLimits(true);
        ulong* addresses = stackalloc ulong[Warp.Lanes];
        foreach (ref readonly ReadLog.Entry entry in _block.Reads.Entries)
        {
            for (int lane = 0; lane < Warp.Lanes; lane++)
            {
                addresses[lane] = entry.Offsets[lane];
            }
            Walk(entry.Record, addresses, entry.Mask, true, 0, entry.Size);
        }
        _block.Reads.Close();
    }

    /// <summary>Takes an access apart into what neighbouring lanes do together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Walk(ulong me, ulong* addresses, uint mask, bool shared, ulong origin, int size)
    {
        _me = me;
        _size = size;
        int shift = BitOperations.TrailingZeroCount((uint)size | 4);
        if (!shared && mask == Warp.Full && shift == 2 && TryLines(addresses, origin))
        {
            return;
        }
        // Two half warps that read the same places, as in blocks 16 threads wide, are looked at together.
        bool folded = !_write && mask == Warp.Full && AreHalvesEqual(addresses);
        uint twins = folded ? 0x1_0001u : 1;
        int end = folded ? Warp.Lanes / 2 : Warp.Lanes;
        for (int first = 0; first < end; first += Group)
        {
            uint active = mask >> first & 0xFF;
            if (active == 0xFF)
            {
                Vector512<ulong> all = Vector512.Load(addresses + first);
                Vector512<ulong> same = Vector512.Create(addresses[first]);
                if (all == same + (Vector512<ulong>.Indices * (ulong)size))
                {
                    Span(shared, addresses[first] - origin, shift, first, folded);
                    continue;
                }
                if (!_write && all == same)
                {
                    uint lanes = 0xFFu << first;
                    for (; first + Group < end && (mask >> (first + Group) & 0xFF) == 0xFF && Vector512.Load(addresses + first + Group) == same; first += Group)
                    {
                        lanes |= 0xFFu << (first + Group);
                    }
                    Cells(shared, same.ToScalar() - origin, shift, lanes * twins, BitOperations.TrailingZeroCount(lanes));
                    continue;
                }
            }
            for (; active != 0; active &= active - 1)
            {
                int lane = first + BitOperations.TrailingZeroCount(active);
                Cells(shared, addresses[lane] - origin, shift, (1u << lane) * twins, lane);
            }
        }
    }

    /// <summary>An access to whole lines of global memory, lane after lane, where nothing irregular ever happened.</summary>
    private bool TryLines(ulong* addresses, ulong origin)
    {
        ulong offset = addresses[0] - origin;
        if ((offset & (ulong)(RaceShadow.LineBytes - 1)) != 0)
        {
            return false;
        }
        Vector512<ulong> expected = Vector512.Create(addresses[0]) + (Vector512<ulong>.Indices * (ulong)_size);
        for (int first = 0; first < Warp.Lanes; first += Group)
        {
            if (Vector512.Load(addresses + first) != expected)
            {
                return false;
            }
            expected += Vector512.Create((ulong)(Group * _size));
        }
        int wordsPerLane = BitOperations.Log2((uint)_size >> 2);
        int lanesPerLine = RaceShadow.LineBytes / _size;
        for (int lane = 0; lane < Warp.Lanes; lane += lanesPerLine, offset += (ulong)RaceShadow.LineBytes)
        {
            if (shadow.Find(offset) is not null)
            {
                return false;
            }
            CellGroup* line = shadow.LineAt(offset);
            ulong mine = AccessRecord.At(_me, lane, wordsPerLane);
            if (line == null || !(_write ? TryWriteGroup(ref *line, mine) : TryReadGroup(ref *line, mine)))
            {
                // What is done already is done again by the caller, which changes nothing.
                return false;
            }
        }
        return true;
    }

    private static bool AreHalvesEqual(ulong* addresses) =>
        Vector512.Load(addresses) == Vector512.Load(addresses + 16) && Vector512.Load(addresses + 8) == Vector512.Load(addresses + 24);

    /// <summary>The accesses of eight lanes, each right behind the one before; folded, of the eight lanes 16 further on as well.</summary>
    private void Span(bool shared, ulong offset, int shift, int firstLane, bool folded)
    {
        int bytes = Group * _size;
        int at = shared ? (int)offset : (int)(offset & (ulong)(RaceShadow.PageBytes - 1));
        if (!shared && at + bytes > RaceShadow.PageBytes)
        {
            for (int k = 0; k < Group; k++)
            {
                uint lanes = (1u << (firstLane + k)) * (folded ? 0x1_0001u : 1);
                Cells(shared, offset + (ulong)(k * _size), shift, lanes, firstLane + k);
            }
            return;
        }
        if (!shared && !folded && shift == 2 && (at & 31) == 0 && shadow.Find(offset) is null)
        {
            // Nothing irregular ever happened near: the groups alone say it all.
            int wordsPerLane = BitOperations.Log2((uint)(_size >> 2));
            int done = 0;
            while (done < bytes >> 2)
            {
                CellGroup* group = shadow.GroupAt(offset + (4UL * (ulong)done));
                ulong mine = AccessRecord.At(_me, firstLane + (done >> wordsPerLane), wordsPerLane);
                if (!(_write ? TryWriteGroup(ref *group, mine) : TryReadGroup(ref *group, mine)))
                {
                    break;
                }
                done += Group;
            }
            if (done == bytes >> 2)
            {
                return;
            }
            // What is done already is done again below, which changes nothing.
        }
        ShadowPage page = PageOf(shared, offset, shift);
        int perLane = BitOperations.Log2((uint)(_size >> page.Shift));
        if (_write)
        {
            WriteSpan(page, at >> page.Shift, bytes >> page.Shift, perLane, firstLane);
        }
        else
        {
            ReadSpan(page, at >> page.Shift, bytes >> page.Shift, perLane, firstLane, folded);
        }
    }

    /// <summary>One access by one lane, or the same read by several.</summary>
    private void Cells(bool shared, ulong offset, int shift, uint lanes, int lane)
    {
        for (int done = 0; done < _size;)
        {
            ShadowPage page = PageOf(shared, offset + (ulong)done, shift);
            int at = shared ? (int)offset + done : (int)((offset + (ulong)done) & (ulong)(RaceShadow.PageBytes - 1));
            int end = shared ? at + _size - done : Math.Min(at + _size - done, RaceShadow.PageBytes);
            done += end - at;
            for (int cell = at >> page.Shift; cell < end >> page.Shift; cell++)
            {
                if (_write)
                {
                    WriteCell(page, cell, lane);
                }
                else
                {
                    ReadCell(page, cell, lane, lanes);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ShadowPage PageOf(bool shared, ulong offset, int shift)
    {
        ShadowPage page = shared ? _block.Shared : shadow.PageOf(offset);
        if (page.Shift > shift)
        {
            page.Refine(shift);
        }
        return page;
    }

    private void Report(int lane, string kind, ulong before, uint beforeLanes)
    {
        Instr? other = InstrOf(before);
        int otherBlock = BlockOf(before);
        (string? file, int line) = other is null ? (null, 0) : GridScheduler.SourceOf(program, other);
        bool sameWarp = otherBlock == _blockNumber && AccessRecord.Warp(before) == _w.Index;
        int otherLane = AccessRecord.Lane(before);
        if (sameWarp && otherLane == lane && (beforeLanes & ~(1u << lane)) != 0)
        {
            otherLane = BitOperations.TrailingZeroCount(beforeLanes & ~(1u << lane));
        }
        int otherThread = (AccessRecord.Warp(before) * Warp.Lanes) + otherLane;
        var party = new OtherParty(
            kind.EndsWith("write", StringComparison.Ordinal) ? (AccessRecord.IsAtomic(before) ? "atomic" : "write") : "read",
            other?.Line ?? 0, file, line, grid.PositionOf(otherBlock), blockExtent.PositionOf(otherThread));
        string scope = otherBlock != _blockNumber ? "between blocks"
            : sameWarp ? "inside a warp"
            : "between warps";
        ulong address = _w.Addresses[lane];
        if (Addressing.SpaceOf(address) == Ptx.StateSpace.Shared)
        {
            address -= AddressWindows.Shared;
        }
        string space = address < DeviceMemory.WindowBase ? "shared" : "global";
        log.Add(CheckKinds.Racecheck, _w, _instr, lane, kind + scope, $"race {scope} in {space} memory: {kind}", address, _size, (other, party));
    }

    /// <summary>The instruction of a record, or null when the module has more than a record can number.</summary>
    private Instr? InstrOf(ulong record)
    {
        int number = AccessRecord.Instr(record);
        foreach (FunctionCode function in program.Reachable)
        {
            int at = number - function.Instructions[0].Number;
            if (at >= 0 && at < function.Instructions.Length)
            {
                return function.Instructions[at];
            }
        }
        return null;
    }
}

/// <summary>A store that can say whether it would change memory.</summary>
internal interface IStoreValue
{
    /// <summary>Whether the bytes a lane stores equal those in memory now.</summary>
    bool IsInMemory(Warp w, int lane, int size);

    /// <summary>Whether two lanes store the same bytes.</summary>
    bool SameValue(Warp w, int lane, int other);

    /// <summary>Copies what a lane is about to store, all elements of it.</summary>
    void CopyValue(Warp w, int lane, Span<byte> value);
}
