using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Ptx;

/// <summary>One kernel of a module.</summary>
public sealed class PtxEntry
{
    public required string Name { get; init; }

    public required int Line { get; init; }

    public required IReadOnlyList<PtxParameter> Parameters { get; init; }

    /// <summary>Bytes of the parameter block: the end of the last parameter, without padding behind it.</summary>
    public int ParameterBytes => Parameters.Count == 0 ? 0 : Parameters[^1].Offset + Parameters[^1].Size;

    /// <summary>Estimated 32-bit registers per thread: the most that are live at once, rounded as the hardware allocates them.</summary>
    public required int Registers { get; init; }

    /// <summary>Static shared memory of the kernel and the functions it calls, bytes per block.</summary>
    public required int SharedBytes { get; init; }

    /// <summary>Whether it refers to an <c>extern .shared</c> array.</summary>
    public required bool UsesDynamicShared { get; init; }

    /// <summary>Bytes of local memory per thread.</summary>
    public required int LocalBytes { get; init; }

    /// <summary>Bytes of the module's constant variables.</summary>
    public required int ConstantBytes { get; init; }

    /// <summary><c>.maxntid</c>, or null.</summary>
    public Dim3? MaxBlock { get; init; }

    /// <summary><c>.reqntid</c>, or null.</summary>
    public Dim3? RequiredBlock { get; init; }

    /// <summary><c>.minnctapersm</c>, or 0.</summary>
    public int MinBlocksPerSm { get; init; }

    /// <summary>Instructions of the kernel itself, in the text.</summary>
    public required int InstructionCount { get; init; }

    /// <summary>How often each opcode with its type stands in the text.</summary>
    public required IReadOnlyDictionary<string, int> InstructionMix { get; init; }

    internal object? Code { get; init; }

    public override string ToString() => Name;
}
