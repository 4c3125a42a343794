using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Copies, packing and unpacking, address conversions.</summary>
internal static class MoveInstructions
{
    private static readonly PtxType Pred = PtxType.Get("pred");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["mov"] = Move;
        table["cvta"] = ConvertAddress;
        table["isspacep"] = IsInSpace;
        table["mapa"] = MapShared;
        table["getctarank"] = (l, i) => Constant(l, i, 0);
        table["createpolicy"] = (l, i) => Constant(l, i, 0);
    }

    private static void Constant(Lowering l, PtxInstruction i, ulong value)
    {
        PtxType type = PtxType.Get(i.Opcode == "createpolicy" ? "b64" : "u32");
        int d = l.Destination(i.Operands[0], type);
        l.Emit(new LaneInstr(d, type.Size, [], (_, _, _, _) => value) { Source = i }, InstrClass.Move);
    }

    private static void Move(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        l.Need(2);
        Operand to = i.Operands[0];
        Operand from = i.Operands[1];
        if (to.Kind == OperandKind.Vector)
        {
            Unpack(l, i, type, to, from);
            return;
        }
        if (from.Kind == OperandKind.Vector)
        {
            Pack(l, i, type, to, from);
            return;
        }
        if (type.Kind == TypeKind.Predicate)
        {
            int p = from.Kind == OperandKind.Special ? l.Source(from, Pred) : l.Predicate(from, out uint flip) is int slot && flip == 0 ? slot : throw l.Error("mov does not negate", from);
            int q = l.Destination(to, Pred);
            l.Emit(new LaneInstr(q, 0, [(p, 0)], static (a, _, _, _) => a) { Source = i }, InstrClass.Move, propagates: true);
            return;
        }
        if (from.Kind == OperandKind.Special && SpecialRegisters.SizeOf(from.Name) == 8 && type.Size == 4)
        {
            throw l.Error($"{from.Name} has 64 bits", from);
        }
        int s = l.Source(from, type);
        int d = l.Destination(to, type);
        l.Emit(Copy(i, type.Size, d, s), InstrClass.Move, propagates: true);
    }

    public static Instr Copy(PtxInstruction i, int size, int d, int s) => size switch
    {
        1 => new LaneInstr(d, 1, [(s, 1)], static (a, _, _, _) => a) { Source = i },
        2 => new VectorUnary<CopyOp<ushort>, ushort>(d, s) { Source = i },
        4 => new VectorUnary<CopyOp<uint>, uint>(d, s) { Source = i },
        8 => new VectorUnary<CopyOp<ulong>, ulong>(d, s) { Source = i },
        _ => new WideCopy(d, s) { Source = i },
    };

    private static PtxType ElementType(Lowering l, PtxType type, Operand vector)
    {
        int count = vector.Elements.Count;
        if (count is not (2 or 4 or 8) || type.Size % count != 0)
        {
            throw l.Error($"{type} cannot be made of {count} parts", vector);
        }
        return PtxType.Get("b" + (8 * type.Size / count));
    }

    private static void Pack(Lowering l, PtxInstruction i, PtxType type, Operand to, Operand from)
    {
        PtxType element = ElementType(l, type, from);
        var sources = new int[from.Elements.Count];
        for (int k = 0; k < sources.Length; k++)
        {
            sources[k] = l.Source(from.Elements[k], element);
        }
        int d = l.Destination(to, type);
        l.Emit(new PackInstr(d, type.Size, sources, element.Size) { Source = i }, InstrClass.Move, propagates: true);
    }

    private static void Unpack(Lowering l, PtxInstruction i, PtxType type, Operand to, Operand from)
    {
        PtxType element = ElementType(l, type, to);
        int s = l.Source(from, type);
        var places = new int[to.Elements.Count];
        for (int k = 0; k < places.Length; k++)
        {
            places[k] = to.Elements[k].Kind == OperandKind.Sink ? -1 : l.Destination(to.Elements[k], element);
        }
        l.Emit(new UnpackInstr(places, element.Size, s, type.Size) { Source = i }, InstrClass.Move, propagates: true);
    }

    private static void ConvertAddress(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool to = m.Take("to");
        string name = m.TakeAny("global", "shared", "local", "const", "param", "shared::cta", "shared::cluster", "param::entry")
            ?? throw l.Error("cvta needs a state space", i.FullName);
        PtxType type = m.Type();
        m.End();
        l.Need(2);
        ulong window = name.Split(':')[0] switch
        {
            "shared" => AddressWindows.Shared,
            "local" => AddressWindows.Local,
            "param" => AddressWindows.Param,
            _ => 0,
        };
        if (type.Size == 4 && window != 0)
        {
            throw l.Error("generic addresses have 64 bits", i.FullName);
        }
        int a = l.Source(i.Operands[1], type);
        int d = l.Destination(i.Operands[0], type);
        if (window == 0)
        {
            l.Emit(Copy(i, type.Size, d, a), InstrClass.Move, propagates: true);
            return;
        }
        int b = l.Constant(to ? 0 - window : window, 8);
        l.Emit(new VectorBinary<AddOp<ulong>, ulong>(d, a, b) { Source = i }, InstrClass.Move);
    }

    private static void IsInSpace(Lowering l, PtxInstruction i)
    {
        string name = i.Modifiers.Count == 1 ? i.Modifiers[0].Split(':')[0] : "";
        StateSpace space = name switch
        {
            "global" => StateSpace.Global,
            "shared" => StateSpace.Shared,
            "local" => StateSpace.Local,
            "param" => StateSpace.Param,
            "const" => StateSpace.Constant,
            _ => throw l.Error("isspacep needs a state space", i.FullName),
        };
        l.Need(2);
        int a = l.Source(i.Operands[1], PtxType.Get("u64"));
        int d = l.Destination(i.Operands[0], Pred);
        l.Emit(new LaneInstr(d, 0, [(a, 8)], (x, _, _, _) => Addressing.SpaceOf(x) == space ? 1u : 0u) { Source = i }, InstrClass.Compare);
    }

    /// <summary>A cluster is one block here, so each address of shared memory maps to itself.</summary>
    private static void MapShared(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        m.TakeAny("shared::cluster");
        PtxType type = m.Type();
        m.End();
        l.Need(3);
        int a = l.Source(i.Operands[1], type);
        int d = l.Destination(i.Operands[0], type);
        l.Emit(Copy(i, type.Size, d, a), InstrClass.Move, propagates: true);
    }

    private sealed unsafe class WideCopy(int d, int s) : Instr
    {
        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ((UInt128*)(w.R + d))[lane] = ((UInt128*)(w.R + s))[lane];
            }
        }
    }

    private sealed unsafe class PackInstr(int d, int size, int[] sources, int part) : Instr
    {
        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                UInt128 value = 0;
                for (int k = 0; k < sources.Length; k++)
                {
                    value |= (UInt128)Lanes.Get(w.R + sources[k], part, lane) << (8 * part * k);
                }
                if (size == 16)
                {
                    ((UInt128*)(w.R + d))[lane] = value;
                }
                else
                {
                    Lanes.Set(w.R + d, size, lane, (ulong)value);
                }
            }
        }
    }

    private sealed unsafe class UnpackInstr(int[] places, int part, int s, int size) : Instr
    {
        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                UInt128 value = size == 16 ? ((UInt128*)(w.R + s))[lane] : Lanes.Get(w.R + s, size, lane);
                for (int k = 0; k < places.Length; k++)
                {
                    if (places[k] >= 0)
                    {
                        Lanes.Set(w.R + places[k], part, lane, (ulong)(value >> (8 * part * k)));
                    }
                }
            }
        }
    }
}

/// <summary>The address of a local variable: its place in the current activation.</summary>
internal sealed unsafe class LocalAddressInstr(int d, int size, int offset) : Instr
{
    public override void Execute(Warp w)
    {
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            Lanes.Set(w.R + d, size, lane, Lanes.Get(w.R + offset, size, lane) + (ulong)w.LocalBase);
        }
    }
}

/// <summary>A special register whose value changes while a block runs. Time is counted in instructions, so that it repeats from run to run.</summary>
internal sealed unsafe class ReadSpecialInstr(int d, int size, string name) : Instr
{
    public override void Execute(Warp w)
    {
        ulong time = (ulong)(w.Ticks += 16);
        ulong value = name switch
        {
            "%clock" or "%clock64" or "%globaltimer" or "%globaltimer_lo" => time,
            "%clock_hi" or "%globaltimer_hi" => time >> 32,
            _ => 0,
        };
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            Lanes.Set(w.R + d, size, Lanes.First(left), value);
        }
    }
}
