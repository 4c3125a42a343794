using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

internal sealed unsafe partial class RaceCheck
{
    private const ulong ThreadMask = AccessRecord.SegmentMask | AccessRecord.LaneMask;
    private const ulong ThreadsMask = ThreadMask | AccessRecord.SpreadMask;

    /// <summary>The lane field of cell k when each lane has 1, 2, 4, 8 or 16 cells, and the lane's bit.</summary>
    private static readonly ulong[][] LaneFields = [.. Enumerable.Range(0, 5).Select(static perLane => Table(perLane, static lane => (ulong)lane << AccessRecord.LaneShift))];

    private static readonly uint[][] LaneBits = [.. Enumerable.Range(0, 5).Select(static perLane => Table(perLane, static lane => 1u << lane))];

    private static T[] Table<T>(int perLane, Func<int, T> value) => [.. Enumerable.Range(0, Warp.Lanes << perLane).Select(cell => value(cell >> perLane))];

    /// <summary>
    /// Reads of neighbouring cells, eight at a time where all eight are the same simple case, which nearly all are: nobody or this thread
    /// wrote the cell since the last barrier, and the same segment, or nobody, or two other warps have read it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadSpan(ShadowPage page, int cell, int cells, int perLane, int firstLane, bool folded)
    {
        for (int k = 0; k < cells; k += Group, cell += Group)
        {
            if (!folded && (cell & 7) == 0 && TryReadGroup(ref page.Groups[cell >> 3], AccessRecord.At(_me, firstLane + (k >> perLane), perLane)))
            {
                continue;
            }
            page.Expand(cell);
            page.Expand(cell + 7);
            int at = (firstLane << perLane) + k;
            Vector512<ulong> mine = Vector512.Create(_me) | Vector512.LoadUnsafe(ref LaneFields[perLane][at]);
            Vector512<ulong> write = Vector512.Load(page.Writes + cell);
            Vector256<uint> bits = Vector256.LoadUnsafe(ref LaneBits[perLane][at]);
            Vector512<ulong> harmless = Old(write);
            if (folded)
            {
                bits |= bits << (Warp.Lanes / 2);
            }
            else
            {
                harmless |= Vector512.Equals(write & Vector512.Create(ThreadMask), mine & Vector512.Create(ThreadMask));
            }
            if (Vector512.EqualsAll(harmless, Vector512<ulong>.AllBitsSet)
                && TryRead(ref page.Reads[cell], ref page.OlderReads[cell], ref page.Lanes[cell], mine, bits))
            {
                continue;
            }
            for (int i = 0; i < Group; i++)
            {
                int lane = firstLane + ((k + i) >> perLane);
                ReadCell(page, cell + i, lane, folded ? 0x1_0001u << lane : 1u << lane);
            }
        }
    }

    /// <summary>Reads the eight cells of a group by the lanes that <paramref name="mine"/> stands for, unless the group has to be taken apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadGroup(ref CellGroup group, ulong mine)
    {
        if (group.IsExpanded || !(IsOld(group.Write) || ((group.Write ^ mine) & ThreadsMask) == 0))
        {
            return false;
        }
        ulong read = group.Read;
        if (IsOld(read) || ((read ^ mine) & (ThreadsMask | AccessRecord.AtomicBit)) == 0)
        {
            group.Read = mine;
            return true;
        }
        if (!_simple || !IsByOther(read))
        {
            return false;
        }
        if (!IsOld(group.OlderRead) && IsByOther(group.OlderRead) && !AccessRecord.IsAtomic(read | group.OlderRead))
        {
            // Two other warps have read it: a write that races with this read races with one of theirs.
            return true;
        }
        group.OlderRead = read;
        group.Read = mine;
        return true;
    }

