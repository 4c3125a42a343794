using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary><c>cvt</c>: all pairs of types, with rounding and saturation.</summary>
internal static class ConvertInstructions
{
    private static readonly PtxType F32 = PtxType.Get("f32");
    private static readonly PtxType B32 = PtxType.Get("b32");
    private static readonly PtxType B16 = PtxType.Get("b16");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table) => table["cvt"] = Convert;

    private static void Convert(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        if (m.Take("pack"))
        {
            Pack(l, i, m);
            return;
        }
        string? integral = m.TakeAny("rni", "rzi", "rmi", "rpi");
        bool rounded = i.Modifiers.Any(static x => x is "rn" or "rz" or "rm" or "rp" or "rna");
        RoundingMode mode = m.Rounding();
        bool ftz = m.Take("ftz");
        bool sat = m.Take("sat");
        bool relu = m.Take("relu");
        bool finite = m.Take("satfinite");
        if (i.Modifiers.Any(static x => x is "e4m3x2" or "e5m2x2"))
        {
            Small(l, i, m, relu);
            return;
        }
        PtxType to = m.Type();
        PtxType from = m.Type();
        m.End();
        if (to.IsPacked)
        {
            PackHalves(l, i, to, from, mode, relu, finite);
            return;
        }
        l.Need(2);
        int s = l.Source(i.Operands[1], from, widerAllowed: from.IsInteger);
        Operand target = i.Operands[0];
        int fromSize = i.Operands[1].Register?.Type.Size ?? from.Size;
        int d = l.Destination(target, to, widerAllowed: true);
        int toSize = target.Register?.Type.Size ?? to.Size;
        if (integral != null)
        {
            mode = integral switch { "rzi" => RoundingMode.Zero, "rmi" => RoundingMode.Down, "rpi" => RoundingMode.Up, _ => RoundingMode.NearestEven };
        }
        Check(l, i, to, from, integral != null, rounded);
        Instr instr = Fast(i, to, from, integral, mode, ftz, sat, relu || finite, d, toSize, s, fromSize)
            ?? new LaneInstr(d, toSize, [(s, fromSize)], Function(to, from, integral != null, mode, ftz, sat, relu, finite)) { Source = i };
        l.Emit(instr, InstrClass.Conversion);
    }

    private static void Check(Lowering l, PtxInstruction i, PtxType to, PtxType from, bool integral, bool rounded)
    {
        bool narrows = (to.IsFloat && from.IsFloat && (to.Size < from.Size || to.Name == "tf32" || (to.Size == 2 && from.Size == 2 && to != from)))
            || (to.IsFloat && from.IsInteger);
        if (narrows && !rounded)
        {
            throw l.Error($"a conversion from {from} to {to} needs a rounding such as .rn", i.FullName);
        }
        if (to.IsInteger && from.IsFloat && !integral)
        {
            throw l.Error($"a conversion from {from} to {to} needs a rounding such as .rzi", i.FullName);
        }
        if (to.Kind == TypeKind.Bits || from.Kind == TypeKind.Bits)
        {
            throw l.Error("cvt does not work on untyped bits", i.FullName);
        }
    }

    /// <summary>The conversions of inner loops, on vectors.</summary>
    private static Instr? Fast(
        PtxInstruction i, PtxType to, PtxType from, string? integral, RoundingMode mode, bool ftz, bool sat, bool special, int d, int toSize, int s, int fromSize)
    {
        if (ftz || sat || special || toSize != to.Size || fromSize != from.Size)
        {
            return null;
        }
        return (to.Name, from.Name) switch
        {
            ("f32", "s32") when mode == RoundingMode.NearestEven => new VectorConvert<SignedToSingle>(d, s) { Source = i },
            ("s32", "f32") when integral == "rzi" => new VectorConvert<SingleToSigned>(d, s) { Source = i },
            ("s64" or "u64", "s32") => new WidenInstr(d, s, true) { Source = i },
            ("s64" or "u64", "u32") => new WidenInstr(d, s, false) { Source = i },
            ("s32" or "u32", "s64" or "u64") => new NarrowInstr(d, s) { Source = i },
            ("f32", "bf16") => new BrainToSingleInstr(d, s) { Source = i },
            ("f32", "f16") => new HalfToSingleInstr(d, s) { Source = i },
            ("bf16", "f32") when mode == RoundingMode.NearestEven => new SingleToBrainInstr(d, s) { Source = i },
            ("f16", "f32") when mode == RoundingMode.NearestEven => new SingleToHalfInstr(d, s) { Source = i },
            ("s32" or "u32", "s32" or "u32") or ("f32", "f32") or ("f64", "f64") when integral is null => MoveInstructions.Copy(i, to.Size, d, s),
            _ => null,
        };
    }

    private static LaneFunction Function(PtxType to, PtxType from, bool integral, RoundingMode mode, bool ftz, bool sat, bool relu, bool finite)
    {
        FloatFormat source = FloatFormat.Of(from);
        FloatFormat target = FloatFormat.Of(to);
        if (from.IsInteger && to.IsInteger)
        {
            return (a, _, _, _) => IntegerToInteger(a, to, from, sat);
        }
        if (from.IsInteger)
        {
            return (a, _, _, _) => Finish(target, SoftFloat.FromInteger(target, Value(a, from), mode), to, ftz, sat, relu);
        }
        if (to.IsInteger)
        {
            return (a, _, _, _) =>
            {
                ulong raw = ftz && source.Width == 32 ? Flush(source, a) : a;
                ulong value = SoftFloat.ToInteger(source, source.Raw(raw), mode, to.Size, to.IsSigned);
                return to.IsSigned ? (ulong)IntegerInstructions.SignExtend(value, to.Size) : value;
            };
        }
        return (a, _, _, _) =>
        {
            ulong raw = ftz && source.Width == 32 ? Flush(source, a) : a;
            ulong result = integral ? SoftFloat.RoundToIntegral(source, raw, mode)
                : to == from && !finite ? (source.IsNaN(raw) && source.Width < 64 ? source.NaN : raw)
                : SoftFloat.Convert(source, target, raw, mode, finite);
            return Finish(target, result, to, ftz && target.Width == 32, sat, relu);
        };
    }

    private static ulong Finish(FloatFormat f, ulong raw, PtxType to, bool ftz, bool sat, bool relu)
    {
        if (ftz)
        {
            raw = Flush(f, raw);
        }
        if (sat)
        {
            double value = f.ToDouble(raw);
            raw = value > 0 ? value >= 1 ? f.FromDouble(1) : raw : 0;
        }
        if (relu && f.IsNegative(raw) && !f.IsNaN(raw))
        {
            raw = 0;
        }
        return to.Name == "tf32" ? (f.IsNaN(raw) ? 0x7FFF_FFFF : f.Stored(raw)) : raw;
    }

    private static ulong Flush(FloatFormat f, ulong raw) => f.IsSubnormal(raw) ? raw & f.SignBit : raw;

    private static Int128 Value(ulong a, PtxType type) => type.IsSigned
        ? IntegerInstructions.SignExtend(a, type.Size)
        : type.Size == 8 ? a : a & ((1UL << (8 * type.Size)) - 1);

    private static ulong IntegerToInteger(ulong a, PtxType to, PtxType from, bool sat)
    {
        Int128 value = Value(a, from);
        if (sat)
        {
            int bits = 8 * to.Size;
            Int128 max = (Int128.One << (to.IsSigned ? bits - 1 : bits)) - 1;
            value = Int128.Clamp(value, to.IsSigned ? -max - 1 : 0, max);
        }
        var low = (ulong)(value & ulong.MaxValue);
        // The register may be wider than the type: it is filled as the type says.
        return to.IsSigned ? (ulong)IntegerInstructions.SignExtend(low, to.Size) : to.Size == 8 ? low : low & ((1UL << (8 * to.Size)) - 1);
    }

    /// <summary>Two singles into one packed register: the first operand becomes the upper half.</summary>
    private static void PackHalves(Lowering l, PtxInstruction i, PtxType to, PtxType from, RoundingMode mode, bool relu, bool finite)
    {
        if (from.Name != "f32")
        {
            throw l.Error($"there is no conversion from {from} to {to}", i.FullName);
        }
        FloatFormat f = FloatFormat.Of(to);
        l.Need(3);
        int a = l.Source(i.Operands[1], F32);
        int b = l.Source(i.Operands[2], F32);
        int d = l.Destination(i.Operands[0], to);
        if (f == FloatFormat.Bf16 && mode == RoundingMode.NearestEven && !relu && !finite)
        {
            l.Emit(new PackBrainInstr(d, a, b) { Source = i }, InstrClass.Conversion);
            return;
        }
        l.Emit(new LaneInstr(d, 4, [(a, 4), (b, 4)], (x, y, _, _) =>
        {
            ulong high = Finish(f, SoftFloat.Convert(FloatFormat.F32, f, x, mode, finite), to, false, false, relu);
            ulong low = Finish(f, SoftFloat.Convert(FloatFormat.F32, f, y, mode, finite), to, false, false, relu);
            return (high << 16) | low;
        })
        { Source = i }, InstrClass.Conversion);
    }

    /// <summary>The 8-bit formats, two at a time.</summary>
    private static void Small(Lowering l, PtxInstruction i, ModifierReader m, bool relu)
    {
        string? small = m.TakeAny("e4m3x2", "e5m2x2");
        FloatFormat f = small == "e4m3x2" ? FloatFormat.E4M3 : FloatFormat.E5M2;
        bool toSmall = i.Modifiers.ToList().IndexOf(small!) < i.Modifiers.Count - 1;
        PtxType other = m.Type();
        m.End();
        if (!toSmall)
        {
            int s = l.Source(i.Operands[1], B16);
            int wide = l.Destination(i.Operands[0], other);
            l.Emit(new LaneInstr(wide, 4, [(s, 2)], (x, _, _, _) => Up(x & 0xFF) | (Up(x >> 8) << 16)) { Source = i }, InstrClass.Conversion);
            return;
        }
        if (other.IsPacked)
        {
            l.Need(2);
            int s = l.Source(i.Operands[1], other);
            int narrow = l.Destination(i.Operands[0], B16);
            FloatFormat half = FloatFormat.Of(other);
            l.Emit(new LaneInstr(narrow, 2, [(s, 4)], (x, _, _, _) => Down(half, x & 0xFFFF) | (Down(half, x >> 16) << 8)) { Source = i }, InstrClass.Conversion);
            return;
        }
        l.Need(3);
        int a = l.Source(i.Operands[1], F32);
        int b = l.Source(i.Operands[2], F32);
        int d = l.Destination(i.Operands[0], B16);
        l.Emit(new LaneInstr(d, 2, [(a, 4), (b, 4)], (x, y, _, _) => (Down(FloatFormat.F32, x) << 8) | Down(FloatFormat.F32, y)) { Source = i }, InstrClass.Conversion);

        ulong Down(FloatFormat from, ulong x) => Finish(f, SoftFloat.Convert(from, f, x, RoundingMode.NearestEven, true), other, false, false, relu);
        ulong Up(ulong x) => Finish(FloatFormat.F16, SoftFloat.Convert(f, FloatFormat.F16, x, RoundingMode.NearestEven), other, false, false, relu);
    }

    /// <summary><c>cvt.pack.sat</c>: two saturated integers, and for 8-bit and smaller a third operand that moves up.</summary>
    private static void Pack(Lowering l, PtxInstruction i, ModifierReader m)
    {
        m.Take("sat");
        string[] names = [.. m.Left];
        if (names.Length is not (2 or 3) || PtxType.Find(names[0]) is not { Size: 1 or 2 } to || names[1] != "s32")
        {
            throw l.Error("this form of cvt.pack is not supported", i.FullName);
        }
        int bits = 8 * to.Size;
        PtxType s32 = PtxType.Get("s32");
        LaneFunction function = (a, b, c, _) =>
        {
            ulong high = IntegerToInteger(a, to, s32, true) & ((1UL << bits) - 1);
            ulong low = IntegerToInteger(b, to, s32, true) & ((1UL << bits) - 1);
            return (c << (2 * bits)) | (high << bits) | low;
        };
        IntegerInstructions.Lanewise(l, B32, names.Length == 3 ? [s32, s32, B32] : [s32, s32], InstrClass.Conversion, function);
    }

    private interface IConvert32
    {
        static abstract Vector512<uint> Invoke(Vector512<uint> x);
    }

    private readonly struct SignedToSingle : IConvert32
    {
        public static Vector512<uint> Invoke(Vector512<uint> x) => Vector512.ConvertToSingle(x.AsInt32()).AsUInt32();
    }

    private readonly struct SingleToSigned : IConvert32
    {
        // Saturates, and makes NaN zero.
        public static Vector512<uint> Invoke(Vector512<uint> x) => Vector512.ConvertToInt32(x.AsSingle()).AsUInt32();
    }

    private sealed unsafe class VectorConvert<TOp>(int d, int s) : Instr
        where TOp : struct, IConvert32
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            for (int v = 0; v < 2; v++)
            {
                Lanes.Store(w.R + d, v, TOp.Invoke(Lanes.Load<uint>(w.R + s, v)), w.Mask);
            }
        }
    }

    private sealed unsafe class WidenInstr(int d, int s, bool signed) : Instr
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            for (int v = 0; v < 2; v++)
            {
                Vector512<int> x = Lanes.Load<int>(w.R + s, v);
                (Vector512<long> lower, Vector512<long> upper) = Vector512.Widen(x);
                if (!signed)
                {
                    (Vector512<ulong> a, Vector512<ulong> b) = Vector512.Widen(x.AsUInt32());
                    (lower, upper) = (a.AsInt64(), b.AsInt64());
                }
                Lanes.Store(w.R + d, 2 * v, lower, w.Mask);
                Lanes.Store(w.R + d, (2 * v) + 1, upper, w.Mask);
            }
        }
    }

    private sealed unsafe class NarrowInstr(int d, int s) : Instr
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            for (int v = 0; v < 2; v++)
            {
                Vector512<uint> x = Vector512.Narrow(Lanes.Load<ulong>(w.R + s, 2 * v), Lanes.Load<ulong>(w.R + s, (2 * v) + 1));
                Lanes.Store(w.R + d, v, x, w.Mask);
            }
        }
    }

    private sealed unsafe class BrainToSingleInstr(int d, int s) : Instr
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            (Vector512<uint> lower, Vector512<uint> upper) = Vector512.Widen(Lanes.Load<ushort>(w.R + s, 0));
            Lanes.Store(w.R + d, 0, Single.Canonical((lower << 16).AsSingle()), w.Mask);
            Lanes.Store(w.R + d, 1, Single.Canonical((upper << 16).AsSingle()), w.Mask);
        }
    }

    /// <summary>Rounds singles to bf16, to nearest even; NaN becomes 0x7fff.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> ToBrain(Vector512<uint> x)
    {
        Vector512<uint> rounded = (x + Vector512.Create(0x7FFFu) + ((x >> 16) & Vector512<uint>.One)) >> 16;
        Vector512<uint> nan = Vector512.GreaterThan(x & Vector512.Create(0x7FFF_FFFFu), Vector512.Create(0x7F80_0000u));
        return Vector512.ConditionalSelect(nan, Vector512.Create(0x7FFFu), rounded);
    }

    private sealed unsafe class SingleToBrainInstr(int d, int s) : Instr
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            Vector512<ushort> x = Vector512.Narrow(ToBrain(Lanes.Load<uint>(w.R + s, 0)), ToBrain(Lanes.Load<uint>(w.R + s, 1)));
            Lanes.Store(w.R + d, 0, x, w.Mask);
        }
    }

    private sealed unsafe class PackBrainInstr(int d, int a, int b) : Instr
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Execute(Warp w)
        {
            for (int v = 0; v < 2; v++)
            {
                Vector512<uint> x = (ToBrain(Lanes.Load<uint>(w.R + a, v)) << 16) | ToBrain(Lanes.Load<uint>(w.R + b, v));
                Lanes.Store(w.R + d, v, x, w.Mask);
            }
        }
    }

    private sealed unsafe class HalfToSingleInstr(int d, int s) : Instr
    {
        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ushort raw = ((ushort*)(w.R + s))[lane];
                ((float*)(w.R + d))[lane] = HalfMath.IsNaN(raw, false) ? BitConverter.UInt32BitsToSingle(0x7FFF_FFFF) : (float)BitConverter.UInt16BitsToHalf(raw);
            }
        }
    }

    private sealed unsafe class SingleToHalfInstr(int d, int s) : Instr
    {
        public override void Execute(Warp w)
        {
            for (uint left = w.Mask; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                float value = ((float*)(w.R + s))[lane];
                ((ushort*)(w.R + d))[lane] = float.IsNaN(value) ? (ushort)0x7FFF : BitConverter.HalfToUInt16Bits((Half)value);
            }
        }
    }
}
