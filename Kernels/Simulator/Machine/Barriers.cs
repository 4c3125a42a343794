using System.Numerics;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>
/// The sixteen barriers of a block. Threads are counted one by one, as the hardware does since sm_70, so that a barrier inside
/// divergent code is passed when all its threads have come, whatever their warps do.
/// </summary>
internal sealed unsafe class Barriers(Block block)
{
    /// <summary>Number of the cluster barrier, behind the named ones.</summary>
    public const int Cluster = 16;

    private readonly Barrier[] _barriers = Enumerable.Range(0, Cluster + 1).Select(static _ => new Barrier()).ToArray();

    private sealed class Barrier
    {
        public readonly List<(Warp Warp, Split Split, BarrierInstr Instr, uint Lanes)> Waiting = [];
        public readonly List<(Warp Warp, uint Lanes, BarrierInstr Instr)> Arrived = [];
        public int Count;

        /// <summary>Threads asked for, or 0 for all of the block.</summary>
        public int Expected;

        public int True;

        public bool InUse => Count > 0;
    }

    public void Reset()
    {
        foreach (Barrier barrier in _barriers)
        {
            Clear(barrier);
        }
    }

    /// <summary>Threads arrive. Returns whether they have to wait.</summary>
    public bool Arrive(Warp warp, Split split, BarrierInstr instr, uint mask)
    {
        int lane = BitOperations.TrailingZeroCount(mask);
        if (instr.Action is BarrierAction.ClusterArrive or BarrierAction.ClusterWait)
        {
            return ArriveCluster(warp, split, instr, mask);
        }
        uint number = ((uint*)(warp.R + instr.NumberSlot))[lane];
        if (number >= Cluster)
        {
            throw new KernelFault(LaunchStatus.IllegalInstruction, $"there is no barrier {number}: a block has 16", lane);
        }
        Barrier barrier = _barriers[number];
        int expected = 0;
        if (instr.CountSlot != CollectiveInstr.NoMembers)
        {
            expected = (int)((uint*)(warp.R + instr.CountSlot))[lane];
            if (expected <= 0 || expected % Warp.Lanes != 0)
            {
                throw new KernelFault(LaunchStatus.IllegalInstruction, $"barrier {number} waits for {expected} threads, which is not a positive multiple of 32", lane);
            }
        }
        warp.Context.Checks?.OnBarrier(warp, instr, mask, (int)number, expected, barrier.InUse ? barrier.Expected : expected);
        barrier.Expected = expected;
        int threads = BitOperations.PopCount(mask);
        barrier.Count += threads;
        barrier.Arrived.Add((warp, mask, instr));
        if (instr.Action is BarrierAction.ReduceCount or BarrierAction.ReduceAnd or BarrierAction.ReduceOr)
        {
            uint predicate = *(uint*)(warp.R + instr.PredicateSlot) ^ instr.PredicateFlip;
            barrier.True += BitOperations.PopCount(predicate & mask);
        }
        if (instr.Action != BarrierAction.Arrive)
        {
            if (mask != split.Mask)
            {
                warp.SplitOff(split, mask, SplitState.AtBarrier, (int)number, out Split waiting);
                barrier.Waiting.Add((warp, waiting, instr, mask));
                TryComplete(barrier);
                return false;
            }
            split.State = SplitState.AtBarrier;
            split.BarrierId = (int)number;
            barrier.Waiting.Add((warp, split, instr, mask));
        }
        TryComplete(barrier);
        return split.State == SplitState.AtBarrier;
    }

    /// <summary>Threads have exited: a barrier that waits for the whole block may be complete.</summary>
    public void Recheck()
    {
        foreach (Barrier barrier in _barriers)
        {
            if (barrier.InUse && barrier.Expected == 0)
            {
                TryComplete(barrier);
            }
        }
    }

    private bool ArriveCluster(Warp warp, Split split, BarrierInstr instr, uint mask)
    {
        Barrier barrier = _barriers[Cluster];
        if (instr.Action == BarrierAction.ClusterArrive)
        {
            barrier.Count += BitOperations.PopCount(mask);
            barrier.Arrived.Add((warp, mask, instr));
        }
        else if ((barrier.Arrived.Where(arrived => arrived.Warp == warp).Aggregate(0u, static (sum, arrived) => sum | arrived.Lanes) & mask) != 0)
        {
            split.State = SplitState.AtBarrier;
            split.BarrierId = Cluster;
            barrier.Waiting.Add((warp, split, instr, mask));
        }
        TryComplete(barrier);
        return split.State == SplitState.AtBarrier;
    }

    private void TryComplete(Barrier barrier)
    {
        int need = barrier.Expected == 0 ? block.LiveThreads : barrier.Expected;
        if (barrier.Count < need || barrier.Count == 0)
        {
            return;
        }
        block.Context.Checks?.OnBarrierComplete(block, barrier.Arrived, barrier.Waiting);
        foreach ((Warp warp, Split split, BarrierInstr instr, uint lanes) in barrier.Waiting)
        {
            split.State = SplitState.Ready;
            uint all = barrier.True == barrier.Count ? lanes : 0;
            uint any = barrier.True != 0 ? lanes : 0;
            switch (instr.Action)
            {
                case BarrierAction.ReduceCount:
                    for (uint left = lanes; left != 0; left &= left - 1)
                    {
                        ((uint*)(warp.R + instr.ResultSlot))[BitOperations.TrailingZeroCount(left)] = (uint)barrier.True;
                    }
                    break;
                case BarrierAction.ReduceAnd or BarrierAction.ReduceOr:
                    uint* result = (uint*)(warp.R + instr.ResultSlot);
                    *result = (*result & ~lanes) | (instr.Action == BarrierAction.ReduceAnd ? all : any);
                    break;
                default:
                    break;
            }
        }
        Clear(barrier);
    }

    private static void Clear(Barrier barrier)
    {
        barrier.Waiting.Clear();
        barrier.Arrived.Clear();
        barrier.Count = 0;
        barrier.Expected = 0;
        barrier.True = 0;
    }
}
