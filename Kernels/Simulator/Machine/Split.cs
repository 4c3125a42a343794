namespace WrnEngine.Kernels.Simulator.Machine;

internal enum SplitState : byte
{
    Ready,
    AtBarrier,

    /// <summary>Waits for other lanes of its warp.</summary>
    AtCollective,
    Done,
}

/// <summary>
/// Lanes of a warp that stand at the same instruction. A branch on which they disagree makes two of one; they meet again at the
/// branch's <see cref="Join"/>. Splits of a warp run independently, so that lanes may wait for each other in any order.
/// </summary>
internal sealed class Split
{
    public required FunctionCode Code;
    public int Pc;
    public uint Mask;
    public Join? Join;
    public Frame? Frame;
    public SplitState State;

    /// <summary>The mask of lanes a collective instruction names.</summary>
    public uint Members;

    public int BarrierId;
}

/// <summary>The place where lanes that parted meet again.</summary>
internal sealed class Join
{
    public required FunctionCode Code;
    public int Pc;

    /// <summary>Lanes that will come, less those that have exited.</summary>
    public uint Expected;

    public uint Arrived;
    public Join? Parent;

    /// <summary>The activation it belongs to: the same place in a recursive call is another place.</summary>
    public Frame? Frame;

    /// <summary>Whether it is reached by returning.</summary>
    public bool IsReturn;
}

/// <summary>One activation of a device function.</summary>
internal sealed class Frame
{
    public required Frame? Caller;
    public required FunctionCode Code;

    /// <summary>The call's instruction, which knows where results go.</summary>
    public required Instr Call;

    public int Depth;

    /// <summary>Start of its local variables in each thread's local memory.</summary>
    public int LocalBase;

    /// <summary>Where each lane's allocations ended when it was called; null in programs without them.</summary>
    public int[]? StackTop;

    /// <summary>What a recursive call found in the function's registers, and the lanes it is put back for.</summary>
    public byte[]? Saved;
}