    /// <summary>Whether a record that is not old is by another warp or block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsByOther(ulong record) => ((record ^ _me) & AccessRecord.WarpMask) != 0 || record < _otherBlocks;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPlainByOther(ulong record) => !IsOld(record) && IsByOther(record) && !AccessRecord.IsAtomic(record);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryRead(ref ulong reads, ref ulong olderReads, ref uint lanes, Vector512<ulong> mine, Vector256<uint> bits)
    {
        Vector512<ulong> read = Vector512.LoadUnsafe(ref reads);
        if (!_atomic && Vector512.EqualsAll(read & ~Vector512.Create(AccessRecord.LaneMask), Vector512.Create(_me)))
        {
            mine.StoreUnsafe(ref reads);
            (Vector256.LoadUnsafe(ref lanes) | bits).StoreUnsafe(ref lanes);
            return true;
        }
        Vector512<ulong> old = Old(read);
        if (Vector512.EqualsAll(old, Vector512<ulong>.AllBitsSet))
        {
            mine.StoreUnsafe(ref reads);
            bits.StoreUnsafe(ref lanes);
            return true;
        }
        if (!_simple || !Vector512.EqualsAll(ByOthers(read, old, mine), Vector512<ulong>.AllBitsSet))
        {
            return false;
        }
        Vector512<ulong> older = Vector512.LoadUnsafe(ref olderReads);
        Vector512<ulong> plain = Vector512.Equals((read | older) & Vector512.Create(AccessRecord.AtomicBit), Vector512<ulong>.Zero);
        Vector512<ulong> known = ByOthers(older, Old(older), mine) & plain;
        if (Vector512.EqualsAll(known, Vector512<ulong>.AllBitsSet))
        {
            return true;
        }
        if (!Vector512.EqualsAll(known, Vector512<ulong>.Zero))
        {
            return false;
        }
        read.StoreUnsafe(ref olderReads);
        mine.StoreUnsafe(ref reads);
        bits.StoreUnsafe(ref lanes);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WriteSpan(ShadowPage page, int cell, int cells, int perLane, int firstLane)
    {
        for (int k = 0; k < cells; k += Group, cell += Group)
        {
            bool whole = (cell & 7) == 0;
            ulong group = AccessRecord.At(_me, firstLane + (k >> perLane), perLane);
            if (whole && TryWriteGroup(ref page.Groups[cell >> 3], group))
            {
                continue;
            }
            page.Expand(cell);
            page.Expand(cell + 7);
            int at = (firstLane << perLane) + k;
            Vector512<ulong> mine = Vector512.Create(_me) | Vector512.LoadUnsafe(ref LaneFields[perLane][at]);
            if (page.Readers is null && CanWrite(ref page.Writes[cell], ref page.Reads[cell], ref page.OlderReads[cell], ref page.Lanes[cell], mine, Vector256.LoadUnsafe(ref LaneBits[perLane][at])))
            {
                if (whole && !_atomic)
                {
                    page.Groups[cell >> 3] = new CellGroup { Write = group };
                    continue;
                }
                mine.Store(page.Writes + cell);
                if (!_atomic)
                {
                    Vector512<ulong>.Zero.Store(page.Reads + cell);
                    Vector512<ulong>.Zero.Store(page.OlderReads + cell);
                }
                continue;
            }
            for (int i = 0; i < Group; i++)
            {
                WriteCell(page, cell + i, firstLane + ((k + i) >> perLane));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryWriteGroup(ref CellGroup group, ulong mine)
    {
        if (group.IsExpanded
            || !(IsOld(group.Write) || ((group.Write ^ mine) & ThreadsMask) == 0)
            || !(IsOld(group.Read) || ((group.Read ^ mine) & ThreadsMask) == 0)
            || !IsOld(group.OlderRead))
        {
            return false;
        }
        group.Write = mine;
        if (!_atomic)
        {
            group.Read = 0;
            group.OlderRead = 0;
        }
        return true;
    }

    /// <summary>Whether eight cells were touched since the last barrier by the writing threads only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool CanWrite(ref ulong writes, ref ulong reads, ref ulong olderReads, ref uint lanes, Vector512<ulong> mine, Vector256<uint> bits)
    {
        Vector512<ulong> write = Vector512.LoadUnsafe(ref writes);
        Vector512<ulong> thread = Vector512.Create(ThreadMask);
        if (!Vector512.EqualsAll(Old(write) | Vector512.Equals(write & thread, mine & thread), Vector512<ulong>.AllBitsSet))
        {
            return false;
        }
        Vector512<ulong> read = Vector512.LoadUnsafe(ref reads);
        if (read == Vector512<ulong>.Zero)
        {
            return true;
        }
        Vector512<ulong> segment = Vector512.Create(AccessRecord.SegmentMask);
        bool own = Vector512.EqualsAll(read & segment, mine & segment) && Vector256.LoadUnsafe(ref lanes) == bits;
        return (own || Vector512.EqualsAll(Old(read), Vector512<ulong>.AllBitsSet))
            && Vector512.EqualsAll(Old(Vector512.LoadUnsafe(ref olderReads)), Vector512<ulong>.AllBitsSet);
    }

    private void ReadCell(ShadowPage page, int cell, int lane, uint lanes)
    {
        page.Expand(cell);
        ulong write = page.Writes[cell];
        ref ulong read = ref page.Reads[cell];
        if (_simple && IsOld(write) && IsPlainByOther(read) && IsPlainByOther(page.OlderReads[cell]))
        {
            // As in TryReadGroup.
            return;
        }
        if (!IsOld(write) && Conflicts(write, 1u << AccessRecord.Lane(write), lanes))
        {
            uint others = lanes & ~(1u << AccessRecord.Lane(write));
            Report(BitOperations.TrailingZeroCount(others != 0 ? others : lanes), "read after write", write, 1u << AccessRecord.Lane(write));
        }
        ulong mine = AccessRecord.At(_me, lane);
        if ((read ^ mine) >> 32 == 0)
        {
            // A plain read can race with more than an atomic one: it is what is kept.
            bool readIsAtomic = AccessRecord.IsAtomic(read);
            if (readIsAtomic == _atomic)
            {
                if (((read ^ mine) & AccessRecord.InstrMask) != 0 && page.Lanes[cell] != lanes && IsOld(page.OlderReads[cell]))
                {
                    // Only for the report: who read it with the other instruction.
                    page.OlderReads[cell] = read;
                }
                page.Lanes[cell] |= lanes;
                read = mine;
            }
            else if (readIsAtomic)
            {
                page.Lanes[cell] = lanes;
                read = mine;
            }
            return;
        }
        if (!IsOld(read))
        {
            ref ulong older = ref page.OlderReads[cell];
            if (_keepsReaders)
            {
                Keep(page, cell, read, page.Lanes[cell]);
            }
            else if (IsConcurrentRead(read) && IsConcurrentRead(older))
            {
                return;
            }
            else if (AccessRecord.Warp(read) != AccessRecord.Warp(_me) || !IsOwnBlock(read))
            {
                older = read;
            }
        }
        read = mine;
        page.Lanes[cell] = lanes;
    }

    private void WriteCell(ShadowPage page, int cell, int lane)
    {
        page.Expand(cell);
        ulong write = page.Writes[cell];
        uint bit = 1u << lane;
        if (!IsOld(write) && Conflicts(write, 1u << AccessRecord.Lane(write), bit) && !IsSilent(page, cell, write, lane))
        {
            Report(lane, "write after write", write, 1u << AccessRecord.Lane(write));
        }
        ulong read = page.Reads[cell];
        if (read != 0)
        {
            ulong older = page.OlderReads[cell];
            if (!IsOld(read) && Conflicts(read, page.Lanes[cell], bit))
            {
                // The lane in a record is the one that surely carried out its instruction.
                bool sameThread = AccessRecord.Lane(read) == lane && (read ^ older) >> 32 == 0 && AccessRecord.Lane(older) != lane;
                Report(lane, "write after read", sameThread ? older : read, page.Lanes[cell]);
            }
            else if (!IsOld(older) && Conflicts(older, 1u << AccessRecord.Lane(older), bit))
            {
                Report(lane, "write after read", older, 1u << AccessRecord.Lane(older));
            }
            else
            {
                CheckReaders(page, cell, lane);
            }
            if (!_atomic)
            {
                page.Readers?.Remove(cell);
                page.Reads[cell] = 0;
                page.OlderReads[cell] = 0;
            }
        }
        page.Writes[cell] = AccessRecord.At(_me, lane);
    }

    /// <summary>Whether a store writes what is there already: common for flags, and harmless.</summary>
    private bool IsSilent(ShadowPage page, int cell, ulong before, int lane)
    {
        if (_instr is not IStoreValue store)
        {
            return false;
        }
        // Two lanes of this very store: memory does not hold the first one's value yet.
        int other = AccessRecord.Lane(before);
        if ((before ^ _me) >> 32 == 0 && other < lane && (_w.Mask >> other & 1) != 0 && Overlaps(page, cell, lane, other))
        {
            return _w.Addresses[lane] == _w.Addresses[other] && store.SameValue(_w, lane, other);
        }
        return store.IsInMemory(_w, lane, _size);
    }

    /// <summary>Whether another lane of this access touches the cell too.</summary>
    private bool Overlaps(ShadowPage page, int cell, int lane, int other)
    {
        // Where the cell lies as seen from this lane's address: both lanes count in the same space.
        ulong cellBytes = 1UL << page.Shift;
        ulong pageBytes = (ulong)RaceShadow.PageBytes;
        ulong address = _w.Addresses[lane];
        for (ulong at = address; at < address + (ulong)_size; at += cellBytes)
        {
            ulong index = (page == _block.Shared ? at & 0xFFFF_FFFF : at & (pageBytes - 1)) >> page.Shift;
            if (index == (ulong)cell)
            {
                return at >= _w.Addresses[other] && at < _w.Addresses[other] + (ulong)_size;
            }
        }
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsOld(ulong record) => record < _old || record - _own < _ownLength;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<ulong> Old(Vector512<ulong> record) =>
        Vector512.LessThan(record, Vector512.Create(_old)) | Vector512.LessThan(record - Vector512.Create(_own), Vector512.Create(_ownLength));

    /// <summary>Records that are not old and by another warp or block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<ulong> ByOthers(Vector512<ulong> record, Vector512<ulong> old, Vector512<ulong> mine)
    {
        Vector512<ulong> warp = Vector512.Create(AccessRecord.WarpMask);
        Vector512<ulong> sameWarp = Vector512.Equals(record & warp, mine & warp) & ~Vector512.LessThan(record, Vector512.Create(_otherBlocks));
        return ~(old | sameWarp);
    }
}
