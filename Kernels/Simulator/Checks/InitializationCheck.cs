using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>initcheck: nothing is read that was never written, in memory or in a register.</summary>
internal sealed unsafe class InitializationCheck(FindingLog log, DeviceMemory memory)
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void OnInstruction(Warp w, Instr instr, uint active, uint mask)
    {
        uint[] defined = w.Defined!;
        int[] reads = instr.Reads;
        uint good = uint.MaxValue;
        foreach (int read in reads)
        {
            good &= defined[read];
        }
        if ((good & active) == active)
        {
            // The usual case: all sources and the guard are there in every lane.
            foreach (int write in instr.Writes)
            {
                defined[write] |= mask;
            }
        }
        else
        {
            Propagate(w, instr, active, mask);
        }
        if (instr.Control == ControlKind.Call && instr is CallInstr { Callee: { } callee })
        {
            foreach (PtxVariable formal in callee.Function.Parameters)
            {
                if (formal.Register is { } register)
                {
                    defined[register.Index] |= mask;
                }
            }
        }
    }

    private void Propagate(Warp w, Instr instr, uint active, uint mask)
    {
        uint[] defined = w.Defined!;
        int[] reads = instr.Reads;
        int sources = reads.Length;
        if (instr.HasGuard)
        {
            sources--;
            Need(w, instr, defined[reads[sources]], active, "the guard predicate was never written");
        }
        uint good = uint.MaxValue;
        for (int i = 0; i < sources; i++)
        {
            good &= defined[reads[i]];
        }
        if (!instr.Propagates)
        {
            if ((good & mask) != mask)
            {
                Need(w, instr, good, mask, "a register is read that was never written");
            }
            good = uint.MaxValue;
        }
        foreach (int write in instr.Writes)
        {
            defined[write] = (defined[write] & ~mask) | (good & mask);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void OnAccess(Warp w, Instr instr, StateSpace space, AccessKind kind, int size, ulong window)
    {
        fixed (byte* shared = w.Block.Shadow!.SharedWritten)
        fixed (byte* local = w.Block.Shadow.LocalWritten)
        {
            byte* bits = space switch
            {
                StateSpace.Shared => shared,
                StateSpace.Local => local,
                _ => memory.InitializedBase,
            };
            ulong origin = space is StateSpace.Shared or StateSpace.Local ? window : DeviceMemory.WindowBase;
            long perLane = space == StateSpace.Local ? w.Block.LocalBytesPerThread : 0;
            for (int first = 0; first < Warp.Lanes; first += 8)
            {
                uint active = w.Mask >> first & 0xFF;
                if (active == 0xFF && space != StateSpace.Local)
                {
                    var start = (long)(w.Addresses[first] - origin);
                    Vector512<ulong> all = Vector512.Load(w.Addresses + first);
                    Vector512<ulong> same = Vector512.Create(w.Addresses[first]);
                    int bytes = all == same ? size : all == same + (Vector512<ulong>.Indices * (ulong)size) ? 8 * size : 0;
                    if (bytes != 0 && (kind == AccessKind.Write || BitRange.AllSet(bits, start, bytes)))
                    {
                        if (kind != AccessKind.Read)
                        {
                            BitRange.Set(bits, start, bytes);
                        }
                        continue;
                    }
                }
                for (; active != 0; active &= active - 1)
                {
                    int lane = first + BitOperations.TrailingZeroCount(active);
                    long at = (long)(w.Addresses[lane] - origin) + (perLane * ((w.Index * Warp.Lanes) + lane));
                    if (kind != AccessKind.Write && !BitRange.AllSet(bits, at, size))
                    {
                        string where = space == StateSpace.Shared ? "shared" : space == StateSpace.Local ? "local" : "global";
                        log.Add(
                            CheckKinds.Initcheck, w, instr, lane, "memory", $"{size} bytes of {where} memory are read that were never written",
                            w.Addresses[lane] - window, size);
                    }
                    if (kind != AccessKind.Read)
                    {
                        BitRange.Set(bits, at, size);
                    }
                }
            }
        }
    }

    private void Need(Warp w, Instr instr, uint defined, uint mask, string message)
    {
        uint missing = mask & ~defined;
        if (missing != 0)
        {
            log.Add(CheckKinds.Initcheck, w, instr, BitOperations.TrailingZeroCount(missing), "register", message);
        }
    }
}
