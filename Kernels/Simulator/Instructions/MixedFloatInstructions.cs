using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Forms of <c>add</c>, <c>sub</c>, <c>mul</c> and <c>fma</c> on pairs of f32 in 64 bits, and on 16-bit floats that join an f32.</summary>
internal static class MixedFloatInstructions
{
    private static readonly PtxType B64 = PtxType.Get("b64");
    private static readonly PtxType F32 = PtxType.Get("f32");
    private static readonly FloatFormat Single = FloatFormat.F32;

    /// <summary>Lowers the instruction when it has such a form.</summary>
    public static bool TryLower(Lowering l, PtxInstruction i)
    {
        if (i.Modifiers.Contains("f32x2"))
        {
            Pairs(l, i);
            return true;
        }
        string[] types = [.. i.Modifiers.Where(static name => name is "f32" or "f16" or "bf16")];
        if (types is ["f32", "f16" or "bf16"] && i.Opcode is "add" or "sub" or "fma")
        {
            Mixed(l, i, PtxType.Get(types[1]));
            return true;
        }
        return false;
    }

    private static (RoundingMode Rounding, bool Ftz, bool Sat) Read(Lowering l, PtxInstruction i, params ReadOnlySpan<string> types)
    {
        var m = new ModifierReader(i, l);
        RoundingMode rounding = m.Rounding();
        bool ftz = m.Take("ftz");
        bool sat = m.Take("sat");
        foreach (string type in types)
        {
            m.Take(type);
        }
        m.End();
        return (rounding, ftz, sat);
    }

    private static ulong Compute(string op, ulong a, ulong b, ulong c, RoundingMode rounding, bool ftz)
    {
        if (ftz)
        {
            (a, b, c) = (Flush(a), Flush(b), Flush(c));
        }
        ulong result = op switch
        {
            "add" => SoftFloat.Add(Single, a, b, rounding),
            "sub" => SoftFloat.Add(Single, a, Single.IsNaN(b) ? b : b ^ Single.SignBit, rounding),
            "mul" => SoftFloat.Multiply(Single, a, b, rounding),
            _ => SoftFloat.FusedMultiplyAdd(Single, a, b, c, rounding),
        };
        return ftz ? Flush(result) : result;
    }

    private static ulong Flush(ulong a) => Single.IsSubnormal(a) ? a & Single.SignBit : a;

    private static void Pairs(Lowering l, PtxInstruction i)
    {
        (RoundingMode rounding, bool ftz, bool sat) = Read(l, i, "f32x2");
        if (sat)
        {
            throw l.Error(".sat does not go with .f32x2", i.FullName);
        }
        string op = i.Opcode;
        IntegerInstructions.Lanewise(l, B64, op == "fma" ? [B64, B64, B64] : [B64, B64], InstrClass.Float, (a, b, c, _) =>
            Compute(op, a & uint.MaxValue, b & uint.MaxValue, c & uint.MaxValue, rounding, ftz) | (Compute(op, a >> 32, b >> 32, c >> 32, rounding, ftz) << 32), op == "fma" ? 4 : 2);
    }

    private static void Mixed(Lowering l, PtxInstruction i, PtxType small)
    {
        (RoundingMode rounding, bool ftz, bool sat) = Read(l, i, "f32", small.Name);
        if (ftz)
        {
            throw l.Error(".ftz does not go with mixed precision", i.FullName);
        }
        bool brain = small.IsBfloat;
        string op = i.Opcode;
        PtxType[] sources = op == "fma" ? [small, small, F32] : [small, F32];
        IntegerInstructions.Lanewise(l, F32, sources, InstrClass.Float, (a, b, c, _) =>
        {
            ulong result = op == "fma" ? Compute(op, Widen(a, brain), Widen(b, brain), c, rounding, false) : Compute(op, Widen(a, brain), b, 0, rounding, false);
            if (!sat)
            {
                return result;
            }
            float value = BitConverter.UInt32BitsToSingle((uint)result);
            return value > 0 ? BitConverter.SingleToUInt32Bits(Math.Min(value, 1)) : 0;
        }, op == "fma" ? 2 : 1);
    }

    private static ulong Widen(ulong raw, bool brain) =>
        HalfMath.IsNaN(raw, brain) ? Single.NaN : BitConverter.SingleToUInt32Bits((float)HalfMath.ToDouble(raw, brain));
}
