using System.Numerics;
using System.Runtime.CompilerServices;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

internal sealed unsafe partial class RaceCheck
{
    private readonly Dictionary<(int Block, ulong Address), SyncVariable> _variables = [];

    /// <summary>Up to which of its releases one block knows of another.</summary>
    private readonly Dictionary<(int Block, int Other), int> _acquired = [];

    private readonly List<Block> _blocks = [];

    /// <summary>Whether several blocks have been under way at once, so that the segments of one are not all between two numbers.</summary>
    private bool _interleaved;

    /// <summary>What releases on one address have published.</summary>
    private sealed class SyncVariable
    {
        public Dictionary<int, int> Blocks { get; } = [];

        public Dictionary<int, int[]> Clocks { get; } = [];
    }

    public void OnBlockStart(Block block)
    {
        if (!_blocks.Contains(block))
        {
            _blocks.Add(block);
        }
        foreach (Block other in _blocks)
        {
            _interleaved |= other != block && !other.IsFinished;
        }
        if (!_interleaved)
        {
            _segments.ForgetOrder();
        }
        block.Shadow!.Start(_segments.Next);
    }

    /// <summary>Lanes have taken part in the same warp-wide synchronisation.</summary>
    public static void OnWarpSync(Warp w, uint mask)
    {
        BlockShadow block = w.Block.Shadow!;
        block.Segments[w.Index] = 0;
        uint now = ++block.Generations[w.Index];
        if (mask == w.Initial)
        {
            block.WarpSync[w.Index] = now;
            return;
        }
        block.HasLaneSync[w.Index] = true;
        uint[] sync = block.LaneSync[w.Index];
        for (uint left = mask; left != 0; left &= left - 1)
        {
            int row = BitOperations.TrailingZeroCount(left) * Warp.Lanes;
            for (uint others = mask; others != 0; others &= others - 1)
            {
                sync[row + BitOperations.TrailingZeroCount(others)] = now;
            }
        }
    }

    public void OnBarrierComplete(
        Block block, List<(Warp Warp, uint Lanes, BarrierInstr Instr)> arrived, List<(Warp Warp, Split Split, BarrierInstr Instr, uint Lanes)> waiting)
    {
        BlockShadow shadowOfBlock = block.Shadow!;
        if (IsWhole(block, waiting))
        {
            // All before is ordered before all after: one number says it.
            shadowOfBlock.Watermark = _segments.Next;
            shadowOfBlock.Reads.Reopen();
            shadowOfBlock.Shared.Readers = null;
            Array.Clear(shadowOfBlock.Segments);
            if (!_interleaved)
            {
                _segments.ForgetOrder();
            }
            return;
        }
        CloseReads(block);
        shadowOfBlock.HasPartialOrder = true;
        var joined = new int[shadowOfBlock.Clocks.Length];
        foreach ((Warp warp, _, _) in arrived)
        {
            Merge(joined, shadowOfBlock.Clocks[warp.Index]);
        }
        foreach ((Warp warp, _, _, _) in waiting)
        {
            Merge(shadowOfBlock.Clocks[warp.Index], joined);
        }
        foreach (IGrouping<int, (Warp Warp, uint Lanes, BarrierInstr Instr)> group in arrived.GroupBy(static item => item.Warp.Index))
        {
            // What a warp does from now on is a new epoch, which nobody has seen.
            shadowOfBlock.Clocks[group.Key][group.Key]++;
            uint lanes = group.Aggregate(0u, static (sum, item) => sum | item.Lanes);
            OnWarpSync(group.First().Warp, lanes);
        }
    }

    public static void OnFence(Warp w) => w.Block.Shadow!.Fenced[w.Index] = true;

    public void OnAcquire(Warp w, ulong address) => Acquire(w, Variable(w, address));

    public void OnRelease(Warp w, ulong address) => Release(w, Variable(w, address));

