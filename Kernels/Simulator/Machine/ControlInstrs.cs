using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Machine;

/// <summary>Base of what the interpreter carries out itself.</summary>
internal abstract class ControlInstr : Instr
{
    public override void Execute(Warp w) => throw new InvalidOperationException($"{GetType().Name} is the interpreter's work");
}

internal sealed class BranchInstr : ControlInstr
{
    public BranchInstr()
    {
        Control = ControlKind.Branch;
        Class = InstrClass.Control;
    }

    public int Target;

    /// <summary>Where the lanes meet again, or -1 for the function's end.</summary>
    public int Reconvergence = -1;
}

/// <summary><c>brx.idx</c>: a jump through a table.</summary>
internal sealed class IndexedBranchInstr : ControlInstr
{
    public IndexedBranchInstr()
    {
        Control = ControlKind.BranchIndexed;
        Class = InstrClass.Control;
    }

    public int IndexSlot;
    public int[] Targets = [];
    public int Reconvergence = -1;
}

/// <summary>Stands before an instruction at which lanes meet again. Costs no step.</summary>
internal sealed class JoinInstr : ControlInstr
{
    public JoinInstr() => Control = ControlKind.Join;
}

internal sealed class ReturnInstr : ControlInstr
{
    public ReturnInstr()
    {
        Control = ControlKind.Return;
        Class = InstrClass.Control;
    }
}

internal sealed class ExitInstr : ControlInstr
{
    public ExitInstr()
    {
        Control = ControlKind.Exit;
        Class = InstrClass.Control;
    }
}

/// <summary>Storage of a parameter in the register file: either a register or a byte array per lane.</summary>
internal readonly record struct ParameterStorage(int Slot, int Size, bool PerLaneArray);

internal sealed class CallInstr : ControlInstr
{
    public CallInstr()
    {
        Control = ControlKind.Call;
        Class = InstrClass.Control;
    }

    /// <summary>The callee, or null for a call through a register.</summary>
    public FunctionCode? Callee;

    public int AddressSlot;
    public ParameterStorage[] Arguments = [];
    public ParameterStorage[] Results = [];
}

/// <summary>
/// An instruction at which lanes of a warp exchange values. Lanes that stand elsewhere in the program may take part, so it comes in
/// two halves: every lane deposits, then every lane completes.
/// </summary>
internal abstract class CollectiveInstr : Instr
{
    protected CollectiveInstr()
    {
        Control = ControlKind.Collective;
        Class = InstrClass.Shuffle;
    }

    /// <summary>Register-file offset of the member mask, or <see cref="NoMembers"/> when the active lanes are the members.</summary>
    public int MembersSlot = NoMembers;

    public const int NoMembers = int.MinValue;

    /// <summary>Whether lanes must stand at this very instruction (matrix instructions), not only at one of the same kind.</summary>
    public bool SamePlace;

    public abstract void Deposit(Warp w);

    /// <param name="w">The warp; its mask holds the lanes of this split.</param>
    /// <param name="present">All lanes that have deposited.</param>
    public abstract void Complete(Warp w, uint present);

    public sealed override void Execute(Warp w)
    {
        Deposit(w);
        Complete(w, w.Mask);
    }
}

internal enum BarrierAction : byte
{
    Sync,
    Arrive,
    ReduceCount,
    ReduceAnd,
    ReduceOr,

    /// <summary>Cluster barriers; a cluster is one block here.</summary>
    ClusterArrive,
    ClusterWait,
}

internal sealed class BarrierInstr : ControlInstr
{
    public BarrierInstr()
    {
        Control = ControlKind.Barrier;
        Class = InstrClass.Barrier;
    }

    public BarrierAction Action;

    /// <summary>Register-file offset of the barrier's number.</summary>
    public int NumberSlot;

    /// <summary>Offset of the thread count, or <see cref="CollectiveInstr.NoMembers"/> for the whole block.</summary>
    public int CountSlot = CollectiveInstr.NoMembers;

    /// <summary>Predicate to reduce, and whether it is negated.</summary>
    public int PredicateSlot;

    public uint PredicateFlip;

    public int ResultSlot;

    /// <summary>Whether all threads of a warp have to execute it together.</summary>
    public bool Aligned;
}

/// <summary><c>trap</c>.</summary>
internal sealed class TrapInstr : Instr
{
    public override void Execute(Warp w) =>
        throw new KernelFault(LaunchStatus.LaunchFailed, "the kernel executed a trap", System.Numerics.BitOperations.TrailingZeroCount(w.Mask));
}
