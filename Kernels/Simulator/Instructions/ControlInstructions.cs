using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Branches, calls, exits and barriers.</summary>
internal static class ControlInstructions
{
    private static readonly PtxType U32 = PtxType.Get("u32");
    private static readonly PtxType U64 = PtxType.Get("u64");
    private static readonly PtxType Pred = PtxType.Get("pred");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["bra"] = Branch;
        table["brx"] = IndexedBranch;
        table["call"] = Call;
        table["ret"] = (l, i) => l.Emit(new ReturnInstr { Source = i }, InstrClass.Control);
        table["exit"] = (l, i) => l.Emit(new ExitInstr { Source = i }, InstrClass.Control);
        table["trap"] = (l, i) => l.Emit(new TrapInstr { Source = i }, InstrClass.Control);
        table["brkpt"] = Nothing;
        table["pmevent"] = Nothing;
        table["griddepcontrol"] = Nothing;
        table["setmaxnreg"] = Nothing;
        table["nanosleep"] = (l, i) => l.Emit(new NoOperation { Source = i, Control = ControlKind.Yield }, InstrClass.Control);
        table["bar"] = Barrier;
        table["barrier"] = Barrier;
    }

    private static void Nothing(Lowering l, PtxInstruction i) => l.Emit(new NoOperation { Source = i }, InstrClass.Control);

    private static void Branch(Lowering l, PtxInstruction i)
    {
        new ModifierReader(i, l).Ignore("uni");
        l.Need(1);
        if (i.Operands[0].Target is not PtxLabel label)
        {
            throw l.Error("a label is expected here", i.Operands[0]);
        }
        l.Emit(new BranchInstr { Source = i, Target = label.Index, Reconvergence = l.Flow.ReconvergenceOf(l.CurrentIndex) }, InstrClass.Control);
    }

    private static void IndexedBranch(Lowering l, PtxInstruction i)
    {
        l.Need(2);
        IReadOnlyList<PtxLabel> targets = l.Flow.Targets(i);
        if (targets.Count == 0)
        {
            throw l.Error("a list of branch targets is expected here", i.Operands[1]);
        }
        int index = l.Source(i.Operands[0], U32);
        l.Emit(new IndexedBranchInstr
        {
            Source = i,
            IndexSlot = index,
            Targets = [.. targets.Select(static target => target.Index)],
            Reconvergence = l.Flow.ReconvergenceOf(l.CurrentIndex),
        }, InstrClass.Control);
    }

    private static void Call(Lowering l, PtxInstruction i)
    {
        int at = 0;
        IReadOnlyList<Operand> results = i.Operands.Count > 0 && i.Operands[0].Kind == OperandKind.List ? i.Operands[at++].Elements : [];
        if (at >= i.Operands.Count)
        {
            throw l.Error("a call needs a function", i.FullName);
        }
        Operand target = i.Operands[at++];
        IReadOnlyList<Operand> arguments = at < i.Operands.Count && i.Operands[at].Kind == OperandKind.List ? i.Operands[at].Elements : [];
        ParameterStorage[] from = [.. arguments.Select(argument => Storage(l, argument, null))];
        ParameterStorage[] to = [.. results.Select(result => Storage(l, result, result.Register))];
        if (target.Kind == OperandKind.Register)
        {
            int address = l.Source(target, U64);
            l.Code.CallsIndirectly = true;
            l.Emit(new CallInstr { Source = i, AddressSlot = address, Arguments = from, Results = to }, InstrClass.Control);
            return;
        }
        PtxFunction? function = target.Target as PtxFunction ?? l.Module.FindFunction(target.Name);
        FunctionCode? callee = function is null ? null : l.Module.CodeOf(function);
        if (callee is null)
        {
            if (!SystemCalls.Lower(l, i, target.Name, from, to))
            {
                throw l.Error("this function is called but not defined in the module", target);
            }
            return;
        }
        if (function!.IsEntry || function.Parameters.Count != from.Length || function.Results.Count != to.Length)
        {
            throw l.Error($"{function.Name} takes {function.Parameters.Count} parameters and returns {function.Results.Count}", target);
        }
        for (int k = 0; k < from.Length; k++)
        {
            CheckSize(l, arguments[k], from[k], function.Parameters[k]);
        }
        for (int k = 0; k < to.Length; k++)
        {
            CheckSize(l, results[k], to[k], function.Results[k]);
        }
        l.Code.Callees.Add(callee);
        l.Emit(new CallInstr { Source = i, Callee = callee, Arguments = from, Results = to }, InstrClass.Control);
    }

    private static void CheckSize(Lowering l, Operand operand, ParameterStorage storage, PtxVariable formal)
    {
        int size = formal.Register?.Type.Size ?? (int)formal.Size;
        if (size != storage.Size)
        {
            throw l.Error($"the parameter {formal.Name} has {size} bytes, this one {storage.Size}", operand);
        }
    }

    private static ParameterStorage Storage(Lowering l, Operand operand, PtxRegister? written)
    {
        switch (operand.Kind)
        {
            case OperandKind.Symbol when operand.Target is PtxVariable { Space: StateSpace.Param } variable:
                return Warp.StorageOf(variable);
            case OperandKind.Register when !operand.Register!.IsPredicate:
                PtxType type = operand.Register.Type;
                int slot = written is null ? l.Source(operand, type) : l.Destination(operand, type);
                return new ParameterStorage(slot, type.Size, false);
            default:
                throw l.Error("a call takes .param variables and registers", operand);
        }
    }

    private static void Barrier(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        if (m.Take("warp"))
        {
            m.Ignore("sync");
            m.End();
            l.Need(1);
            int members = l.Source(i.Operands[0], PtxType.Get("b32"));
            l.Emit(new WarpBarrier { Source = i, MembersSlot = members }, InstrClass.Barrier);
            return;
        }
        if (m.Take("cluster"))
        {
            bool arrive = m.TakeAny("arrive", "wait") == "arrive";
            m.Ignore("release", "acquire", "relaxed", "aligned");
            m.End();
            l.Emit(new BarrierInstr { Source = i, Action = arrive ? BarrierAction.ClusterArrive : BarrierAction.ClusterWait }, InstrClass.Barrier);
            return;
        }
        m.Ignore("cta");
        bool aligned = m.Take("aligned") || i.Opcode == "bar";
        string kind = m.TakeAny("sync", "arrive", "red") ?? throw l.Error("a barrier needs .sync, .arrive or .red", i.FullName);
        if (kind != "red")
        {
            m.End();
            l.Need(kind == "arrive" ? 2 : 1, 2);
            int number = l.Source(i.Operands[0], U32);
            int count = i.Operands.Count > 1 ? l.Source(i.Operands[1], U32) : CollectiveInstr.NoMembers;
            l.Emit(new BarrierInstr
            {
                Source = i,
                Action = kind == "sync" ? BarrierAction.Sync : BarrierAction.Arrive,
                NumberSlot = number,
                CountSlot = count,
                Aligned = aligned,
            }, InstrClass.Barrier);
            return;
        }
        string op = m.TakeAny("popc", "and", "or") ?? throw l.Error("a reducing barrier needs .popc, .and or .or", i.FullName);
        PtxType type = m.Type();
        m.End();
        l.Need(3, 4);
        int id = l.Source(i.Operands[1], U32);
        int threads = i.Operands.Count > 3 ? l.Source(i.Operands[2], U32) : CollectiveInstr.NoMembers;
        int p = l.Predicate(i.Operands[^1], out uint flip);
        int d = l.Destination(i.Operands[0], op == "popc" ? type : Pred);
        l.Emit(new BarrierInstr
        {
            Source = i,
            Action = op switch { "popc" => BarrierAction.ReduceCount, "and" => BarrierAction.ReduceAnd, _ => BarrierAction.ReduceOr },
            NumberSlot = id,
            CountSlot = threads,
            PredicateSlot = p,
            PredicateFlip = flip,
            ResultSlot = d,
            Aligned = aligned,
        }, InstrClass.Barrier);
    }

    private sealed class WarpBarrier : CollectiveInstr
    {
        public override void Deposit(Warp w)
        {
        }

        public override void Complete(Warp w, uint present)
        {
        }
    }
}