    /// <summary>Whether every thread that the block started with waits at this barrier.</summary>
    private static bool IsWhole(Block block, List<(Warp Warp, Split Split, BarrierInstr Instr, uint Lanes)> waiting)
    {
        long threads = 0;
        foreach ((_, _, _, uint lanes) in waiting)
        {
            threads += BitOperations.PopCount(lanes);
        }
        return threads == block.Context.BlockExtent.Count;
    }

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
        bool releases = w.Block.Shadow!.Fenced[w.Index] || instr.IsRelease;
        if (!releases && _variables.Count == 0)
        {
            return;
        }
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
        foreach ((int other, int releases) in variable.Blocks)
        {
            if (other != block && _acquired.GetValueOrDefault((block, other), -1) < releases)
            {
                _acquired[(block, other)] = releases;
            }
        }
        if (variable.Clocks.TryGetValue(block, out int[]? clock))
        {
            CloseReads(w.Block);
            w.Block.Shadow!.HasPartialOrder = true;
            Merge(w.Block.Shadow.Clocks[w.Index], clock);
        }
    }

    private static void Release(Warp w, SyncVariable variable)
    {
        int block = (int)w.Block.Number;
        BlockShadow shadowOfBlock = w.Block.Shadow!;
        // Everything so far is published, this access included; what the warp knows itself it passes on.
        variable.Blocks[block] = shadowOfBlock.Releases++;
        int[] own = shadowOfBlock.Clocks[w.Index];
        if (!variable.Clocks.TryGetValue(block, out int[]? clock))
        {
            clock = new int[own.Length];
            variable.Clocks.Add(block, clock);
        }
        Merge(clock, own);
        own[w.Index]++;
        Array.Clear(shadowOfBlock.Segments);
    }

    private uint SegmentOf(Warp w)
    {
        ref uint segment = ref _block.Segments[w.Index];
        if (segment == 0)
        {
            if (_segments.Next == uint.MaxValue)
            {
                StartOver();
            }
            segment = _segments.Add(_blockNumber, _block.Releases, _block.Clocks[w.Index][w.Index], _block.Generations[w.Index]);
        }
        return segment;
    }

    /// <summary>The numbers of segments are used up: what was seen so far is forgotten.</summary>
    private void StartOver()
    {
        shadow.Clear();
        _segments = new SegmentTable(shadow.NextSegment);
        foreach (Block block in _blocks)
        {
            block.Shadow!.Shared.Clear();
            block.Shadow.Reads.Reopen();
            Array.Clear(block.Shadow.Segments);
            block.Shadow.FirstSegment = _segments.First;
            block.Shadow.Watermark = _segments.First;
        }
    }

    private void SetLimits(bool shared)
    {
        _keepsReaders = shared && _hasPartialOrder;
        _simple = !_keepsReaders && !_block.HasPartialOrder && _acquired.Count == 0;
        if (shared)
        {
            _old = AccessRecord.Floor(_block.Watermark);
            (_own, _ownLength, _otherBlocks) = (0, 0, 0);
            return;
        }
        _old = AccessRecord.Floor(_segments.First);
        if (_interleaved)
        {
            (_own, _ownLength, _otherBlocks) = (0, 0, 0);
            _simple = false;
            return;
        }
        _own = AccessRecord.Floor(_block.FirstSegment);
        _ownLength = AccessRecord.Floor(_block.Watermark) - _own;
        _otherBlocks = _own;
    }

    private int BlockOf(ulong record) => _segments.OwnerOf(AccessRecord.Segment(record)).Block;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsOwnBlock(ulong record) => _interleaved ? BlockOf(record) == _blockNumber : record >= _otherBlocks;

    /// <summary>Whether a record that is not old is a plain read by another warp that is not ordered before this access.</summary>
    private bool IsConcurrentRead(ulong read)
    {
        if (IsOld(read) || AccessRecord.IsAtomic(read))
        {
            return false;
        }
        if (!IsOwnBlock(read))
        {
            // While both blocks run, the other one may itself write later.
            return !_interleaved && !IsAcquired(read);
        }
        return AccessRecord.Warp(read) != AccessRecord.Warp(_me) && !IsOrdered(read);
    }

    /// <summary>Whether an access that is not old and this one by <paramref name="lanes"/> have nothing between them that orders them.</summary>
    private bool Conflicts(ulong before, uint beforeLanes, uint lanes)
    {
        if (_atomic && AccessRecord.IsAtomic(before))
        {
            return false;
        }
        if (!IsOwnBlock(before))
        {
            return !IsAcquired(before);
        }
        if (AccessRecord.Warp(before) != AccessRecord.Warp(_me))
        {
            return !IsOrdered(before);
        }
        if (beforeLanes == lanes && BitOperations.IsPow2(lanes))
        {
            return false;
        }
        return !IsBeforeWholeBarrier(before) && !AreLanesSynchronized(before, beforeLanes, lanes);
    }

    private bool IsAcquired(ulong record)
    {
        if (_acquired.Count == 0)
        {
            return false;
        }
        (int block, int releases) = _segments.OwnerOf(AccessRecord.Segment(record));
        return _acquired.GetValueOrDefault((_blockNumber, block), -1) >= releases;
    }

    /// <summary>Whether the other warp's work up to the record is known to this one.</summary>
    private bool IsOrdered(ulong record) =>
        IsBeforeWholeBarrier(record)
        || (_block.HasPartialOrder
            && (_segments.OrderOf(AccessRecord.Segment(record)) is not { } order || _block.Clocks[AccessRecord.Warp(_me)][AccessRecord.Warp(record)] >= order.Epoch));

    private bool IsBeforeWholeBarrier(ulong record) => AccessRecord.Segment(record) < _block.Watermark;

    /// <summary>Whether all those lanes have met all the others since.</summary>
    private bool AreLanesSynchronized(ulong before, uint beforeLanes, uint lanes)
    {
        int warp = AccessRecord.Warp(_me);
        uint segment = AccessRecord.Segment(before);
        if ((before ^ _me) >> 32 == 0)
        {
            return false;
        }
        if (_segments.OrderOf(segment) is not { } order || _block.WarpSync[warp] > order.Generation)
        {
            return true;
        }
        if (!_block.HasLaneSync[warp])
        {
            return false;
        }
        uint[] sync = _block.LaneSync[warp];
        for (uint left = lanes; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            for (uint others = beforeLanes & ~(1u << lane); others != 0; others &= others - 1)
            {
                if (sync[(lane * Warp.Lanes) + BitOperations.TrailingZeroCount(others)] <= order.Generation)
                {
                    return false;
                }
            }
        }
        return true;
    }
}
