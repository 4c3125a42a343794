using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Integer arithmetic. Opcodes shared with floating point are handed on by their type.</summary>
internal static class IntegerInstructions
{
    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["add"] = (l, i) => AddSub(l, i, false);
        table["sub"] = (l, i) => AddSub(l, i, true);
        table["addc"] = (l, i) => WithCarry(l, i, false, true);
        table["subc"] = (l, i) => WithCarry(l, i, true, true);
        table["mul"] = Multiply;
        table["mad"] = MultiplyAdd;
        table["madc"] = MultiplyAddCarry;
        table["mul24"] = (l, i) => Multiply24(l, i, false);
        table["mad24"] = (l, i) => Multiply24(l, i, true);
        table["sad"] = Sad;
        table["div"] = (l, i) => Divide(l, i, true);
        table["rem"] = (l, i) => Divide(l, i, false);
        table["abs"] = (l, i) => Unary(l, i, true);
        table["neg"] = (l, i) => Unary(l, i, false);
        table["min"] = (l, i) => MinMax(l, i, true);
        table["max"] = (l, i) => MinMax(l, i, false);
        table["dp4a"] = (l, i) => DotProduct(l, i, 4);
        table["dp2a"] = (l, i) => DotProduct(l, i, 2);
    }

    /// <summary>Sign- or zero-extends a value of <paramref name="size"/> bytes.</summary>
    public static Int128 Extend(ulong value, PtxType type)
    {
        if (!type.IsSigned)
        {
            return value;
        }
        return SignExtend(value, type.Size);
    }

    public static long SignExtend(ulong value, int size) => size switch
    {
        1 => (sbyte)value,
        2 => (short)value,
        4 => (int)value,
        _ => (long)value,
    };

    /// <summary>Emits a lane-by-lane instruction with sources of one type.</summary>
    public static void Lanewise(Lowering l, PtxType result, PtxType[] sources, InstrClass kind, LaneFunction function, int flops = 0)
    {
        l.Need(sources.Length + 1);
        IReadOnlyList<Operand> operands = l.Current.Operands;
        var places = new (int, int)[sources.Length];
        for (int s = 0; s < sources.Length; s++)
        {
            places[s] = (l.Source(operands[s + 1], sources[s]), sources[s].Size);
        }
        int d = l.Destination(operands[0], result);
        l.Emit(new LaneInstr(d, result.Size, places, function) { Source = l.Current }, kind, false, flops);
    }

    private static void Binary<TOp, T>(Lowering l, PtxType type)
        where TOp : struct, IBinary<T>
        where T : unmanaged
    {
        l.Need(3);
        int a = l.Source(l.Current.Operands[1], type);
        int b = l.Source(l.Current.Operands[2], type);
        int d = l.Destination(l.Current.Operands[0], type);
        l.Emit(new VectorBinary<TOp, T>(d, a, b) { Source = l.Current }, InstrClass.Integer);
    }

    private static void AddSub(Lowering l, PtxInstruction i, bool subtract)
    {
        var m = new ModifierReader(i, l);
        if (m.TakeAny("cc") != null)
        {
            WithCarry(l, i, subtract, false);
            return;
        }
        if (FloatInstructions.IsFloat(i))
        {
            FloatInstructions.AddSub(l, i, subtract);
            return;
        }
        bool saturate = m.Take("sat");
        PtxType type = m.Type();
        m.End();
        if (saturate)
        {
            if (type.Name != "s32")
            {
                throw l.Error(".sat goes with .s32 only", i.FullName);
            }
            Lanewise(l, type, [type, type], InstrClass.Integer, subtract
                ? static (a, b, _, _) => (ulong)Math.Clamp((long)(int)a - (int)b, int.MinValue, int.MaxValue)
                : static (a, b, _, _) => (ulong)Math.Clamp((long)(int)a + (int)b, int.MinValue, int.MaxValue));
            return;
        }
        switch (type.IsPacked ? 2 : type.Size, subtract)
        {
            case (2, false): Binary<AddOp<ushort>, ushort>(l, type); break;
            case (2, true): Binary<SubOp<ushort>, ushort>(l, type); break;
            case (4, false): Binary<AddOp<uint>, uint>(l, type); break;
            case (4, true): Binary<SubOp<uint>, uint>(l, type); break;
            case (8, false): Binary<AddOp<ulong>, ulong>(l, type); break;
            case (8, true): Binary<SubOp<ulong>, ulong>(l, type); break;
            default: throw l.Error($"{i.Opcode} has no form for {type}", i.FullName);
        }
    }

    /// <summary><c>add.cc</c>, <c>addc</c>, <c>sub.cc</c>, <c>subc</c>: the carry lives in the warp, one bit per lane.</summary>
    private static void WithCarry(Lowering l, PtxInstruction i, bool subtract, bool carryIn)
    {
        var m = new ModifierReader(i, l);
        bool carryOut = m.Take("cc");
        PtxType type = m.Type();
        m.End();
        l.Need(3);
        int a = l.Source(i.Operands[1], type);
        int b = l.Source(i.Operands[2], type);
        int d = l.Destination(i.Operands[0], type);
        l.Emit(new CarryInstr(d, type.Size, a, b, subtract, carryIn, carryOut) { Source = i }, InstrClass.Integer);
    }

    private static void Multiply(Lowering l, PtxInstruction i)
    {
        if (FloatInstructions.IsFloat(i))
        {
            FloatInstructions.Multiply(l, i);
            return;
        }
        var m = new ModifierReader(i, l);
        string? part = m.TakeAny("lo", "hi", "wide");
        PtxType type = m.Type();
        m.End();
        switch (part)
        {
            case "wide":
                l.Need(3);
                PtxType wide = Wider(l, type);
                int a = l.Source(i.Operands[1], type);
                int b = l.Source(i.Operands[2], type);
                int d = l.Destination(i.Operands[0], wide);
                Instr instr = type.Name switch
                {
                    "s32" => new WideMultiply<int, long>(d, a, b) { Source = i },
                    "u32" => new WideMultiply<uint, ulong>(d, a, b) { Source = i },
                    "s16" => new WideMultiply<short, int>(d, a, b) { Source = i },
                    _ => new WideMultiply<ushort, uint>(d, a, b) { Source = i },
                };
                l.Emit(instr, InstrClass.Integer);
                break;
            case "hi":
                Lanewise(l, type, [type, type], InstrClass.Integer, High(type));
                break;
            case "lo":
                switch (type.Size)
                {
                    case 2: Binary<MulOp<ushort>, ushort>(l, type); break;
                    case 4: Binary<MulOp<uint>, uint>(l, type); break;
                    case 8: Binary<MulOp<ulong>, ulong>(l, type); break;
                    default: throw l.Error($"mul has no form for {type}", i.FullName);
                }
                break;
            default:
                throw l.Error("mul of integers needs .lo, .hi or .wide", i.FullName);
        }
    }

    private static PtxType Wider(Lowering l, PtxType type) => type.Name switch
    {
        "s16" => PtxType.Get("s32"),
        "u16" => PtxType.Get("u32"),
        "s32" => PtxType.Get("s64"),
        "u32" => PtxType.Get("u64"),
        _ => throw l.Error($".wide has no form for {type}", l.Current.FullName),
    };

    private static LaneFunction High(PtxType type)
    {
        return type.Name switch
        {
            "u32" => static (a, b, _, _) => a * b >> 32,
            "s32" => static (a, b, _, _) => (ulong)((long)(int)a * (int)b >> 32),
            "u16" => static (a, b, _, _) => a * b >> 16,
            "s16" => static (a, b, _, _) => (ulong)((short)a * (short)b >> 16),
            "s64" => static (a, b, _, _) => (ulong)Math.BigMul((long)a, (long)b, out _),
            _ => static (a, b, _, _) => Math.BigMul(a, b, out _),
        };
    }

    private static void MultiplyAdd(Lowering l, PtxInstruction i)
    {
        if (FloatInstructions.IsFloat(i))
        {
            FloatInstructions.FusedMultiplyAdd(l, i);
            return;
        }
        var m = new ModifierReader(i, l);
        if (m.Take("cc"))
        {
            MultiplyAddCarry(l, i);
            return;
        }
        string? part = m.TakeAny("lo", "hi", "wide");
        bool saturate = m.Take("sat");
        PtxType type = m.Type();
        m.End();
        l.Need(4);
        PtxType result = part == "wide" ? Wider(l, type) : type;
        if (part == "lo" && !saturate && type.Size is 2 or 4 or 8)
        {
            int a = l.Source(i.Operands[1], type);
            int b = l.Source(i.Operands[2], type);
            int c = l.Source(i.Operands[3], type);
            int d = l.Destination(i.Operands[0], type);
            Instr instr = type.Size switch
            {
                2 => new VectorTernary<MadOp<ushort>, ushort>(d, a, b, c) { Source = i },
                4 => new VectorTernary<MadOp<uint>, uint>(d, a, b, c) { Source = i },
                _ => new VectorTernary<MadOp<ulong>, ulong>(d, a, b, c) { Source = i },
            };
            l.Emit(instr, InstrClass.Integer);
            return;
        }
        LaneFunction high = High(type);
        LaneFunction function = (part, saturate) switch
        {
            ("wide", false) => (a, b, c, _) => (ulong)((Extend(a, type) * Extend(b, type)) & ulong.MaxValue) + c,
            ("hi", false) => (a, b, c, _) => high(a, b, 0, 0) + c,
            ("hi", true) when type.Name == "s32" => static (a, b, c, _) => (ulong)Math.Clamp(((long)(int)a * (int)b >> 32) + (int)c, int.MinValue, int.MaxValue),
            _ => throw l.Error("this form of mad is not supported", i.FullName),
        };
        Lanewise(l, result, [type, type, result], InstrClass.Integer, function);
    }

    private static void MultiplyAddCarry(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool carryIn = i.Opcode == "madc";
        bool carryOut = m.Take("cc");
        string? part = m.TakeAny("lo", "hi");
        PtxType type = m.Type();
        m.End();
        l.Need(4);
        if (part is null)
        {
            throw l.Error("a carry goes with .lo or .hi", i.FullName);
        }
        int a = l.Source(i.Operands[1], type);
        int b = l.Source(i.Operands[2], type);
        int c = l.Source(i.Operands[3], type);
        int product = l.Temporary(type.Size);
        LaneFunction function = part == "hi" ? High(type) : static (x, y, _, _) => x * y;
        l.Emit(new LaneInstr(product, type.Size, [(a, type.Size), (b, type.Size)], function) { Source = i }, InstrClass.Integer);
        int d = l.Destination(i.Operands[0], type);
        l.Emit(new CarryInstr(d, type.Size, product, c, false, carryIn, carryOut) { Source = i }, InstrClass.Integer);
    }

    private static void Multiply24(Lowering l, PtxInstruction i, bool add)
    {
        var m = new ModifierReader(i, l);
        bool high = m.TakeAny("lo", "hi") == "hi";
        bool saturate = m.Take("sat");
        PtxType type = m.Type();
        m.End();
        bool signed = type.IsSigned;
        LaneFunction function = (a, b, c, _) =>
        {
            long x = signed ? (long)(a << 40) >> 40 : (long)(a & 0xFFFFFF);
            long y = signed ? (long)(b << 40) >> 40 : (long)(b & 0xFFFFFF);
            long product = x * y;
            // .hi are the bits 16 to 47 of the 48-bit product.
            long part = high ? product >> 16 : product;
            long addend = signed ? (int)c : (long)c;
            return saturate ? (ulong)Math.Clamp((long)(int)part + addend, int.MinValue, int.MaxValue) : (ulong)(part + addend);
        };
        Lanewise(l, type, add ? [type, type, type] : [type, type], InstrClass.Integer, function);
    }

    private static void Sad(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        Lanewise(l, type, [type, type, type], InstrClass.Integer, (a, b, c, _) =>
        {
            Int128 x = Extend(a, type);
            Int128 y = Extend(b, type);
            return c + (ulong)((x < y ? y - x : x - y) & ulong.MaxValue);
        });
    }

    private static void Divide(Lowering l, PtxInstruction i, bool quotient)
    {
        if (FloatInstructions.IsFloat(i))
        {
            FloatInstructions.Divide(l, i);
            return;
        }
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        // Division by zero gives all ones (quotient) or the dividend (remainder), as the devices do.
        LaneFunction function = (type.IsSigned, quotient, type.Size) switch
        {
            (false, true, _) => static (a, b, _, _) => b == 0 ? ulong.MaxValue : a / b,
            (false, false, _) => static (a, b, _, _) => b == 0 ? a : a % b,
            (true, true, _) => (a, b, _, _) => SignedQuotient(SignExtend(a, type.Size), SignExtend(b, type.Size)),
            _ => (a, b, _, _) => SignedRemainder(SignExtend(a, type.Size), SignExtend(b, type.Size)),
        };
        Lanewise(l, type, [type, type], InstrClass.Integer, function);
    }

    private static ulong SignedQuotient(long a, long b) => b == 0 ? ulong.MaxValue : b == -1 ? (ulong)-a : (ulong)(a / b);

    private static ulong SignedRemainder(long a, long b) => b == 0 ? (ulong)a : b == -1 ? 0 : (ulong)(a % b);

    private static void Unary(Lowering l, PtxInstruction i, bool abs)
    {
        if (FloatInstructions.IsFloat(i))
        {
            FloatInstructions.Sign(l, i, abs);
            return;
        }
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        l.Need(2);
        int a = l.Source(i.Operands[1], type);
        int d = l.Destination(i.Operands[0], type);
        Instr instr = (type.IsPacked ? 2 : type.Size, abs) switch
        {
            (2, true) => new VectorUnary<AbsOp<short>, short>(d, a) { Source = i },
            (2, false) => new VectorUnary<NegateOp<short>, short>(d, a) { Source = i },
            (4, true) => new VectorUnary<AbsOp<int>, int>(d, a) { Source = i },
            (4, false) => new VectorUnary<NegateOp<int>, int>(d, a) { Source = i },
            (8, true) => new VectorUnary<AbsOp<long>, long>(d, a) { Source = i },
            (8, false) => new VectorUnary<NegateOp<long>, long>(d, a) { Source = i },
            _ => throw l.Error($"{i.Opcode} has no form for {type}", i.FullName),
        };
        l.Emit(instr, InstrClass.Integer);
    }

    private static void MinMax(Lowering l, PtxInstruction i, bool min)
    {
        if (FloatInstructions.IsFloat(i))
        {
            FloatInstructions.MinMax(l, i, min);
            return;
        }
        var m = new ModifierReader(i, l);
        bool relu = m.Take("relu");
        PtxType type = m.Type();
        m.End();
        l.Need(3);
        if (relu)
        {
            if (!type.IsSigned)
            {
                throw l.Error(".relu goes with .s32 and .s16x2", i.FullName);
            }
            Lanewise(l, type, [type, type], InstrClass.Integer, type.IsPacked
                ? (a, b, _, _) => Best16(a, b) | (Best16(a >> 16, b >> 16) << 16)
                : (a, b, _, _) => (ulong)Math.Max(0, min ? Math.Min((int)a, (int)b) : Math.Max((int)a, (int)b)));
            return;
            ulong Best16(ulong a, ulong b) => (ulong)Math.Max(0, min ? Math.Min((short)a, (short)b) : Math.Max((int)(short)a, (short)b));
        }
        int a = l.Source(i.Operands[1], type);
        int b = l.Source(i.Operands[2], type);
        int d = l.Destination(i.Operands[0], type);
        Instr instr = (type.IsPacked ? 2 : type.Size, type.IsSigned, min) switch
        {
            (2, true, true) => new VectorBinary<MinOp<short>, short>(d, a, b) { Source = i },
            (2, true, false) => new VectorBinary<MaxOp<short>, short>(d, a, b) { Source = i },
            (2, false, true) => new VectorBinary<MinOp<ushort>, ushort>(d, a, b) { Source = i },
            (2, false, false) => new VectorBinary<MaxOp<ushort>, ushort>(d, a, b) { Source = i },
            (4, true, true) => new VectorBinary<MinOp<int>, int>(d, a, b) { Source = i },
            (4, true, false) => new VectorBinary<MaxOp<int>, int>(d, a, b) { Source = i },
            (4, false, true) => new VectorBinary<MinOp<uint>, uint>(d, a, b) { Source = i },
            (4, false, false) => new VectorBinary<MaxOp<uint>, uint>(d, a, b) { Source = i },
            (8, true, true) => new VectorBinary<MinOp<long>, long>(d, a, b) { Source = i },
            (8, true, false) => new VectorBinary<MaxOp<long>, long>(d, a, b) { Source = i },
            (8, false, true) => new VectorBinary<MinOp<ulong>, ulong>(d, a, b) { Source = i },
            (8, false, false) => new VectorBinary<MaxOp<ulong>, ulong>(d, a, b) { Source = i },
            _ => throw l.Error($"{i.Opcode} has no form for {type}", i.FullName),
        };
        l.Emit(instr, InstrClass.Integer);
    }

    private static void DotProduct(Lowering l, PtxInstruction i, int terms)
    {
        // dp4a.atype.btype and dp2a.mode.atype.btype: which half of b takes part is the mode.
        var m = new ModifierReader(i, l);
        bool high = terms == 2 && m.TakeAny("lo", "hi") == "hi";
        PtxType at = m.Type();
        PtxType bt = m.Type();
        m.End();
        PtxType result = PtxType.Get(at.IsSigned || bt.IsSigned ? "s32" : "u32");
        PtxType bits = PtxType.Get("b32");
        Lanewise(l, result, [bits, bits, result], InstrClass.Integer, (a, b, c, _) =>
        {
            long sum = (int)c;
            for (int k = 0; k < terms; k++)
            {
                ulong x = terms == 4 ? a >> (8 * k) & 0xFF : a >> (16 * k) & 0xFFFF;
                ulong y = b >> (8 * (k + (high ? 2 : 0))) & 0xFF;
                long xs = at.IsSigned ? (terms == 4 ? (sbyte)x : (short)x) : (long)x;
                sum += xs * (bt.IsSigned ? (sbyte)y : (long)y);
            }
            return (ulong)sum;
        });
    }
}
