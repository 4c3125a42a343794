using System.Numerics;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>memcheck: every global access lies inside one live allocation.</summary>
internal sealed class AllocationCheck(FindingLog log, DeviceMemory memory)
{
    private ulong _start;
    private ulong _end;

    public unsafe void OnAccess(Warp w, Instr instr, int size)
    {
        // The lanes of a warp mostly stay in the allocation they were in last.
        uint left = w.Mask;
        if (_end - _start >= (ulong)size)
        {
            Vector512<ulong> last = Vector512.Create(_end - _start - (ulong)size);
            for (int v = 0; v < 4; v++)
            {
                Vector512<ulong> offset = Vector512.Load(w.Addresses + (8 * v)) - Vector512.Create(_start);
                left &= ~((uint)Vector512.LessThanOrEqual(offset, last).ExtractMostSignificantBits() << (8 * v));
            }
        }
        for (; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            ulong address = w.Addresses[lane];
            if (address >= _start && address + (ulong)size <= _end)
            {
                continue;
            }
            if (memory.FindAllocation(address) is { } allocation && address + (ulong)size <= allocation.End)
            {
                (_start, _end) = (allocation.Address, allocation.End);
                continue;
            }
            log.Add(CheckKinds.Memcheck, w, instr, lane, "bounds", Explain($"{size}-byte access out of bounds", address), address, size);
        }
    }

    /// <summary>Adds what lies at or near an address.</summary>
    public string Explain(string message, ulong address)
    {
        if (memory.FindFreed(address) is { } freed && memory.FindAllocation(address) is null)
        {
            return $"use after free: the allocation of {freed.Size} bytes at 0x{freed.Address:x} was freed";
        }
        Allocation? before = null;
        foreach (Allocation allocation in memory.Snapshot())
        {
            if (allocation.Address > address)
            {
                if (allocation.Address - address <= 256 && (before is null || address - before.End > 256))
                {
                    return $"{message}, {allocation.Address - address} bytes before the allocation of {allocation.Size} bytes at 0x{allocation.Address:x}";
                }
                break;
            }
            before = allocation;
        }
        return before is null || address >= before.End + (1 << 20)
            ? message
            : $"{message}, {(address >= before.End ? $"{address - before.End} bytes behind the end of" : "across the end of")} the allocation of {before.Size} bytes at 0x{before.Address:x}";
    }
}
