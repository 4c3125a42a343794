using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Comparisons and selection.</summary>
internal static class CompareInstructions
{
    private static readonly PtxType Pred = PtxType.Get("pred");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["setp"] = SetPredicate;
        table["set"] = Set;
        table["selp"] = Select;
        table["slct"] = SelectBySign;
        table["testp"] = Test;
    }

    private sealed record Comparison(string Op, string? Bool, bool Ftz, PtxType Type, PtxType? Result);

    private static Comparison Read(Lowering l, PtxInstruction i, bool hasResult)
    {
        var m = new ModifierReader(i, l);
        string op = m.TakeAny("eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan")
            ?? throw l.Error("a comparison is missing", i.FullName);
        string? combine = m.TakeAny("and", "or", "xor");
        bool ftz = m.Take("ftz");
        PtxType? result = hasResult ? m.Type() : null;
        PtxType type = m.Type();
        m.End();
        bool unordered = op is "equ" or "neu" or "ltu" or "leu" or "gtu" or "geu" or "num" or "nan";
        if ((type.IsFloat && op is "lo" or "ls" or "hi" or "hs") || (!type.IsFloat && unordered) || (type.Kind == TypeKind.Bits && op is not ("eq" or "ne")))
        {
            throw l.Error($"the comparison .{op} does not go with {type}", i.FullName);
        }
        return new Comparison(op switch { "lo" => "lt", "ls" => "le", "hi" => "gt", "hs" => "ge", _ => op }, combine, ftz, type, result);
    }

    private static CompareInstr Make(Lowering l, PtxInstruction i, Comparison c, int a, int b)
    {
        PtxType type = c.Type;
        if (type.IsFloat && type.Size == 4 && !type.IsPacked)
        {
            return c.Ftz ? new VectorCompare<float, FlushedSingle>(a, b, c.Op) { Source = i } : new VectorCompare<float, Plain<float>>(a, b, c.Op) { Source = i };
        }
        if (type.IsFloat && type.Size == 8)
        {
            return new VectorCompare<double, Plain<double>>(a, b, c.Op) { Source = i };
        }
        if (type.IsFloat)
        {
            return new HalfCompare(a, b, c.Op, type.IsBfloat, type.IsPacked, c.Ftz) { Source = i };
        }
        return (type.Size, type.IsSigned) switch
        {
            (2, true) => new VectorCompare<short, Plain<short>>(a, b, c.Op) { Source = i },
            (2, false) => new VectorCompare<ushort, Plain<ushort>>(a, b, c.Op) { Source = i },
            (4, true) => new VectorCompare<int, Plain<int>>(a, b, c.Op) { Source = i },
            (4, false) => new VectorCompare<uint, Plain<uint>>(a, b, c.Op) { Source = i },
            (8, true) => new VectorCompare<long, Plain<long>>(a, b, c.Op) { Source = i },
            (8, false) => new VectorCompare<ulong, Plain<ulong>>(a, b, c.Op) { Source = i },
            _ => throw l.Error($"a comparison has no form for {type}", i.FullName),
        };
    }

    private static void SetPredicate(Lowering l, PtxInstruction i)
    {
        Comparison c = Read(l, i, false);
        l.Need(c.Bool is null ? 3 : 4);
        int a = l.Source(i.Operands[1], c.Type);
        int b = l.Source(i.Operands[2], c.Type);
        CompareInstr instr = Make(l, i, c, a, b);
        if (c.Bool != null)
        {
            instr.CombineSlot = l.Predicate(i.Operands[3], out instr.CombineFlip);
            instr.Combine = c.Bool;
        }
        Operand target = i.Operands[0];
        if (target.Kind == OperandKind.Pair)
        {
            instr.SecondSlot = l.Destination(target.Elements[1], Pred);
            target = target.Elements[0];
        }
        instr.ResultSlot = l.Destination(target, Pred);
        l.Emit(instr, InstrClass.Compare);
    }

    private static void Set(Lowering l, PtxInstruction i)
    {
        Comparison c = Read(l, i, true);
        l.Need(c.Bool is null ? 3 : 4);
        int a = l.Source(i.Operands[1], c.Type);
        int b = l.Source(i.Operands[2], c.Type);
        CompareInstr instr = Make(l, i, c, a, b);
        if (c.Bool != null)
        {
            instr.CombineSlot = l.Predicate(i.Operands[3], out instr.CombineFlip);
            instr.Combine = c.Bool;
        }
        int low = l.Temporary(0);
        instr.ResultSlot = low;
        int high = -1;
        if (c.Type.IsPacked)
        {
            high = l.Temporary(0);
            instr.SecondSlot = high;
        }
        l.Emit(instr, InstrClass.Compare);
        PtxType result = c.Result!;
        ulong yes = result switch
        {
            { IsFloat: true, IsPacked: true } => result.IsBfloat ? 0x3F80u : 0x3C00u,
            { IsFloat: true } => FloatLiteral.EncodeDouble(1, result),
            { IsPacked: true } => 0xFFFF,
            _ => ulong.MaxValue,
        };
        int d = l.Destination(i.Operands[0], result);
        if (c.Type.IsPacked)
        {
            ulong half = result.IsFloat ? yes : 0xFFFF;
            l.Emit(new LaneInstr(d, 4, [(low, 0), (high, 0)], (x, y, _, _) => (x != 0 ? half : 0) | (y != 0 ? half << 16 : 0)) { Source = i }, InstrClass.Compare);
            return;
        }
        l.Emit(new LaneInstr(d, result.Size, [(low, 0)], (x, _, _, _) => x != 0 ? yes : 0) { Source = i }, InstrClass.Compare);
    }

    private static void Select(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        l.Need(4);
        int a = l.Source(i.Operands[1], type);
        int b = l.Source(i.Operands[2], type);
        int p = l.Predicate(i.Operands[3], out uint flip);
        int d = l.Destination(i.Operands[0], type);
        Instr instr = type.Size switch
        {
            2 => new SelectInstr<ushort>(d, a, b, p, flip) { Source = i },
            4 => new SelectInstr<uint>(d, a, b, p, flip) { Source = i },
            8 => new SelectInstr<ulong>(d, a, b, p, flip) { Source = i },
            _ => throw l.Error($"selp has no form for {type}", i.FullName),
        };
        l.Emit(instr, InstrClass.Move, propagates: true);
    }

    private static void SelectBySign(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool ftz = m.Take("ftz");
        PtxType type = m.Type();
        PtxType by = m.Type();
        m.End();
        l.Need(4);
        int a = l.Source(i.Operands[1], type);
        int b = l.Source(i.Operands[2], type);
        int c = l.Source(i.Operands[3], by);
        int d = l.Destination(i.Operands[0], type);
        // A float selects a when it is not below zero; -0 counts as zero, NaN as below.
        LaneFunction function = by.IsFloat
            ? (x, y, z, _) =>
            {
                float value = BitConverter.UInt32BitsToSingle((uint)z);
                return value >= 0 || (ftz && float.IsSubnormal(value)) ? x : y;
            }
        : static (x, y, z, _) => (int)z >= 0 ? x : y;
        l.Emit(new LaneInstr(d, type.Size, [(a, type.Size), (b, type.Size), (c, 4)], function) { Source = i }, InstrClass.Move);
    }

    private static void Test(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        string what = m.TakeAny("finite", "infinite", "number", "notanumber", "normal", "subnormal") ?? throw l.Error("the property to test is missing", i.FullName);
        PtxType type = m.Type();
        m.End();
        FloatFormat f = FloatFormat.Of(type);
        IntegerInstructions.Lanewise(l, Pred, [type], InstrClass.Compare, (a, _, _, _) =>
        {
            bool nan = f.IsNaN(a);
            bool infinite = f.IsInfinity(a);
            bool result = what switch
            {
                "finite" => !nan && !infinite,
                "infinite" => infinite,
                "number" => !nan,
                "notanumber" => nan,
                "normal" => !nan && !infinite && !f.IsSubnormal(a) && !f.IsZero(a),
                // Zeros count among the subnormal numbers.
                _ => f.IsSubnormal(a) || f.IsZero(a),
            };
            return result ? 1u : 0u;
        });
    }

    /// <summary>Makes one or two predicates; the second one is the complement before the boolean operation (or the upper half's result).</summary>
    private abstract unsafe class CompareInstr : Instr
    {
        public int ResultSlot;
        public int SecondSlot = -1;
        public string? Combine;
        public int CombineSlot;
        public uint CombineFlip;

        protected void Write(Warp w, uint result, uint second)
        {
            if (Combine != null)
            {
                uint c = *(uint*)(w.R + CombineSlot) ^ CombineFlip;
                result = Apply(result, c);
                second = Apply(second, c);
            }
            Lanes.SetPredicate(w.R + ResultSlot, result, w.Mask);
            if (SecondSlot >= 0)
            {
                Lanes.SetPredicate(w.R + SecondSlot, second, w.Mask);
            }
        }

        private uint Apply(uint x, uint c) => Combine switch { "and" => x & c, "or" => x | c, _ => x ^ c };
    }

    private interface IPrepare<T>
    {
        static abstract Vector512<T> Invoke(Vector512<T> x);
    }

    private readonly struct Plain<T> : IPrepare<T>
    {
        public static Vector512<T> Invoke(Vector512<T> x) => x;
    }

    private readonly struct FlushedSingle : IPrepare<float>
    {
        public static Vector512<float> Invoke(Vector512<float> x) => Single.Flush(x);
    }

    private sealed unsafe class VectorCompare<T, TPrepare>(int a, int b, string op) : CompareInstr
        where T : unmanaged
        where TPrepare : struct, IPrepare<T>
    {
        private readonly int _op = Array.IndexOf(Ops, op);

        private static readonly string[] Ops = ["eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"];

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            byte* r = w.R;
            uint result = 0;
            for (int v = 0; v < Lanes.Vectors<T>(); v++)
            {
                Vector512<T> x = TPrepare.Invoke(Lanes.Load<T>(r + a, v));
                Vector512<T> y = TPrepare.Invoke(Lanes.Load<T>(r + b, v));
                Vector512<T> c = _op switch
                {
                    0 => Vector512.Equals(x, y),
                    // Ordered unequal: false for NaN.
                    1 => Vector512.LessThan(x, y) | Vector512.GreaterThan(x, y),
                    2 => Vector512.LessThan(x, y),
                    3 => Vector512.LessThanOrEqual(x, y),
                    4 => Vector512.GreaterThan(x, y),
                    5 => Vector512.GreaterThanOrEqual(x, y),
                    6 => ~(Vector512.LessThan(x, y) | Vector512.GreaterThan(x, y)),
                    7 => ~Vector512.Equals(x, y),
                    8 => ~Vector512.GreaterThanOrEqual(x, y),
                    9 => ~Vector512.GreaterThan(x, y),
                    10 => ~Vector512.LessThanOrEqual(x, y),
                    11 => ~Vector512.LessThan(x, y),
                    12 => Vector512.Equals(x, x) & Vector512.Equals(y, y),
                    _ => ~(Vector512.Equals(x, x) & Vector512.Equals(y, y)),
                };
                result |= Lanes.Bits(c, v);
            }
            Write(w, result, ~result);
        }
    }

    private sealed unsafe class HalfCompare(int a, int b, string op, bool brain, bool packed, bool ftz) : CompareInstr
    {
        public override void Execute(Warp w)
        {
            uint low = 0;
            uint high = 0;
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ulong x = Lanes.Get(w.R + a, packed ? 4 : 2, lane);
                ulong y = Lanes.Get(w.R + b, packed ? 4 : 2, lane);
                low |= Holds(x & 0xFFFF, y & 0xFFFF) << lane;
                high |= packed ? Holds(x >> 16, y >> 16) << lane : 0;
            }
            Write(w, low, packed ? high : ~low);
        }

        private uint Holds(ulong rawA, ulong rawB)
        {
            if (ftz)
            {
                rawA = HalfMath.Flush(rawA, brain);
                rawB = HalfMath.Flush(rawB, brain);
            }
            double x = HalfMath.ToDouble(rawA, brain);
            double y = HalfMath.ToDouble(rawB, brain);
            bool nan = double.IsNaN(x) || double.IsNaN(y);
            bool result = op switch
            {
                "eq" => x == y,
                "ne" => !nan && x != y,
                "lt" => x < y,
                "le" => x <= y,
                "gt" => x > y,
                "ge" => x >= y,
                "equ" => nan || x == y,
                "neu" => x != y,
                "ltu" => nan || x < y,
                "leu" => nan || x <= y,
                "gtu" => nan || x > y,
                "geu" => nan || x >= y,
                "num" => !nan,
                _ => nan,
            };
            return result ? 1u : 0u;
        }
    }

    private sealed unsafe class SelectInstr<T>(int d, int a, int b, int p, uint flip) : Instr
        where T : unmanaged
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            byte* r = w.R;
            uint chosen = *(uint*)(r + p) ^ flip;
            for (int v = 0; v < Lanes.Vectors<T>(); v++)
            {
                Vector512<T> x = Vector512.ConditionalSelect(Lanes.Expand<T>(chosen, v), Lanes.Load<T>(r + a, v), Lanes.Load<T>(r + b, v));
                Lanes.Store(r + d, v, x, w.Mask);
            }
        }
    }
}
