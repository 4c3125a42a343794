using System.Numerics;
using System.Runtime.CompilerServices;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>initcheck: nothing is read that was never written, in memory or in a register.</summary>
internal sealed unsafe class InitializationCheck(FindingLog log, DeviceMemory memory)
{
    public void OnInstruction(Warp w, Instr instr, uint active, uint mask)
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
        if (instr is CallInstr { Callee: { } callee })
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

    public void OnAccess(Warp w, Instr instr, StateSpace space, AccessKind kind, int size, ulong window)
    {
        fixed (byte* shared = w.Block.Shadow!.SharedWritten)
        fixed (byte* local = w.Block.Shadow.LocalWritten)
        {
            byte* global = memory.InitializedBase;
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                ulong address = w.Addresses[lane];
                byte* flags = space switch
                {
                    StateSpace.Shared => shared + (address - window),
                    StateSpace.Local => local + ((long)((w.Index * Warp.Lanes) + lane) * w.Block.LocalBytesPerThread) + (long)(address - window),
                    _ => global + (address - DeviceMemory.WindowBase),
                };
                if (kind != AccessKind.Write && !AllSet(flags, size))
                {
                    string where = space == StateSpace.Shared ? "shared" : space == StateSpace.Local ? "local" : "global";
                    log.Add(CheckKinds.Initcheck, w, instr, lane, "memory", $"{size} bytes of {where} memory are read that were never written", address - window, size);
                }
                if (kind != AccessKind.Read)
                {
                    Set(flags, size);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AllSet(byte* flags, int size)
    {
        switch (size)
        {
            case 4: return *(uint*)flags == 0x0101_0101;
            case 8: return *(ulong*)flags == 0x0101_0101_0101_0101;
            case 2: return *(ushort*)flags == 0x0101;
            case 1: return *flags == 1;
            default: return !new ReadOnlySpan<byte>(flags, size).Contains((byte)0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Set(byte* flags, int size)
    {
        switch (size)
        {
            case 4: *(uint*)flags = 0x0101_0101; break;
            case 8: *(ulong*)flags = 0x0101_0101_0101_0101; break;
            default: new Span<byte>(flags, size).Fill(1); break;
        }
    }
}
