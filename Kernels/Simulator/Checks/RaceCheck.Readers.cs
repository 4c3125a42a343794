using System.Runtime.InteropServices;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <remarks>
/// With barriers for a part of the block, or releases, two readers of a place may be ordered before a write that a third one races with:
/// all readers of shared memory are then kept. Without such, two of different warps say as much as all.
/// </remarks>
internal sealed unsafe partial class RaceCheck
{
    private readonly bool _hasPartialOrder = program.Reachable.Any(static function => Array.Exists(function.Instructions, OrdersInPart));

    /// <summary>Whether every reader of the memory that is looked at is kept.</summary>
    private bool _keepsReaders;

    private static bool OrdersInPart(Instr instr) => instr is BarrierInstr barrier
        ? barrier.CountSlot != CollectiveInstr.NoMembers
        : instr.Source.Opcode is "fence" or "membar" or "mbarrier"
            || instr.Source.Modifiers.Any(static m => m is "acquire" or "release" or "acq_rel" or "mbarrier");

    /// <summary>Keeps a read that another one takes the place of in its cell.</summary>
    private static void Keep(ShadowPage page, int cell, ulong record, uint lanes)
    {
        page.Readers ??= [];
        ref List<(ulong Record, uint Lanes)>? readers = ref CollectionsMarshal.GetValueRefOrAddDefault(page.Readers, cell, out _);
        readers ??= [];
        // What is ordered after a thread's later read is ordered after its earlier ones.
        readers.RemoveAll(earlier => AccessRecord.Warp(earlier.Record) == AccessRecord.Warp(record) && (earlier.Lanes & ~lanes) == 0
            && (AccessRecord.IsAtomic(earlier.Record) || !AccessRecord.IsAtomic(record)));
        readers.Add((record, lanes));
    }

    /// <summary>Reports one of the kept readers that a write by a lane races with.</summary>
    private void CheckReaders(ShadowPage page, int cell, int lane)
    {
        if (page.Readers is null || !page.Readers.TryGetValue(cell, out List<(ulong Record, uint Lanes)>? readers))
        {
            return;
        }
        foreach ((ulong record, uint lanes) in readers)
        {
            if (!IsOld(record) && Conflicts(record, lanes, 1u << lane))
            {
                Report(lane, "write after read", record, lanes);
                return;
            }
        }
    }
}
