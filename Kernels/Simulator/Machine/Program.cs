using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>A value that stands in the register file as if it were a register: an immediate, or an address known at launch only.</summary>
/// <param name="Slot">Offset, negative.</param>
/// <param name="Size">Bytes per lane.</param>
/// <param name="Bits">The value, or what is added to the symbol's address.</param>
/// <param name="Symbol">A variable whose address it is, or null.</param>
internal sealed record ConstantSlot(int Slot, int Size, ulong Bits, PtxVariable? Symbol);

/// <summary>A decoded function.</summary>
internal sealed class FunctionCode(PtxFunction function)
{
    public PtxFunction Function { get; } = function;

    public Instr[] Instructions { get; set; } = [];

    public List<ConstantSlot> Constants { get; } = [];

    /// <summary>Functions it may call.</summary>
    public HashSet<FunctionCode> Callees { get; } = [];

    public bool CallsIndirectly { get; set; }

    /// <summary>Shared variables it names.</summary>
    public HashSet<PtxVariable> SharedVariables { get; } = [];

    public int LocalBytes { get; set; }

    /// <summary>Whether it takes local memory with <c>alloca</c>.</summary>
    public bool UsesStack { get; set; }

    /// <summary>Part of the register file that belongs to it, for a recursive call to save.</summary>
    public int RegisterStart { get; set; }

    public int RegisterEnd { get; set; }

    /// <summary>Its registers and parameter arrays: offset and bytes per lane (0 for a predicate).</summary>
    public List<(int Slot, int Size)> Slots { get; } = [];

    /// <summary>Whether a call of it can lead back to it.</summary>
    public bool IsRecursive { get; set; }
}

/// <summary>A kernel with everything it can reach, ready to launch.</summary>
internal sealed class KernelProgram
{
    public required FunctionCode Entry { get; init; }

    public required IReadOnlyList<FunctionCode> Reachable { get; init; }

    public required string FileName { get; init; }

    public required IReadOnlyDictionary<int, string> Files { get; init; }

    /// <summary>Functions by ordinal, for indirect calls.</summary>
    public required IReadOnlyList<FunctionCode?> Functions { get; init; }

    /// <summary>Bytes of registers behind and of constants before the base of a warp's register file.</summary>
    public required int RegisterBytes { get; init; }

    public required int ConstantBytes { get; init; }

    /// <summary>Number of registers, for definedness.</summary>
    public required int RegisterCount { get; init; }

    public required IReadOnlyDictionary<PtxVariable, int> SharedOffsets { get; init; }

    public required int SharedBytes { get; init; }

    public required bool UsesDynamicShared { get; init; }

    public required int LocalBytes { get; init; }

    /// <summary>Whether a part of the local memory is for <c>alloca</c>.</summary>
    public required bool UsesStack { get; init; }

    /// <summary>Whether the order in which blocks run can be seen in the result: floating-point atomics, or atomics whose old value is used.</summary>
    public required bool NeedsBlockOrder { get; init; }

    public int ParameterBytes { get; init; }
}
