using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Instructions that the interpreter itself has to carry out, since they move lanes between program counters.</summary>
internal enum ControlKind : byte
{
    None,
    Branch,
    BranchIndexed,
    Join,
    Call,
    Return,
    Exit,
    Barrier,
    Collective,

    /// <summary>An ordinary instruction behind which the warp lets others run.</summary>
    Yield,
}

/// <summary>Classes of instructions, for the metrics.</summary>
internal enum InstrClass : byte
{
    Other,
    Integer,
    Float,
    F64,
    Half,
    Conversion,
    Compare,
    Logic,
    Move,
    Load,
    Store,
    Atomic,
    Control,
    Barrier,
    Shuffle,
    Tensor,
    Async,
}

/// <summary>One decoded instruction. Operands are byte offsets in the register file of a warp.</summary>
internal abstract class Instr
{
    /// <summary>Register-file offset of the guard predicate, or -1.</summary>
    public int GuardSlot = -1;

    public bool HasGuard;

    /// <summary>All ones when the guard is negated.</summary>
    public uint GuardFlip;

    public ControlKind Control;

    public InstrClass Class;

    /// <summary>Whether undefined inputs only make undefined outputs (a copy), instead of being a mistake.</summary>
    public bool Propagates;

    /// <summary>Floating-point operations per active lane.</summary>
    public int Flops;

    /// <summary>Indices of the registers it reads and writes.</summary>
    public int[] Reads = [];

    public int[] Writes = [];

    /// <summary>Number in the module, counted through each function.</summary>
    public int Number { get; private set; }

    /// <summary>A load or store that counts as atomic: volatile, or of the memory model's strong kinds.</summary>
    public bool IsStrong { get; private set; }

    /// <summary>Whether it publishes what came before, without a fence.</summary>
    public bool IsRelease { get; private set; }

    public required PtxInstruction Source { get; init; }

    public int Line => Source.Line;

    public void SetNumber(int number)
    {
        Number = number;
        IsStrong = Source.Opcode is "ld" or "st" && Source.Modifiers.Any(static m => m is "volatile" or "relaxed" or "acquire" or "release" or "mmio");
        IsRelease = Source.Modifiers.Any(static m => m is "release" or "acq_rel");
    }

    /// <summary>Carries the instruction out for the lanes of <see cref="Warp.Mask"/>.</summary>
    public abstract void Execute(Warp w);
}
