namespace WrnEngine.Kernels.Simulator.Checks;

/// <summary>Checks beyond the range test that every access always has.</summary>
[Flags]
public enum CheckKinds
{
    None = 0,

    /// <summary>Bounds of each allocation, alignment, use after free, double free, leaks.</summary>
    Memcheck = 1,

    /// <summary>Races in shared and global memory, within and across warps and blocks.</summary>
    Racecheck = 2,

    /// <summary>Reads of global, shared or local memory and of registers that nothing wrote.</summary>
    Initcheck = 4,

    /// <summary>Barrier divergence, lanes missing from a mask, undefined shuffle sources, asynchronous copies read too early.</summary>
    Synccheck = 8,

    All = Memcheck | Racecheck | Initcheck | Synccheck,
}
