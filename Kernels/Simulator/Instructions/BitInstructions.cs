using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Logic, shifts and bit fields.</summary>
internal static class BitInstructions
{
    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["and"] = (l, i) => Logic(l, i, "and");
        table["or"] = (l, i) => Logic(l, i, "or");
        table["xor"] = (l, i) => Logic(l, i, "xor");
        table["not"] = Not;
        table["cnot"] = (l, i) => Simple(l, i, 1, static (a, _, _, _) => a == 0 ? 1u : 0u);
        table["lop3"] = Lop3;
        table["shl"] = (l, i) => Shift(l, i, true);
        table["shr"] = (l, i) => Shift(l, i, false);
        table["shf"] = Funnel;
        table["popc"] = (l, i) => Count(l, i, static (a, _, _, _) => (ulong)BitOperations.PopCount(a));
        table["clz"] = (l, i) => Count(l, i, i.Modifiers.Contains("b64") ? static (a, _, _, _) => (ulong)BitOperations.LeadingZeroCount(a) : static (a, _, _, _) => (ulong)BitOperations.LeadingZeroCount((uint)a));
        table["brev"] = (l, i) => Simple(l, i, 1, i.Modifiers.Contains("b64") ? static (a, _, _, _) => Reverse(a) : static (a, _, _, _) => Reverse(a) >> 32);
        table["bfind"] = FindBit;
        table["fns"] = FindNthSet;
        table["bfe"] = Extract;
        table["bfi"] = Insert;
        table["bmsk"] = BitMask;
        table["szext"] = SignOrZeroExtend;
        table["prmt"] = Permute;
    }

    private static readonly PtxType U32 = PtxType.Get("u32");
    private static readonly PtxType B32 = PtxType.Get("b32");

    private static ulong Reverse(ulong a)
    {
        a = ((a >> 1) & 0x5555_5555_5555_5555) | ((a & 0x5555_5555_5555_5555) << 1);
        a = ((a >> 2) & 0x3333_3333_3333_3333) | ((a & 0x3333_3333_3333_3333) << 2);
        a = ((a >> 4) & 0x0F0F_0F0F_0F0F_0F0F) | ((a & 0x0F0F_0F0F_0F0F_0F0F) << 4);
        return BinaryPrimitives.ReverseEndianness(a);
    }

    private static void Simple(Lowering l, PtxInstruction i, int sources, LaneFunction function)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        IntegerInstructions.Lanewise(l, type, [.. Enumerable.Repeat(type, sources)], InstrClass.Logic, function);
    }

    private static void Count(Lowering l, PtxInstruction i, LaneFunction function)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        IntegerInstructions.Lanewise(l, U32, [type], InstrClass.Logic, function);
    }

    private static void Logic(Lowering l, PtxInstruction i, string op)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        l.Need(3);
        if (type.Kind == TypeKind.Predicate)
        {
            int p = l.Predicate(i.Operands[1], out uint flipP);
            int q = l.Predicate(i.Operands[2], out uint flipQ);
            int to = l.Destination(i.Operands[0], type);
            l.Emit(new PredicateLogic(to, p, flipP, q, flipQ, op) { Source = i }, InstrClass.Logic);
            return;
        }
        int a = l.Source(i.Operands[1], type);
        int b = l.Source(i.Operands[2], type);
        int d = l.Destination(i.Operands[0], type);
        Instr instr = (type.Size, op) switch
        {
            (2, "and") => new VectorBinary<AndOp<ushort>, ushort>(d, a, b) { Source = i },
            (2, "or") => new VectorBinary<OrOp<ushort>, ushort>(d, a, b) { Source = i },
            (2, _) => new VectorBinary<XorOp<ushort>, ushort>(d, a, b) { Source = i },
            (4, "and") => new VectorBinary<AndOp<uint>, uint>(d, a, b) { Source = i },
            (4, "or") => new VectorBinary<OrOp<uint>, uint>(d, a, b) { Source = i },
            (4, _) => new VectorBinary<XorOp<uint>, uint>(d, a, b) { Source = i },
            (8, "and") => new VectorBinary<AndOp<ulong>, ulong>(d, a, b) { Source = i },
            (8, "or") => new VectorBinary<OrOp<ulong>, ulong>(d, a, b) { Source = i },
            (8, _) => new VectorBinary<XorOp<ulong>, ulong>(d, a, b) { Source = i },
            _ => throw l.Error($"{op} has no form for {type}", i.FullName),
        };
        l.Emit(instr, InstrClass.Logic, propagates: true);
    }

    private static void Not(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        l.Need(2);
        if (type.Kind == TypeKind.Predicate)
        {
            int p = l.Predicate(i.Operands[1], out uint flip);
            int to = l.Destination(i.Operands[0], type);
            l.Emit(new PredicateLogic(to, p, ~flip, p, ~flip, "and") { Source = i }, InstrClass.Logic);
            return;
        }
        int a = l.Source(i.Operands[1], type);
        int d = l.Destination(i.Operands[0], type);
        Instr instr = type.Size switch
        {
            2 => new VectorUnary<NotOp<ushort>, ushort>(d, a) { Source = i },
            4 => new VectorUnary<NotOp<uint>, uint>(d, a) { Source = i },
            8 => new VectorUnary<NotOp<ulong>, ulong>(d, a) { Source = i },
            _ => throw l.Error($"not has no form for {type}", i.FullName),
        };
        l.Emit(instr, InstrClass.Logic, propagates: true);
    }

    private static void Lop3(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        string? combine = m.TakeAny("or", "and");
        PtxType type = m.Type();
        m.End();
        if (combine is null)
        {
            l.Need(5);
        }
        else
        {
            l.Need(6);
        }
        Operand first = i.Operands[0];
        int a = l.Source(i.Operands[1], type);
        int b = l.Source(i.Operands[2], type);
        int c = l.Source(i.Operands[3], type);
        long table = l.IntegerConstant(i.Operands[4]);
        if (table is < 0 or > 255)
        {
            throw l.Error("the table of lop3 has eight bits", i.Operands[4]);
        }
        int p = 0;
        uint flip = 0;
        int q = -1;
        if (combine != null)
        {
            p = l.Predicate(i.Operands[5], out flip);
            if (first.Kind != OperandKind.Pair)
            {
                throw l.Error("d|p is expected here", first);
            }
            q = l.Destination(first.Elements[1], PtxType.Get("pred"));
            first = first.Elements[0];
        }
        int d = l.Destination(first, type);
        l.Emit(new Lop3Instr(d, a, b, c, (byte)table, q, p, flip, combine == "or") { Source = i }, InstrClass.Logic);
    }

    private static void Shift(Lowering l, PtxInstruction i, bool left)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        l.Need(3);
        int bits = 8 * type.Size;
        int a = l.Source(i.Operands[1], type);
        if (i.Operands[2].Kind == OperandKind.Integer)
        {
            // Counts clamp to the width.
            ulong count = Math.Min((uint)i.Operands[2].Bits, (uint)bits);
            int to = l.Destination(i.Operands[0], type);
            bool all = count == (ulong)bits;
            Instr constant = (type.Size, left, type.IsSigned, all) switch
            {
                (_, false, false, true) or (_, true, _, true) => new LaneInstr(to, type.Size, [], static (_, _, _, _) => 0) { Source = i },
                (2, true, _, _) => new VectorShift<ShiftLeftOp<ushort>, ushort>(to, a, (int)count) { Source = i },
                (4, true, _, _) => new VectorShift<ShiftLeftOp<uint>, uint>(to, a, (int)count) { Source = i },
                (8, true, _, _) => new VectorShift<ShiftLeftOp<ulong>, ulong>(to, a, (int)count) { Source = i },
                (2, _, true, _) => new VectorShift<ShiftRightOp<short>, short>(to, a, (int)Math.Min(count, 15)) { Source = i },
                (4, _, true, _) => new VectorShift<ShiftRightOp<int>, int>(to, a, (int)Math.Min(count, 31)) { Source = i },
                (8, _, true, _) => new VectorShift<ShiftRightOp<long>, long>(to, a, (int)Math.Min(count, 63)) { Source = i },
                (2, _, _, _) => new VectorShift<ShiftRightOp<ushort>, ushort>(to, a, (int)count) { Source = i },
                (4, _, _, _) => new VectorShift<ShiftRightOp<uint>, uint>(to, a, (int)count) { Source = i },
                (8, _, _, _) => new VectorShift<ShiftRightOp<ulong>, ulong>(to, a, (int)count) { Source = i },
                _ => throw l.Error($"{i.Opcode} has no form for {type}", i.FullName),
            };
            l.Emit(constant, InstrClass.Logic);
            return;
        }
        int b = l.Source(i.Operands[2], U32);
        int d = l.Destination(i.Operands[0], type);
        Instr instr = (type.Size, left, type.IsSigned) switch
        {
            (4, true, _) => new VectorBinary<ShiftLeft32Op, uint>(d, a, b) { Source = i },
            (4, false, true) => new VectorBinary<ShiftRightArithmetic32Op, uint>(d, a, b) { Source = i },
            (4, false, false) => new VectorBinary<ShiftRightLogical32Op, uint>(d, a, b) { Source = i },
            (2 or 8, true, _) => new LaneInstr(d, type.Size, [(a, type.Size), (b, 4)], static (x, n, _, _) => n > 63 ? 0 : x << (int)n) { Source = i },
            (2 or 8, false, true) => new LaneInstr(d, type.Size, [(a, type.Size), (b, 4)], (x, n, _, _) => (ulong)(IntegerInstructions.SignExtend(x, type.Size) >> (int)Math.Min(n, 63))) { Source = i },
            (2 or 8, false, false) => new LaneInstr(d, type.Size, [(a, type.Size), (b, 4)], static (x, n, _, _) => n > 63 ? 0 : x >> (int)n) { Source = i },
            _ => throw l.Error($"{i.Opcode} has no form for {type}", i.FullName),
        };
        l.Emit(instr, InstrClass.Logic);
    }

    private static void Funnel(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool left = m.TakeAny("l", "r") == "l";
        bool clamp = m.TakeAny("clamp", "wrap") == "clamp";
        PtxType type = m.Type();
        m.End();
        IntegerInstructions.Lanewise(l, type, [B32, B32, U32], InstrClass.Logic, (a, b, c, _) =>
        {
            int n = clamp ? (int)Math.Min(c, 32) : (int)(c & 31);
            ulong both = (b << 32) | a;
            return left ? both << n >> 32 : both >> n;
        });
    }

    private static void FindBit(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool amount = m.Take("shiftamt");
        PtxType type = m.Type();
        m.End();
        int top = (8 * type.Size) - 1;
        IntegerInstructions.Lanewise(l, U32, [type], InstrClass.Logic, (a, _, _, _) =>
        {
            // A signed number is searched for the first bit that is not a copy of its sign.
            long value = IntegerInstructions.SignExtend(a, type.Size);
            ulong x = type.IsSigned && value < 0 ? (ulong)~value : a;
            if (x == 0)
            {
                return uint.MaxValue;
            }
            int position = 63 - BitOperations.LeadingZeroCount(x);
            return (ulong)(amount ? top - position : position);
        });
    }

    private static void FindNthSet(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        m.Type();
        m.End();
        IntegerInstructions.Lanewise(l, B32, [B32, B32, PtxType.Get("s32")], InstrClass.Logic, static (mask, start, offset, _) =>
        {
            int n = (int)offset;
            int at = (int)start;
            if (n == 0)
            {
                return at < 32 && (mask >> at & 1) != 0 ? start : uint.MaxValue;
            }
            int step = n > 0 ? 1 : -1;
            int left = Math.Abs(n);
            for (; at is >= 0 and < 32; at += step)
            {
                if ((mask >> at & 1) != 0 && --left == 0)
                {
                    return (ulong)at;
                }
            }
            return uint.MaxValue;
        });
    }

    private static void Extract(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        int width = 8 * type.Size;
        IntegerInstructions.Lanewise(l, type, [type, U32, U32], InstrClass.Logic, (a, b, c, _) =>
        {
            int at = (int)(b & 0xFF);
            int length = (int)(c & 0xFF);
            bool sign = false;
            if (type.IsSigned && length != 0)
            {
                sign = (a >> Math.Min(at + length - 1, width - 1) & 1) != 0;
            }
            ulong field = at >= width ? 0 : a >> at;
            int valid = Math.Min(length, Math.Max(width - at, 0));
            ulong low = valid >= 64 ? ulong.MaxValue : (1UL << valid) - 1;
            return (field & low) | (sign ? ~low : 0);
        });
    }

    private static void Insert(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        int width = 8 * type.Size;
        IntegerInstructions.Lanewise(l, type, [type, type, U32, U32], InstrClass.Logic, (a, b, c, d) =>
        {
            int at = (int)(c & 0xFF);
            int length = Math.Min((int)(d & 0xFF), Math.Max(width - at, 0));
            if (length == 0)
            {
                return b;
            }
            ulong field = (length >= 64 ? ulong.MaxValue : (1UL << length) - 1) << at;
            return (b & ~field) | (a << at & field);
        });
    }

    private static void BitMask(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool clamp = m.TakeAny("clamp", "wrap") == "clamp";
        PtxType type = m.Type();
        m.End();
        IntegerInstructions.Lanewise(l, type, [U32, U32], InstrClass.Logic, (a, b, _, _) =>
        {
            ulong at = clamp ? Math.Min(a, 32) : a & 31;
            ulong length = clamp ? Math.Min(b, 32) : b & 31;
            return at >= 32 ? 0 : ((1UL << (int)length) - 1) << (int)at;
        });
    }

    private static void SignOrZeroExtend(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool clamp = m.TakeAny("clamp", "wrap") == "clamp";
        PtxType type = m.Type();
        m.End();
        IntegerInstructions.Lanewise(l, type, [type, U32], InstrClass.Logic, (a, b, _, _) =>
        {
            int n = clamp ? (int)Math.Min(b, 32) : (int)(b & 31);
            if (n == 0)
            {
                return 0;
            }
            ulong low = (1UL << n) - 1;
            bool sign = type.IsSigned && (a >> (n - 1) & 1) != 0;
            return (a & low) | (sign ? ~low : 0);
        });
    }

    private static void Permute(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        string? mode = m.TakeAny("f4e", "b4e", "rc8", "ecl", "ecr", "rc16");
        m.Type();
        m.End();
        IntegerInstructions.Lanewise(l, B32, [B32, B32, B32], InstrClass.Logic, (a, b, c, _) =>
        {
            ulong both = (b << 32) | a;
            ulong result = 0;
            for (int k = 0; k < 4; k++)
            {
                int n = (int)(c & 3);
                int from = mode switch
                {
                    null => (int)(c >> (4 * k) & 7),
                    "f4e" => n + k,
                    "b4e" => (n - k) & 7,
                    "rc8" => n,
                    "ecl" => Math.Max(k, n),
                    "ecr" => Math.Min(k, n),
                    _ => ((n & 1) * 2) + (k & 1),
                };
                ulong value = both >> (8 * from) & 0xFF;
                if (mode is null && (c >> (4 * k) & 8) != 0)
                {
                    value = (value & 0x80) != 0 ? 0xFFUL : 0;
                }
                result |= value << (8 * k);
            }
            return result;
        });
    }

    private sealed unsafe class PredicateLogic(int d, int p, uint flipP, int q, uint flipQ, string op) : Instr
    {
        private readonly int _op = op switch { "and" => 0, "or" => 1, _ => 2 };

        public override void Execute(Warp w)
        {
            uint a = *(uint*)(w.R + p) ^ flipP;
            uint b = *(uint*)(w.R + q) ^ flipQ;
            Lanes.SetPredicate(w.R + d, _op == 0 ? a & b : _op == 1 ? a | b : a ^ b, w.Mask);
        }
    }

    private sealed unsafe class Lop3Instr(int d, int a, int b, int c, byte table, int q, int p, uint flip, bool or) : Instr
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            byte* r = w.R;
            uint nonZero = 0;
            for (int v = 0; v < 2; v++)
            {
                Vector512<uint> x = Lanes.Load<uint>(r + a, v);
                Vector512<uint> y = Lanes.Load<uint>(r + b, v);
                Vector512<uint> z = Lanes.Load<uint>(r + c, v);
                Vector512<uint> result = Vector512<uint>.Zero;
                for (int term = 0; term < 8; term++)
                {
                    if ((table >> term & 1) != 0)
                    {
                        result |= ((term & 4) != 0 ? x : ~x) & ((term & 2) != 0 ? y : ~y) & ((term & 1) != 0 ? z : ~z);
                    }
                }
                nonZero |= Lanes.Bits(~Vector512.Equals(result, Vector512<uint>.Zero), v);
                Lanes.Store(r + d, v, result, w.Mask);
            }
            if (q >= 0)
            {
                uint other = *(uint*)(r + p) ^ flip;
                Lanes.SetPredicate(r + q, or ? nonZero | other : nonZero & other, w.Mask);
            }
        }
    }
}
