namespace WrnEngine.Kernels.Simulator.Ptx;

internal enum StateSpace
{
    Generic,
    Register,
    Global,
    Constant,
    Shared,
    Local,
    Param,
}

/// <summary>A virtual register. <see cref="Slot"/> is its place in a warp's register file, -1 until it is first used.</summary>
internal sealed class PtxRegister(string name, PtxType type)
{
    public string Name { get; } = name;

    public PtxType Type { get; } = type;

    public bool IsPredicate => Type.Kind == TypeKind.Predicate;

    public int Slot { get; set; } = -1;

    /// <summary>Number among the registers of the module that are used: the index for definedness and liveness.</summary>
    public int Index { get; set; } = -1;
}

/// <summary>A variable in memory: global, constant, shared, local, or a parameter.</summary>
internal sealed class PtxVariable
{
    public required string Name { get; init; }

    public required StateSpace Space { get; init; }

    public required PtxType Type { get; init; }

    public required int Line { get; init; }

    /// <summary>Bytes; 0 for an unsized extern array.</summary>
    public required long Size { get; init; }

    public required int Alignment { get; init; }

    public bool IsExtern { get; init; }

    public bool IsArray { get; init; }

    public byte[]? Initial { get; set; }

    /// <summary>Places of the initial value that hold an address: byte offset, symbol, addend, generic or not.</summary>
    public List<(int Offset, string Symbol, long Addend, ulong Mask, int Line)> Relocations { get; } = [];

    /// <summary>A device-function parameter or call argument kept in registers, when it is not an array in <c>.param</c> space.</summary>
    public PtxRegister? Register { get; init; }

    /// <summary>Offset in shared, local or kernel-parameter memory, or of the per-lane storage of a call parameter in the register file.</summary>
    public int Offset { get; set; } = -1;
}

/// <summary>A place in a function's instruction list.</summary>
internal sealed class PtxLabel(string name)
{
    public string Name { get; } = name;

    public int Index { get; set; } = -1;

    /// <summary>For the name of a <c>.branchtargets</c> list: its labels.</summary>
    public IReadOnlyList<PtxLabel>? Targets { get; set; }
}
