using System.Numerics;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>memcheck: every global access lies inside one live allocation.</summary>
internal sealed class AllocationCheck(FindingLog log, DeviceMemory memory)
{
    /// <summary>Where each instruction was last, by its number: it mostly stays in one allocation.</summary>
    private (ulong Start, ulong End)[] _ranges = [];

    public unsafe void OnAccess(Warp w, Instr instr, int size)
    {
        if (instr.Number >= _ranges.Length)
        {
            Array.Resize(ref _ranges, Math.Max(instr.Number + 1, 2 * _ranges.Length));
        }
        ref (ulong Start, ulong End) range = ref _ranges[instr.Number];
        uint left = w.Mask;
        if (range.End - range.Start >= (ulong)size)
        {
            Vector512<ulong> last = Vector512.Create(range.End - range.Start - (ulong)size);
            Vector512<ulong> start = Vector512.Create(range.Start);
            for (int v = 0; v < 4; v++)
            {
                Vector512<ulong> offset = Vector512.Load(w.Addresses + (8 * v)) - start;
                left &= ~((uint)Vector512.LessThanOrEqual(offset, last).ExtractMostSignificantBits() << (8 * v));
            }
        }
        for (; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            ulong address = w.Addresses[lane];
            if (address >= range.Start && address + (ulong)size <= range.End)
            {
                continue;
            }
            if (memory.FindAllocation(address) is { } allocation && address + (ulong)size <= allocation.End)
            {
                range = (allocation.Address, allocation.End);
                continue;
            }
            log.Add(CheckKinds.Memcheck, w, instr, lane, "bounds", Explain($"{size}-byte {Verb(instr)} out of bounds", address), address, size);
        }
    }

    /// <summary>Adds what lies at or near an address.</summary>
    public string Explain(string message, ulong address)
    {
        if (memory.FindFreed(address) is { } freed && memory.FindAllocation(address) is null)
        {
            return $"use after free: {Name(freed)} was freed";
        }
        Allocation? before = null;
        foreach (Allocation allocation in memory.Snapshot())
        {
            if (allocation.Address > address)
            {
                if (allocation.Address - address <= 256 && (before is null || address - before.End > 256))
                {
                    return $"{message}, {allocation.Address - address} bytes before {Name(allocation)}";
                }
                break;
            }
            before = allocation;
        }
        return before is null || address >= before.End + (1 << 20)
            ? message
            : $"{message}, {(address >= before.End ? $"{address - before.End} bytes behind the end of" : "across the end of")} {Name(before)}";
    }

    private static string Name(Allocation allocation) =>
        $"the allocation of {allocation.Size} bytes ({(allocation.Label.Length > 0 ? allocation.Label + ", " : "")}0x{allocation.Address:x})";

    private static string Verb(Instr instr) => instr.Source.Opcode switch
    {
        "ld" or "ldu" => "read",
        "st" => "write",
        "atom" or "red" => "atomic",
        _ => "access",
    };
}
