using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Floating-point arithmetic in all precisions.</summary>
internal static class FloatInstructions
{
    private static readonly PtxType F32 = PtxType.Get("f32");
    private static readonly PtxType F64 = PtxType.Get("f64");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        table["fma"] = FusedMultiplyAdd;
        table["rcp"] = Reciprocal;
        table["sqrt"] = SquareRoot;
        table["rsqrt"] = (l, i) => Approximate(l, i, static x => 1 / Math.Sqrt(x));
        table["sin"] = (l, i) => Approximate(l, i, static x => double.IsInfinity(x) ? double.NaN : Math.Sin(x));
        table["cos"] = (l, i) => Approximate(l, i, static x => double.IsInfinity(x) ? double.NaN : Math.Cos(x));
        table["lg2"] = (l, i) => Approximate(l, i, static x => Math.Log2(x));
        table["ex2"] = (l, i) => Approximate(l, i, static x => Math.Pow(2, x));
        table["tanh"] = (l, i) => Approximate(l, i, static x => Math.Tanh(x));
        table["copysign"] = CopySign;
    }

    public static bool IsFloat(PtxInstruction i)
    {
        foreach (string modifier in i.Modifiers)
        {
            if (modifier == "f32x2" || PtxType.Find(modifier) is { IsFloat: true })
            {
                return true;
            }
        }
        return false;
    }

    private static InstrClass ClassOf(PtxType type) => type.Size == 8 ? InstrClass.F64 : type.Size == 4 && !type.IsPacked ? InstrClass.Float : InstrClass.Half;

    private sealed record Mode(RoundingMode Rounding, bool Ftz, bool Sat, bool Relu, PtxType Type)
    {
        public bool Nearest => Rounding == RoundingMode.NearestEven;
    }

    private static Mode ReadMode(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        RoundingMode rounding = m.Rounding();
        bool ftz = m.Take("ftz");
        bool sat = m.Take("sat");
        bool relu = m.Take("relu");
        PtxType type = m.Type();
        m.End();
        if ((type.Size == 8 && (ftz || sat || relu)) || (ClassOf(type) == InstrClass.Half && rounding != RoundingMode.NearestEven) || (relu && ClassOf(type) != InstrClass.Half))
        {
            throw l.Error($"these modifiers do not go with {type}", i.FullName);
        }
        return new Mode(rounding, ftz, sat, relu, type);
    }

    public static void AddSub(Lowering l, PtxInstruction i, bool subtract)
    {
        if (MixedFloatInstructions.TryLower(l, i))
        {
            return;
        }
        Mode mode = ReadMode(l, i);
        if (ClassOf(mode.Type) == InstrClass.Half)
        {
            Halves(l, mode, 2, subtract ? static (a, b, _) => a - b : static (a, b, _) => a + b, 1);
        }
        else if (!mode.Nearest)
        {
            FloatFormat f = FloatFormat.Of(mode.Type);
            Soft(l, mode, 2, (a, b, _) => SoftFloat.Add(f, a, subtract && !f.IsNaN(b) ? b ^ f.SignBit : b, mode.Rounding), 1);
        }
        else if (mode.Type.Size == 8)
        {
            if (subtract)
            {
                Binary<SubOp<double>, double>(l, F64);
            }
            else
            {
                Binary<AddF64, double>(l, F64);
            }
        }
        else if (subtract)
        {
            Single2<SubF32>(l, mode);
        }
        else
        {
            Single2<AddF32>(l, mode);
        }
    }

    public static void Multiply(Lowering l, PtxInstruction i)
    {
        if (MixedFloatInstructions.TryLower(l, i))
        {
            return;
        }
        Mode mode = ReadMode(l, i);
        if (ClassOf(mode.Type) == InstrClass.Half)
        {
            Halves(l, mode, 2, static (a, b, _) => a * b, 1);
        }
        else if (!mode.Nearest)
        {
            FloatFormat f = FloatFormat.Of(mode.Type);
            Soft(l, mode, 2, (a, b, _) => SoftFloat.Multiply(f, a, b, mode.Rounding), 1);
        }
        else if (mode.Type.Size == 8)
        {
            Binary<MulOp<double>, double>(l, F64);
        }
        else
        {
            Single2<MulF32>(l, mode);
        }
    }

    public static void FusedMultiplyAdd(Lowering l, PtxInstruction i)
    {
        if (MixedFloatInstructions.TryLower(l, i))
        {
            return;
        }
        Mode mode = ReadMode(l, i);
        if (ClassOf(mode.Type) == InstrClass.Half)
        {
            Halves(l, mode, 3, static (a, b, c) => Math.FusedMultiplyAdd(a, b, c), 2);
            return;
        }
        if (!mode.Nearest)
        {
            FloatFormat f = FloatFormat.Of(mode.Type);
            Soft(l, mode, 3, (a, b, c) => SoftFloat.FusedMultiplyAdd(f, a, b, c, mode.Rounding), 2);
            return;
        }
        l.Need(4);
        int x = l.Source(i.Operands[1], mode.Type);
        int y = l.Source(i.Operands[2], mode.Type);
        int z = l.Source(i.Operands[3], mode.Type);
        int d = l.Destination(i.Operands[0], mode.Type);
        Instr instr = (mode.Type.Size, mode.Ftz, mode.Sat) switch
        {
            (8, _, _) => new VectorTernary<FmaF64, double>(d, x, y, z) { Source = i },
            (_, false, false) => new VectorTernary<FmaF32, float>(d, x, y, z) { Source = i },
            (_, true, false) => new VectorTernary<FtzTernary<FmaF32>, float>(d, x, y, z) { Source = i },
            (_, false, true) => new VectorTernary<SatTernary<FmaF32>, float>(d, x, y, z) { Source = i },
            _ => new VectorTernary<SatTernary<FtzTernary<FmaF32>>, float>(d, x, y, z) { Source = i },
        };
        l.Emit(instr, ClassOf(mode.Type), false, 2);
    }

    public static void Divide(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        string? kind = m.TakeAny("approx", "full");
        RoundingMode rounding = m.Rounding();
        bool ftz = m.Take("ftz");
        PtxType type = m.Type();
        m.End();
        var mode = new Mode(rounding, ftz, false, false, type);
        if (type.Size == 8 && rounding == RoundingMode.NearestEven)
        {
            Binary<DivOp<double>, double>(l, F64);
        }
        else if (ClassOf(type) == InstrClass.Half)
        {
            throw l.Error($"div has no form for {type}", i.FullName);
        }
        else if (rounding != RoundingMode.NearestEven)
        {
            FloatFormat f = FloatFormat.Of(type);
            Soft(l, mode, 2, (a, b, _) => SoftFloat.Divide(f, a, b, rounding), 1);
        }
        else if (kind == "approx")
        {
            Soft(l, mode, 2, static (a, b, _) => BitConverter.SingleToUInt32Bits(ApproximateQuotient(Float(a), Float(b))), 1);
        }
        else
        {
            Single2<DivF32>(l, mode);
        }
    }

    /// <summary>Beyond 2^126 the reciprocal of the divisor vanishes, so the quotient is zero, or NaN for an infinite dividend.</summary>
    private static float ApproximateQuotient(float a, float b)
    {
        float magnitude = MathF.Abs(b);
        if (magnitude > 8.507059e37f && !float.IsInfinity(magnitude))
        {
            return float.IsNaN(a) || float.IsInfinity(a) ? Canonical(float.NaN) : MathF.CopySign(0, float.IsNegative(a) == float.IsNegative(b) ? 1 : -1);
        }
        return Canonical(a / b);
    }

    public static void Sign(Lowering l, PtxInstruction i, bool abs)
    {
        var m = new ModifierReader(i, l);
        bool ftz = m.Take("ftz");
        PtxType type = m.Type();
        m.End();
        l.Need(2);
        if (ClassOf(type) != InstrClass.Float)
        {
            bool brain = type.IsBfloat;
            IntegerInstructions.Lanewise(l, type, [type], ClassOf(type), (type.Size, type.IsPacked, abs) switch
            {
                (8, _, true) => static (a, _, _, _) => a & long.MaxValue,
                (8, _, false) => static (a, _, _, _) => a ^ (1UL << 63),
                (_, false, true) => (a, _, _, _) => (ftz ? HalfMath.Flush(a, brain) : a) & 0x7FFF,
                (_, false, false) => (a, _, _, _) => (ftz ? HalfMath.Flush(a, brain) : a) ^ 0x8000,
                (_, true, true) => (a, _, _, _) => (ftz ? HalfMath.Flush(a & 0xFFFF, brain) | (HalfMath.Flush(a >> 16, brain) << 16) : a) & 0x7FFF_7FFF,
                _ => (a, _, _, _) => (ftz ? HalfMath.Flush(a & 0xFFFF, brain) | (HalfMath.Flush(a >> 16, brain) << 16) : a) ^ 0x8000_8000,
            });
            return;
        }
        int a = l.Source(i.Operands[1], type);
        int d = l.Destination(i.Operands[0], type);
        Instr instr = (abs, ftz) switch
        {
            (true, true) => new VectorUnary<FtzUnary<AbsF32>, float>(d, a) { Source = i },
            (true, false) => new VectorUnary<AbsF32, float>(d, a) { Source = i },
            (false, true) => new VectorUnary<FtzUnary<NegateF32>, float>(d, a) { Source = i },
            _ => new VectorUnary<NegateF32, float>(d, a) { Source = i },
        };
        l.Emit(instr, InstrClass.Float);
    }

    public static void MinMax(Lowering l, PtxInstruction i, bool min)
    {
        var m = new ModifierReader(i, l);
        bool ftz = m.Take("ftz");
        bool nan = m.Take("NaN");
        bool xorsign = m.Take("xorsign");
        if (xorsign && !m.Take("abs"))
        {
            throw l.Error(".xorsign goes with .abs", i.FullName);
        }
        bool magnitudes = !xorsign && m.Take("abs");
        PtxType type = m.Type();
        m.End();
        bool three = i.Operands.Count == 4;
        if (three || magnitudes)
        {
            if (type.Name != "f32" || xorsign)
            {
                throw l.Error($"{i.Opcode} of three numbers or of magnitudes works on .f32", i.FullName);
            }
            FloatFormat single = FloatFormat.F32;
            ulong kept = magnitudes ? single.SignBit - 1 : ulong.MaxValue;
            IntegerInstructions.Lanewise(l, type, three ? [type, type, type] : [type, type], InstrClass.Float, (a, b, c, _) =>
            {
                ulong two = RawMinMax(single, a & kept, b & kept, min, nan, false, ftz);
                return three ? RawMinMax(single, two, c & kept, min, nan, false, ftz) : two;
            });
            return;
        }
        var mode = new Mode(RoundingMode.NearestEven, ftz, false, false, type);
        if (ClassOf(type) == InstrClass.Half || xorsign)
        {
            FloatFormat f = FloatFormat.Of(type);
            LaneFunction one = (a, b, _, _) => RawMinMax(f, a, b, min, nan, xorsign, ftz);
            LaneFunction function = type.IsPacked
                ? (a, b, _, _) => one(a & 0xFFFF, b & 0xFFFF, 0, 0) | (one(a >> 16, b >> 16, 0, 0) << 16)
                : one;
            IntegerInstructions.Lanewise(l, type, [type, type], ClassOf(type), function);
        }
        else if (type.Size == 8)
        {
            if (min)
            {
                Binary<MinF64, double>(l, F64);
            }
            else
            {
                Binary<MaxF64, double>(l, F64);
            }
        }
        else
        {
            switch (min, nan)
            {
                case (true, false): Single2<MinF32>(l, mode, 0); break;
                case (true, true): Single2<MinNanF32>(l, mode, 0); break;
                case (false, false): Single2<MaxF32>(l, mode, 0); break;
                default: Single2<MaxNanF32>(l, mode, 0); break;
            }
        }
    }

    internal static ulong RawMinMax(FloatFormat f, ulong a, ulong b, bool min, bool nan, bool xorsign, bool ftz)
    {
        if (ftz)
        {
            a = f.IsSubnormal(a) ? a & f.SignBit : a;
            b = f.IsSubnormal(b) ? b & f.SignBit : b;
        }
        ulong sign = (a ^ b) & f.SignBit;
        if (xorsign)
        {
            a &= ~f.SignBit;
            b &= ~f.SignBit;
        }
        ulong result;
        if (f.IsNaN(a) || f.IsNaN(b))
        {
            if (nan || (f.IsNaN(a) && f.IsNaN(b)))
            {
                return f.NaN;
            }
            result = f.IsNaN(a) ? b : a;
        }
        else
        {
            // Magnitudes order as integers; a set sign reverses the order, and puts -0 below +0.
            long x = f.IsNegative(a) ? -(long)(a & ~f.SignBit) - 1 : (long)a;
            long y = f.IsNegative(b) ? -(long)(b & ~f.SignBit) - 1 : (long)b;
            result = (x < y) == min ? a : b;
        }
        return xorsign ? result | sign : result;
    }

    private static void Reciprocal(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool approx = m.Take("approx");
        RoundingMode rounding = m.Rounding();
        bool ftz = m.Take("ftz");
        PtxType type = m.Type();
        m.End();
        if (type.Size == 8 && approx)
        {
            ApproximateF64(l, static x => 1 / x);
            return;
        }
        var mode = new Mode(rounding, ftz && type.Size == 4, false, false, type);
        FloatFormat f = FloatFormat.Of(type);
        if (type.Size == 4 && mode.Nearest)
        {
            Single1<ReciprocalF32>(l, mode);
        }
        else if (mode.Nearest)
        {
            Soft(l, mode, 1, static (a, _, _) => BitConverter.DoubleToUInt64Bits(1 / BitConverter.UInt64BitsToDouble(a)), 1);
        }
        else
        {
            ulong one = f.FromDouble(1);
            Soft(l, mode, 1, (a, _, _) => SoftFloat.Divide(f, one, a, rounding), 1);
        }
    }

    private static void SquareRoot(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        m.Take("approx");
        RoundingMode rounding = m.Rounding();
        bool ftz = m.Take("ftz");
        PtxType type = m.Type();
        m.End();
        var mode = new Mode(rounding, ftz, false, false, type);
        FloatFormat f = FloatFormat.Of(type);
        if (type.Size == 4 && mode.Nearest)
        {
            Single1<SqrtF32>(l, mode);
        }
        else if (mode.Nearest)
        {
            Soft(l, mode, 1, static (a, _, _) => BitConverter.DoubleToUInt64Bits(Math.Sqrt(BitConverter.UInt64BitsToDouble(a))), 1);
        }
        else
        {
            Soft(l, mode, 1, (a, _, _) => SoftFloat.SquareRoot(f, a, rounding), 1);
        }
    }

    /// <summary>The <c>.approx</c> functions, here rounded correctly from double: well inside the bounds of the ISA.</summary>
    private static void Approximate(Lowering l, PtxInstruction i, Func<double, double> function)
    {
        var m = new ModifierReader(i, l);
        m.Take("approx");
        bool ftz = m.Take("ftz");
        PtxType type = m.Type();
        m.End();
        if (type.Size == 8)
        {
            ApproximateF64(l, function);
            return;
        }
        var mode = new Mode(RoundingMode.NearestEven, ftz, false, false, type);
        if (ClassOf(type) == InstrClass.Half)
        {
            Halves(l, mode, 1, (a, _, _) => function(a), 1);
            return;
        }
        Soft(l, mode, 1, (a, _, _) => BitConverter.SingleToUInt32Bits(Canonical((float)function(Float(a)))), 1);
    }

    /// <summary><c>.approx.ftz.f64</c> looks at the upper 32 bits only, and gives only those.</summary>
    private static void ApproximateF64(Lowering l, Func<double, double> function)
    {
        IntegerInstructions.Lanewise(l, F64, [F64], InstrClass.F64, (a, _, _, _) =>
        {
            a &= 0xFFFF_FFFF_0000_0000;
            a = FloatFormat.F64.IsSubnormal(a) ? a & FloatFormat.F64.SignBit : a;
            ulong result = BitConverter.DoubleToUInt64Bits(function(BitConverter.UInt64BitsToDouble(a)));
            result = FloatFormat.F64.IsSubnormal(result) ? result & FloatFormat.F64.SignBit : result;
            return result & 0xFFFF_FFFF_0000_0000;
        }, 1);
    }

    private static void CopySign(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        PtxType type = m.Type();
        m.End();
        ulong sign = type.Size == 8 ? 1UL << 63 : 0x8000_0000;
        IntegerInstructions.Lanewise(l, type, [type, type], ClassOf(type), (a, b, _, _) => (b & ~sign) | (a & sign));
    }

    private static float Float(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static float Canonical(float x) => float.IsNaN(x) ? BitConverter.UInt32BitsToSingle(0x7FFF_FFFF) : x;

    private static void Binary<TOp, T>(Lowering l, PtxType type)
        where TOp : struct, IBinary<T>
        where T : unmanaged
    {
        l.Need(3);
        int a = l.Source(l.Current.Operands[1], type);
        int b = l.Source(l.Current.Operands[2], type);
        int d = l.Destination(l.Current.Operands[0], type);
        l.Emit(new VectorBinary<TOp, T>(d, a, b) { Source = l.Current }, ClassOf(type), false, 1);
    }

    private static void Single2<TOp>(Lowering l, Mode mode, int flops = 1)
        where TOp : struct, IBinary<float>
    {
        l.Need(3);
        int a = l.Source(l.Current.Operands[1], F32);
        int b = l.Source(l.Current.Operands[2], F32);
        int d = l.Destination(l.Current.Operands[0], F32);
        Instr instr = (mode.Ftz, mode.Sat) switch
        {
            (false, false) => new VectorBinary<TOp, float>(d, a, b) { Source = l.Current },
            (true, false) => new VectorBinary<FtzBinary<TOp>, float>(d, a, b) { Source = l.Current },
            (false, true) => new VectorBinary<SatBinary<TOp>, float>(d, a, b) { Source = l.Current },
            _ => new VectorBinary<SatBinary<FtzBinary<TOp>>, float>(d, a, b) { Source = l.Current },
        };
        l.Emit(instr, InstrClass.Float, false, flops);
    }

    private static void Single1<TOp>(Lowering l, Mode mode)
        where TOp : struct, IUnary<float>
    {
        l.Need(2);
        int a = l.Source(l.Current.Operands[1], F32);
        int d = l.Destination(l.Current.Operands[0], F32);
        Instr instr = mode.Ftz ? new VectorUnary<FtzUnary<TOp>, float>(d, a) { Source = l.Current } : new VectorUnary<TOp, float>(d, a) { Source = l.Current };
        l.Emit(instr, InstrClass.Float, false, 1);
    }

    private delegate ulong RawFunction(ulong a, ulong b, ulong c);

    /// <summary>Lane by lane on raw bits, with flushing and saturation around.</summary>
    private static void Soft(Lowering l, Mode mode, int sources, RawFunction function, int flops)
    {
        FloatFormat f = FloatFormat.Of(mode.Type);
        PtxType[] types = [.. Enumerable.Repeat(mode.Type, sources)];
        bool ftz = mode.Ftz;
        bool sat = mode.Sat;
        IntegerInstructions.Lanewise(l, mode.Type, types, ClassOf(mode.Type), (a, b, c, _) =>
        {
            if (!ftz)
            {
                ulong plain = function(a, b, c);
                return sat ? SaturateRaw(f, plain) : plain;
            }
            ulong result = FlushRaw(f, function(FlushRaw(f, a), FlushRaw(f, b), FlushRaw(f, c)));
            return sat ? SaturateRaw(f, result) : result;
        }, flops);
    }

    private static ulong FlushRaw(FloatFormat f, ulong a) => f.IsSubnormal(a) ? a & f.SignBit : a;

    private static ulong SaturateRaw(FloatFormat f, ulong a)
    {
        double value = f.ToDouble(a);
        return value > 0 ? value >= 1 ? f.FromDouble(1) : a : 0;
    }

    private delegate double DoubleFunction(double a, double b, double c);

    /// <summary>f16 and bf16, single or packed.</summary>
    private static void Halves(Lowering l, Mode mode, int sources, DoubleFunction function, int flops)
    {
        bool brain = mode.Type.IsBfloat;
        bool packed = mode.Type.IsPacked;
        (bool ftz, bool sat, bool relu) = (mode.Ftz, mode.Sat, mode.Relu);
        PtxType[] types = [.. Enumerable.Repeat(mode.Type, sources)];
        IntegerInstructions.Lanewise(l, mode.Type, types, InstrClass.Half, (a, b, c, _) =>
        {
            ulong low = One(a & 0xFFFF, b & 0xFFFF, c & 0xFFFF);
            return packed ? low | (One(a >> 16, b >> 16, c >> 16) << 16) : low;
        }, packed ? 2 * flops : flops);

        ulong One(ulong a, ulong b, ulong c)
        {
            if (ftz)
            {
                (a, b, c) = (HalfMath.Flush(a, brain), HalfMath.Flush(b, brain), HalfMath.Flush(c, brain));
            }
            double value = function(HalfMath.ToDouble(a, brain), HalfMath.ToDouble(b, brain), HalfMath.ToDouble(c, brain));
            if (sat)
            {
                value = value > 0 ? Math.Min(value, 1) : 0;
            }
            if (relu)
            {
                value = value < 0 || (value == 0 && double.IsNegative(value)) ? 0 : value;
            }
            ulong result = HalfMath.FromDouble(value, brain);
            return ftz ? HalfMath.Flush(result, brain) : result;
        }
    }
}
