namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>One allocation of device memory.</summary>
/// <param name="Address">First byte.</param>
/// <param name="Size">Bytes asked for; the next allocation begins at least 256 bytes behind their end.</param>
/// <param name="Ordinal">Number of the allocation since the device was made, from 1.</param>
/// <param name="Label">What it is for (a module variable's name), or empty.</param>
public sealed record Allocation(ulong Address, long Size, long Ordinal, string Label)
{
    public ulong End => Address + (ulong)Size;
}

/// <summary>What freeing an address did.</summary>
public enum FreeOutcome
{
    Freed,
    AlreadyFreed,

    /// <summary>The address is not the start of any allocation.</summary>
    NotAnAllocation,
}
