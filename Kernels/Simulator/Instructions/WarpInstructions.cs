using System.Numerics;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Exchange between the lanes of a warp.</summary>
internal static class WarpInstructions
{
    private static readonly PtxType U32 = PtxType.Get("u32");
    private static readonly PtxType B32 = PtxType.Get("b32");
    private static readonly PtxType Pred = PtxType.Get("pred");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["shfl"] = Shuffle;
        table["vote"] = Vote;
        table["match"] = Match;
        table["redux"] = Reduce;
        table["activemask"] = ActiveMask;
        table["elect"] = Elect;
    }

    private static void Shuffle(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool sync = m.Take("sync");
        string mode = m.TakeAny("up", "down", "bfly", "idx") ?? throw l.Error("shfl needs .up, .down, .bfly or .idx", i.FullName);
        m.Type();
        m.End();
        l.Need(sync ? 5 : 4);
        int a = l.Source(i.Operands[1], B32);
        int b = l.Source(i.Operands[2], U32);
        int c = l.Source(i.Operands[3], U32);
        int members = sync ? l.Source(i.Operands[4], B32) : CollectiveInstr.NoMembers;
        (int d, int p) = DestinationPair(l, i.Operands[0], B32);
        l.Emit(new ShuffleInstr(d, p, a, b, c, mode) { Source = i, MembersSlot = members }, InstrClass.Shuffle);
    }

    private static (int First, int Predicate) DestinationPair(Lowering l, Operand operand, PtxType type)
    {
        if (operand.Kind != OperandKind.Pair)
        {
            return (l.Destination(operand, type), -1);
        }
        return (l.Destination(operand.Elements[0], type), l.Destination(operand.Elements[1], Pred));
    }

    private static void Vote(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool sync = m.Take("sync");
        string mode = m.TakeAny("all", "any", "uni", "ballot") ?? throw l.Error("vote needs .all, .any, .uni or .ballot", i.FullName);
        m.Type();
        m.End();
        l.Need(sync ? 3 : 2);
        int p = l.Predicate(i.Operands[1], out uint flip);
        int members = sync ? l.Source(i.Operands[2], B32) : CollectiveInstr.NoMembers;
        int d = l.Destination(i.Operands[0], mode == "ballot" ? B32 : Pred);
        l.Emit(new VoteInstr(d, p, flip, mode) { Source = i, MembersSlot = members }, InstrClass.Shuffle);
    }

    private static void Match(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        m.Take("sync");
        bool all = m.TakeAny("all", "any") == "all";
        PtxType type = m.Type();
        m.End();
        l.Need(3);
        int a = l.Source(i.Operands[1], type);
        int members = l.Source(i.Operands[2], B32);
        (int d, int p) = DestinationPair(l, i.Operands[0], B32);
        l.Emit(new MatchInstr(d, p, a, type.Size, all) { Source = i, MembersSlot = members }, InstrClass.Shuffle);
    }

    private static void Reduce(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        m.Take("sync");
        string op = m.TakeAny("add", "min", "max", "and", "or", "xor") ?? throw l.Error("the operation of redux is missing", i.FullName);
        bool magnitudes = m.Take("abs");
        bool nan = m.Take("NaN");
        PtxType type = m.Type();
        m.End();
        bool single = type.Name == "f32" && op is "min" or "max";
        if ((!single && (type.IsFloat || magnitudes || nan)) || type.Size != 4)
        {
            throw l.Error($"redux has no form for {type}", i.FullName);
        }
        l.Need(3);
        int a = l.Source(i.Operands[1], type);
        int members = l.Source(i.Operands[2], B32);
        int d = l.Destination(i.Operands[0], type);
        l.Emit(new ReduceInstr(d, a, op, type.IsSigned) { IsFloat = single, Magnitudes = magnitudes, KeepsNaN = nan, Source = i, MembersSlot = members }, InstrClass.Shuffle);
    }

    private static void ActiveMask(Lowering l, PtxInstruction i)
    {
        l.Need(1);
        int d = l.Destination(i.Operands[0], B32);
        l.Emit(new ActiveMaskInstr(d) { Source = i }, InstrClass.Shuffle);
    }

    private static void Elect(Lowering l, PtxInstruction i)
    {
        l.Need(2);
        int members = l.Source(i.Operands[1], B32);
        (int d, int p) = DestinationPair(l, i.Operands[0], B32);
        l.Emit(new ElectInstr(d, p) { Source = i, MembersSlot = members }, InstrClass.Shuffle);
    }

    private sealed unsafe class ShuffleInstr(int d, int p, int a, int b, int c, string mode) : CollectiveInstr
    {
        public override void Deposit(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ((uint*)w.Exchange)[lane] = ((uint*)(w.R + a))[lane];
            }
        }

        public override void Complete(Warp w, uint present)
        {
            var values = (uint*)w.Exchange;
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                int distance = (int)(((uint*)(w.R + b))[lane] & 31);
                uint packed = ((uint*)(w.R + c))[lane];
                int clamp = (int)(packed & 31);
                int segment = (int)(packed >> 8 & 31);
                int most = (lane & segment) | (clamp & ~segment);
                int least = lane & segment;
                int from;
                bool inside;
                switch (mode)
                {
                    case "up":
                        from = lane - distance;
                        inside = from >= most;
                        break;
                    case "down":
                        from = lane + distance;
                        inside = from <= most;
                        break;
                    case "bfly":
                        from = lane ^ distance;
                        inside = from <= most;
                        break;
                    default:
                        from = least | (distance & ~segment);
                        inside = from <= most;
                        break;
                }
                if (!inside)
                {
                    from = lane;
                }
                if ((present >> from & 1) == 0)
                {
                    w.Context.Checks?.OnUndefinedSource(w, this, lane, from);
                    from = lane;
                }
                ((uint*)(w.R + d))[lane] = values[from];
                if (p >= 0)
                {
                    Lanes.SetPredicate(w.R + p, inside ? uint.MaxValue : 0, 1u << lane);
                }
            }
        }
    }

    private sealed unsafe class VoteInstr(int d, int p, uint flip, string mode) : CollectiveInstr
    {
        public override void Deposit(Warp w)
        {
            uint value = *(uint*)(w.R + p) ^ flip;
            w.ExchangePredicate = (w.ExchangePredicate & ~w.Mask) | (value & w.Mask);
        }

        public override void Complete(Warp w, uint present)
        {
            uint votes = w.ExchangePredicate & present;
            if (mode == "ballot")
            {
                for (uint left = w.Mask; left != 0; left &= left - 1)
                {
                    ((uint*)(w.R + d))[Lanes.First(left)] = votes;
                }
                return;
            }
            bool result = mode switch
            {
                "all" => votes == present,
                "any" => votes != 0,
                _ => votes == present || votes == 0,
            };
            Lanes.SetPredicate(w.R + d, result ? uint.MaxValue : 0, w.Mask);
        }
    }

    private sealed unsafe class MatchInstr(int d, int p, int a, int size, bool all) : CollectiveInstr
    {
        public override void Deposit(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ((ulong*)w.Exchange)[lane] = Lanes.Get(w.R + a, size, lane);
            }
        }

        public override void Complete(Warp w, uint present)
        {
            var values = (ulong*)w.Exchange;
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                uint same = 0;
                for (uint rest = present; rest != 0; rest &= rest - 1)
                {
                    int other = Lanes.First(rest);
                    same |= values[other] == values[lane] ? 1u << other : 0;
                }
                bool agreed = same == present;
                ((uint*)(w.R + d))[lane] = all ? (agreed ? present : 0) : same;
                if (p >= 0)
                {
                    Lanes.SetPredicate(w.R + p, agreed ? uint.MaxValue : 0, 1u << lane);
                }
            }
        }
    }

    private sealed unsafe class ReduceInstr(int d, int a, string op, bool signed) : CollectiveInstr
    {
        public bool IsFloat { get; init; }

        public bool Magnitudes { get; init; }

        public bool KeepsNaN { get; init; }

        private uint Single(uint x, uint y)
        {
            FloatFormat f = FloatFormat.F32;
            (x, y) = Magnitudes ? (x & 0x7FFF_FFFF, y & 0x7FFF_FFFF) : (x, y);
            return (uint)FloatInstructions.RawMinMax(f, x, y, op == "min", KeepsNaN, false, false);
        }

        public override void Deposit(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ((uint*)w.Exchange)[lane] = ((uint*)(w.R + a))[lane];
            }
        }

        public override void Complete(Warp w, uint present)
        {
            var values = (uint*)w.Exchange;
            uint result = values[Lanes.First(present)];
            result = IsFloat ? Single(result, result) : result;
            for (uint rest = present & (present - 1); rest != 0; rest &= rest - 1)
            {
                uint x = values[Lanes.First(rest)];
                result = IsFloat ? Single(result, x) : (op, signed) switch
                {
                    ("add", _) => result + x,
                    ("and", _) => result & x,
                    ("or", _) => result | x,
                    ("xor", _) => result ^ x,
                    ("min", true) => (uint)Math.Min((int)result, (int)x),
                    ("max", true) => (uint)Math.Max((int)result, (int)x),
                    ("min", false) => Math.Min(result, x),
                    _ => Math.Max(result, x),
                };
            }
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                ((uint*)(w.R + d))[Lanes.First(left)] = result;
            }
        }
    }

    private sealed unsafe class ElectInstr(int d, int p) : CollectiveInstr
    {
        public override void Deposit(Warp w)
        {
        }

        public override void Complete(Warp w, uint present)
        {
            int leader = BitOperations.TrailingZeroCount(present);
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                ((uint*)(w.R + d))[Lanes.First(left)] = (uint)leader;
            }
            if (p >= 0)
            {
                Lanes.SetPredicate(w.R + p, 1u << leader, w.Mask);
            }
        }
    }

    private sealed unsafe class ActiveMaskInstr(int d) : Instr
    {
        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                ((uint*)(w.R + d))[Lanes.First(left)] = w.Mask;
            }
        }
    }
}
