namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Where the spaces of a thread lie in the generic address space.</summary>
internal static class AddressWindows
{
    public const ulong Shared = 0x1_0000_0000;
    public const ulong Local = 0x2_0000_0000;
    public const ulong Param = 0x3_0000_0000;

    /// <summary>Bytes reserved for each of the windows above.</summary>
    public const ulong Size = 0x1_0000_0000;

    /// <summary>"Addresses" of functions, 16 apart.</summary>
    public const ulong Code = 0x4_0000_0000;
}
