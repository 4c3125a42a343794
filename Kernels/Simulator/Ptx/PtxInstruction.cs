namespace WrnEngine.Kernels.Simulator.Ptx;

internal enum OperandKind
{
    Register,
    Special,

    /// <summary>An integer (<see cref="Operand.Bits"/>, two's complement).</summary>
    Integer,

    /// <summary>The bits of a double.</summary>
    Float64,

    /// <summary>The bits of a single.</summary>
    Float32,

    /// <summary>A variable, label or function by name, with an offset.</summary>
    Symbol,

    /// <summary><c>[base + offset]</c>; the base is register, symbol or integer in <see cref="Operand.Elements"/>.</summary>
    Address,
    Vector,

    /// <summary><c>p|q</c>.</summary>
    Pair,

    /// <summary><c>_</c>.</summary>
    Sink,

    /// <summary>A parenthesised list of a call.</summary>
    List,
}

internal sealed record Operand(OperandKind Kind, Token Token)
{
    public PtxRegister? Register { get; init; }

    /// <summary>What a name stands for: <see cref="PtxVariable"/>, <see cref="PtxLabel"/> (resolved at the end of its scope), or null for a function.</summary>
    public object? Target { get; init; }

    public string Name { get; init; } = "";

    public long Offset { get; init; }

    public ulong Bits { get; init; }

    /// <summary>Logical complement of a predicate (<c>!p</c>).</summary>
    public bool Negated { get; init; }

    /// <summary>Byte or half selector such as <c>b0</c> or <c>h1</c>.</summary>
    public string Selector { get; init; } = "";

    public IReadOnlyList<Operand> Elements { get; init; } = [];
}

/// <summary>Where an instruction came from according to <c>.loc</c>.</summary>
internal sealed record SourceLocation(int File, int Line);

internal sealed class PtxInstruction
{
    public required string Opcode { get; init; }

    public required IReadOnlyList<string> Modifiers { get; init; }

    public required IReadOnlyList<Operand> Operands { get; init; }

    public required int Line { get; init; }

    public PtxRegister? Guard { get; init; }

    public bool GuardNegated { get; init; }

    public SourceLocation? Location { get; init; }

    /// <summary>Opcode with all modifiers, as written.</summary>
    public string FullName => Modifiers.Count == 0 ? Opcode : Opcode + "." + string.Join('.', Modifiers);
}

/// <summary>A kernel or device function.</summary>
internal sealed class PtxFunction
{
    public required string Name { get; init; }

    public required bool IsEntry { get; init; }

    public required int Line { get; init; }

    /// <summary>False for a declaration.</summary>
    public bool HasBody { get; set; }

    public List<PtxVariable> Parameters { get; } = [];

    public List<PtxVariable> Results { get; } = [];

    public List<PtxVariable> Locals { get; } = [];

    public List<PtxVariable> Shared { get; } = [];

    public List<PtxInstruction> Instructions { get; } = [];

    public Dictionary<string, PtxLabel[]> BranchTargets { get; } = [];

    public int[]? MaxThreads { get; set; }

    public int[]? RequiredThreads { get; set; }

    public int MinBlocks { get; set; }

    /// <summary>Number in the module, from which its address is made.</summary>
    public int Ordinal { get; set; }
}
