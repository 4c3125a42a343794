using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Loads, stores and what only hints at them.</summary>
internal static class MemoryInstructions
{
    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["ld"] = Load;
        table["ldu"] = Load;
        table["st"] = Store;
        table["prefetch"] = Hint;
        table["prefetchu"] = Hint;
        table["discard"] = Hint;
        table["applypriority"] = Hint;
        table["membar"] = Fence;
        table["fence"] = Fence;
    }

    /// <summary>Takes the state space among the modifiers; generic when none is there.</summary>
    public static StateSpace TakeSpace(ModifierReader m) =>
        m.TakeAny("global", "shared", "shared::cta", "shared::cluster", "local", "param", "param::entry", "param::func", "const") switch
        {
            null => StateSpace.Generic,
            "global" => StateSpace.Global,
            "local" => StateSpace.Local,
            "const" => StateSpace.Constant,
            "param" or "param::entry" or "param::func" => StateSpace.Param,
            _ => StateSpace.Shared,
        };

    /// <summary>Takes memory-ordering modifiers: the simulator runs every access in order, so they change nothing.</summary>
    public static void TakeOrdering(ModifierReader m)
    {
        m.Ignore("weak", "volatile", "relaxed", "acquire", "release", "acq_rel", "sc", "cta", "cluster", "gpu", "sys", "mmio", "nc", "unified");
        m.IgnoreCacheHints();
    }

    private static (StateSpace Space, PtxType Type, int Count) ReadForm(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        TakeOrdering(m);
        if (m.Take("async") && !m.Take("mbarrier::complete_tx::bytes"))
        {
            throw l.Error("st.async without an mbarrier is not supported", i.FullName);
        }
        if (m.Left.Contains("bulk"))
        {
            throw l.Error("st.bulk is not supported", i.FullName);
        }
        StateSpace space = TakeSpace(m);
        int count = m.TakeAny("v2", "v4", "v8") switch { "v2" => 2, "v4" => 4, "v8" => 8, _ => 1 };
        PtxType type = m.Type();
        m.End();
        if (type.Kind == TypeKind.Predicate || type.Size * count > 32)
        {
            throw l.Error($"{i.Opcode} has no form for {count} x {type}", i.FullName);
        }
        return (space, type, count);
    }

    private static IReadOnlyList<Operand> Parts(Lowering l, Operand operand, int count)
    {
        IReadOnlyList<Operand> parts = operand.Kind == OperandKind.Vector ? operand.Elements : [operand];
        return parts.Count == count ? parts : throw l.Error($"{count} registers are expected here", operand);
    }

    private static void Load(Lowering l, PtxInstruction i)
    {
        (StateSpace space, PtxType type, int count) = ReadForm(l, i);
        l.Need(2, 3);
        IReadOnlyList<Operand> parts = Parts(l, i.Operands[0], count);
        Operand target = i.Operands[1];
        bool call = space == StateSpace.Param && IsCallParameter(l, target);
        AddressOperand address = default;
        if (!call)
        {
            address = l.Address(target, space == StateSpace.Constant ? StateSpace.Global : space);
        }
        var places = new (int Slot, int Size)[count];
        for (int k = 0; k < count; k++)
        {
            places[k] = parts[k].Kind == OperandKind.Sink
                ? (int.MinValue, 0)
                : (l.Destination(parts[k], type, widerAllowed: true), parts[k].Register!.Type.Size);
        }
        if (call)
        {
            PtxVariable variable = ParameterOf(l, target, type.Size * count);
            l.Emit(new CallParameterAccess(variable, (int)target.Offset, type.Size, type.IsSigned, false, places) { Source = i }, InstrClass.Load, propagates: true);
            return;
        }
        if (space == StateSpace.Param && target.Elements[0].Target is PtxVariable parameter)
        {
            CheckInside(l, target, parameter, type.Size * count);
            l.Emit(new LoadParameter(parameter.Offset + (int)target.Offset, type.Size, type.IsSigned, places) { Source = i }, InstrClass.Load);
            return;
        }
        bool same = places.All(place => place.Size == type.Size);
        Instr instr = (count, type.Size, same) switch
        {
            (1, 1, true) => new LoadOne<byte>(address, places[0].Slot) { Source = i },
            (1, 2, true) => new LoadOne<ushort>(address, places[0].Slot) { Source = i },
            (1, 4, true) => new LoadOne<uint>(address, places[0].Slot) { Source = i },
            (1, 8, true) => new LoadOne<ulong>(address, places[0].Slot) { Source = i },
            ( > 1, 4, true) => new LoadWords(address, [.. places.Select(static place => place.Slot)]) { Source = i },
            _ => new LoadMany(address, type.Size, type.IsSigned, places) { Source = i },
        };
        l.Emit(instr, InstrClass.Load);
    }

    private static void Store(Lowering l, PtxInstruction i)
    {
        (StateSpace space, PtxType type, int count) = ReadForm(l, i);
        l.Need(2, 3);
        Operand target = i.Operands[0];
        IReadOnlyList<Operand> parts = Parts(l, i.Operands[1], count);
        if (space == StateSpace.Constant)
        {
            throw l.Error("constant memory cannot be stored to", i.FullName);
        }
        bool call = space == StateSpace.Param;
        if (call && !IsCallParameter(l, target))
        {
            throw l.Error("a kernel's parameters cannot be stored to", i.FullName);
        }
        AddressOperand address = call ? default : l.Address(target, space);
        var sources = new (int Slot, int Size)[count];
        for (int k = 0; k < count; k++)
        {
            int slot = l.Source(parts[k], type, widerAllowed: true);
            sources[k] = (slot, parts[k].Register?.Type.Size ?? type.Size);
        }
        if (call)
        {
            PtxVariable variable = ParameterOf(l, target, type.Size * count);
            l.Emit(new CallParameterAccess(variable, (int)target.Offset, type.Size, false, true, sources) { Source = i }, InstrClass.Store, propagates: true);
            return;
        }
        bool same = sources.All(source => source.Size == type.Size);
        Instr instr = (count, type.Size, same) switch
        {
            (1, 1, true) => new StoreOne<byte>(address, sources[0].Slot) { Source = i },
            (1, 2, true) => new StoreOne<ushort>(address, sources[0].Slot) { Source = i },
            (1, 4, true) => new StoreOne<uint>(address, sources[0].Slot) { Source = i },
            (1, 8, true) => new StoreOne<ulong>(address, sources[0].Slot) { Source = i },
            _ => new StoreMany(address, type.Size, sources) { Source = i },
        };
        l.Emit(instr, InstrClass.Store);
        if (i.Modifiers.Contains("async"))
        {
            l.Need(3);
            AsyncInstructions.Report(l, i, i.Operands[2], type.Size * count);
        }
    }

    /// <summary>Whether an address names a parameter or result of a device function, or of a call.</summary>
    private static bool IsCallParameter(Lowering l, Operand target) =>
        target.Kind == OperandKind.Address
        && target.Elements[0] is { Kind: OperandKind.Symbol, Target: PtxVariable { Space: StateSpace.Param } variable }
        && !(l.Function.IsEntry && l.Function.Parameters.Contains(variable));

    private static PtxVariable ParameterOf(Lowering l, Operand target, int size)
    {
        var variable = (PtxVariable)target.Elements[0].Target!;
        CheckInside(l, target, variable, size);
        return variable.Register is null ? variable : throw l.Error("a parameter in a register is not in memory", target);
    }

    private static void CheckInside(Lowering l, Operand target, PtxVariable variable, int size)
    {
        if (target.Offset < 0 || target.Offset + size > variable.Size)
        {
            throw l.Error($"the access lies outside of the {variable.Size} bytes of {variable.Name}", target.Elements[0]);
        }
    }

    private static void Hint(Lowering l, PtxInstruction i) => l.Emit(new NoOperation { Source = i }, InstrClass.Other);

    private static void Fence(Lowering l, PtxInstruction i) => l.Emit(new FenceInstr { Source = i }, InstrClass.Barrier);
}

/// <summary>Does nothing that can be seen.</summary>
internal sealed class NoOperation : Instr
{
    public override void Execute(Warp w)
    {
    }
}

internal sealed class FenceInstr : Instr
{
    public override void Execute(Warp w)
    {
        Thread.MemoryBarrier();
        w.Context.Checks?.OnFence(w);
    }
}
