using System.Numerics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>synccheck: barriers, member masks, shuffles and asynchronous copies are used as the rules say.</summary>
internal sealed class SynchronizationCheck(FindingLog log)
{
    public void OnCollective(Warp w, CollectiveInstr instr, uint group, uint members)
    {
        uint strangers = group & ~members;
        if (strangers != 0)
        {
            log.Add(CheckKinds.Synccheck, w, instr, BitOperations.TrailingZeroCount(strangers), "stranger", $"the thread is not in its own mask 0x{members:x8}");
        }
        uint gone = members & w.Initial & ~w.Live;
        if (gone != 0)
        {
            log.Add(CheckKinds.Synccheck, w, instr, BitOperations.TrailingZeroCount(group), "gone", $"the mask 0x{members:x8} names lanes that have exited (0x{gone:x8})");
        }
    }

    public void OnUndefinedSource(Warp w, Instr instr, int lane, int from) =>
        log.Add(CheckKinds.Synccheck, w, instr, lane, "source", $"the shuffle reads lane {from}, which does not take part: the result is undefined");

    public void OnBarrier(Warp w, BarrierInstr instr, uint mask, int number, int expected, int current)
    {
        if (expected != current)
        {
            log.Add(
                CheckKinds.Synccheck, w, instr, BitOperations.TrailingZeroCount(mask), "count",
                $"barrier {number} is used with {Count(expected)} while threads wait at it with {Count(current)}");
        }
        static string Count(int threads) => threads == 0 ? "the whole block" : $"{threads} threads";
    }

    /// <summary>All threads have come; did they come as they should have?</summary>
    public void OnBarrierComplete(Block block, List<(Warp Warp, uint Lanes, BarrierInstr Instr)> arrived)
    {
        var first = new Dictionary<Warp, (BarrierInstr Instr, uint Lanes)>();
        foreach ((Warp warp, uint lanes, BarrierInstr instr) in arrived)
        {
            if (!instr.Aligned)
            {
                continue;
            }
            int lane = BitOperations.TrailingZeroCount(lanes);
            if (!first.TryGetValue(warp, out (BarrierInstr Instr, uint Lanes) earlier))
            {
                first.Add(warp, (instr, lanes));
            }
            else
            {
                if (earlier.Instr != instr)
                {
                    log.Add(
                        CheckKinds.Synccheck, warp, instr, lane, "divergent",
                        $"barrier divergence: threads of one warp reach the barrier at different places (another at line {earlier.Instr.Line})");
                }
                first[warp] = (earlier.Instr, earlier.Lanes | lanes);
            }
        }
        foreach ((Warp warp, (BarrierInstr instr, uint lanes)) in first)
        {
            if (warp.Live != lanes)
            {
                log.Add(
                    CheckKinds.Synccheck, warp, instr, BitOperations.TrailingZeroCount(lanes), "partial",
                    $"barrier divergence: only lanes 0x{lanes:x8} of the warp's 0x{warp.Live:x8} reach the barrier");
            }
            else if (warp.Live != warp.Initial)
            {
                log.Add(
                    CheckKinds.Synccheck, warp, instr, BitOperations.TrailingZeroCount(lanes), "exited",
                    $"barrier divergence: lanes 0x{warp.Initial & ~warp.Live:x8} of the warp have exited and never reach the barrier");
            }
            else if (instr.CountSlot == CollectiveInstr.NoMembers && block.LiveThreads != (int)block.Context.BlockExtent.Count)
            {
                log.Add(
                    CheckKinds.Synccheck, warp, instr, BitOperations.TrailingZeroCount(lanes), "exited",
                    $"barrier divergence: {block.Context.BlockExtent.Count - block.LiveThreads} threads of the block have exited and never reach the barrier");
            }
        }
    }

    public void OnDeadlock(Warp w, Split split, string what) =>
        log.Add(CheckKinds.Synccheck, w, w.Current, BitOperations.TrailingZeroCount(split.Mask), "deadlock", $"{BitOperations.PopCount(split.Mask)} threads of the warp {what}");

    public unsafe void OnAsyncIssue(Warp w, Instr instr, int size)
    {
        BlockShadow shadow = w.Block.Shadow!;
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int at = (int)w.Addresses[BitOperations.TrailingZeroCount(left)];
            for (int k = 0; k < size; k++)
            {
                shadow.PendingCount += shadow.Pending[at + k] is null ? 1 : 0;
                shadow.Pending[at + k] = instr;
            }
        }
    }

    public void OnAsyncComplete(Warp w, long offset, int size)
    {
        BlockShadow shadow = w.Block.Shadow!;
        for (int k = 0; k < size; k++)
        {
            shadow.PendingCount -= shadow.Pending[offset + k] is null ? 0 : 1;
            shadow.Pending[offset + k] = null;
        }
    }

    public unsafe void OnSharedAccess(Warp w, Instr instr, AccessKind kind, int size, ulong window)
    {
        BlockShadow shadow = w.Block.Shadow!;
        if (shadow.PendingCount == 0)
        {
            return;
        }
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            ulong address = w.Addresses[lane] - window;
            for (int k = 0; k < size; k++)
            {
                if (shadow.Pending[(int)address + k] is { } copy)
                {
                    string verb = kind == AccessKind.Read ? "read" : "written";
                    log.Add(
                        CheckKinds.Synccheck, w, instr, lane, "async",
                        $"shared memory is {verb} before the asynchronous copy into it (line {copy.Line}) was waited for", address, size);
                    break;
                }
            }
        }
    }
}
