using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>The video instructions: arithmetic on bytes and halves that are picked from 32-bit registers, one or several at a time.</summary>
internal static class VideoInstructions
{
    private static readonly PtxType B32 = PtxType.Get("b32");

    public static void AddTo(Dictionary<string, Action<Lowering, PtxInstruction>> table)
    {
        foreach (string name in (string[])["vadd", "vsub", "vabsdiff", "vmin", "vmax", "vset", "vshl", "vshr"])
        {
            table[name] = (l, i) => Scalar(l, i, name);
        }
        table["vmad"] = MultiplyAdd;
        foreach (string name in (string[])["vadd", "vsub", "vavrg", "vabsdiff", "vmin", "vmax", "vset"])
        {
            table[name + "2"] = (l, i) => Several(l, i, name, 2);
            table[name + "4"] = (l, i) => Several(l, i, name, 4);
        }
    }

    private static bool TakeSigned(Lowering l, PtxInstruction i, ModifierReader m)
    {
        PtxType type = m.Type();
        return type.Name is "s32" or "u32" ? type.IsSigned : throw l.Error($"{i.Opcode} works on .s32 and .u32", i.FullName);
    }

    private static string? TakeComparison(ModifierReader m) => m.TakeAny("eq", "ne", "lt", "le", "gt", "ge");

    private static long Compute(string op, string? comparison, long a, long b) => op switch
    {
        "vadd" => a + b,
        "vsub" => a - b,
        "vabsdiff" => Math.Abs(a - b),
        "vmin" => Math.Min(a, b),
        "vmax" => Math.Max(a, b),
        // Rounds halves away from zero.
        "vavrg" => a + b >= 0 ? (a + b + 1) >> 1 : (a + b) >> 1,
        _ => comparison switch { "eq" => a == b, "ne" => a != b, "lt" => a < b, "le" => a <= b, "gt" => a > b, _ => a >= b } ? 1 : 0,
    };

    /// <summary>The part of a register that a selector names, extended by its type.</summary>
    private static long Select(ulong x, string selector, bool signed) => (selector.Length == 0 ? 'w' : selector[0]) switch
    {
        'b' => signed ? (sbyte)(x >> (8 * (selector[1] - '0'))) : (byte)(x >> (8 * (selector[1] - '0'))),
        'h' => signed ? (short)(x >> (16 * (selector[1] - '0'))) : (ushort)(x >> (16 * (selector[1] - '0'))),
        _ => signed ? (int)x : (uint)x,
    };

    private static long Clamp(long x, int bits, bool signed) =>
        signed ? Math.Clamp(x, -(1L << (bits - 1)), (1L << (bits - 1)) - 1) : Math.Clamp(x, 0, (1L << bits) - 1);

    private static string Selector(Lowering l, Operand operand, bool single)
    {
        string s = operand.Selector;
        bool fits = s.Length == 0 || (single && s is "b0" or "b1" or "b2" or "b3" or "h0" or "h1") || !single;
        return fits ? s : throw l.Error("this selector is not known", operand);
    }

    private static void Scalar(Lowering l, PtxInstruction i, string op)
    {
        var m = new ModifierReader(i, l);
        bool saturate = m.Take("sat");
        string? comparison = op == "vset" ? TakeComparison(m) ?? throw l.Error("a comparison is missing", i.FullName) : null;
        bool wrap = op is "vshl" or "vshr" && m.TakeAny("clamp", "wrap") == "wrap";
        string? second = m.TakeAny("add", "min", "max");
        bool signed = op != "vset" && TakeSigned(l, i, m);
        bool signedA = TakeSigned(l, i, m);
        bool signedB = TakeSigned(l, i, m);
        m.End();
        l.Need(3, 4);
        (string into, string partA, string partB) = (Selector(l, i.Operands[0], true), Selector(l, i.Operands[1], true), Selector(l, i.Operands[2], true));
        if (into.Length > 0 && second != null)
        {
            throw l.Error("a selected destination and a second operation exclude each other", i.FullName);
        }
        int bits = into.Length == 0 ? 32 : into[0] == 'b' ? 8 : 16;
        Emit(l, i, into.Length > 0 || second != null, (x, y, c, _) =>
        {
            long a = Select(x, partA, signedA);
            long b = Select(y, partB, signedB);
            if (op is "vshl" or "vshr")
            {
                b = wrap ? b & 31 : Math.Min(b, 32);
            }
            long value = op switch { "vshl" => a << (int)b, "vshr" => a >> (int)b, _ => Compute(op, comparison, a, b) };
            value = saturate ? Clamp(value, bits, signed) : value;
            if (into.Length > 0)
            {
                int shift = (into[1] - '0') * bits;
                ulong field = ((1UL << bits) - 1) << shift;
                return ((ulong)value << shift & field) | (c & ~field);
            }
            long third = signed ? (int)c : (uint)c;
            return (ulong)(second switch { "add" => value + third, "min" => Math.Min(value, third), "max" => Math.Max(value, third), _ => value });
        });
    }

    private static void MultiplyAdd(Lowering l, PtxInstruction i)
    {
        var m = new ModifierReader(i, l);
        bool saturate = m.Take("sat");
        bool plusOne = m.Take("po");
        int shift = m.TakeAny("shr7", "shr15") switch { "shr7" => 7, "shr15" => 15, _ => 0 };
        TakeSigned(l, i, m);
        bool signedA = TakeSigned(l, i, m);
        bool signedB = TakeSigned(l, i, m);
        m.End();
        l.Need(4);
        (string partA, string partB) = (Selector(l, i.Operands[1], true), Selector(l, i.Operands[2], true));
        bool signed = signedA || signedB;
        Emit(l, i, true, (x, y, c, _) =>
        {
            Int128 value = ((Int128)Select(x, partA, signedA) * Select(y, partB, signedB)) + (signed ? (int)c : (long)(uint)c) + (plusOne ? 1 : 0);
            value >>= shift;
            return saturate ? (ulong)(long)(signed ? Int128.Clamp(value, int.MinValue, int.MaxValue) : Int128.Clamp(value, 0, uint.MaxValue)) : (ulong)value;
        });
    }

    private static void Several(Lowering l, PtxInstruction i, string op, int count)
    {
        var m = new ModifierReader(i, l);
        bool saturate = m.Take("sat");
        bool sum = m.Take("add");
        string? comparison = op == "vset" ? TakeComparison(m) ?? throw l.Error("a comparison is missing", i.FullName) : null;
        bool signed = op != "vset" && TakeSigned(l, i, m);
        bool signedA = TakeSigned(l, i, m);
        bool signedB = TakeSigned(l, i, m);
        m.End();
        l.Need(4);
        int bits = 32 / count;
        int[] fromA = Lanes(l, i.Operands[1], count, 0);
        int[] fromB = Lanes(l, i.Operands[2], count, count);
        uint written = Mask(l, i.Operands[0], count);
        Emit(l, i, true, (x, y, c, _) =>
        {
            ulong both = (x & uint.MaxValue) | (y << 32);
            ulong result = c;
            for (int k = 0; k < count; k++)
            {
                if ((written >> k & 1) == 0)
                {
                    continue;
                }
                long value = Compute(op, comparison, Lane(both, fromA[k], bits, signedA), Lane(both, fromB[k], bits, signedB));
                value = saturate ? Clamp(value, bits, signed) : value;
                ulong field = ((1UL << bits) - 1) << (k * bits);
                result = sum ? result + (ulong)value : (result & ~field) | ((ulong)value << (k * bits) & field);
            }
            return result;
        });
    }

    private static long Lane(ulong both, int index, int bits, bool signed)
    {
        ulong raw = both >> (index * bits) & ((1UL << bits) - 1);
        return signed ? (long)(raw << (64 - bits)) >> (64 - bits) : (long)raw;
    }

    /// <summary>Which part of the two registers goes into each lane: <c>.h10</c> and <c>.b3210</c> are the first register as it is.</summary>
    private static int[] Lanes(Lowering l, Operand operand, int count, int first)
    {
        string s = operand.Selector;
        var lanes = new int[count];
        for (int k = 0; k < count; k++)
        {
            lanes[k] = first + k;
        }
        if (s.Length == 0)
        {
            return lanes;
        }
        if (s.Length != count + 1 || s[0] != (count == 2 ? 'h' : 'b'))
        {
            throw l.Error("this selector is not known", operand);
        }
        for (int k = 0; k < count; k++)
        {
            lanes[k] = s[count - k] - '0';
            if (lanes[k] < 0 || lanes[k] >= 2 * count)
            {
                throw l.Error("this selector is not known", operand);
            }
        }
        return lanes;
    }

    private static uint Mask(Lowering l, Operand operand, int count)
    {
        string s = operand.Selector;
        if (s.Length == 0)
        {
            return (1u << count) - 1;
        }
        uint mask = 0;
        foreach (char c in s.AsSpan(1))
        {
            mask |= c >= '0' && c < '0' + count ? 1u << (c - '0') : throw l.Error("this mask is not known", operand);
        }
        return mask;
    }

    private static void Emit(Lowering l, PtxInstruction i, bool third, LaneFunction function)
    {
        l.Need(third ? 4 : 3);
        var sources = new (int, int)[third ? 3 : 2];
        for (int k = 0; k < sources.Length; k++)
        {
            sources[k] = (l.Source(i.Operands[k + 1] with { Selector = "" }, B32), 4);
        }
        int d = l.Destination(i.Operands[0] with { Selector = "" }, B32);
        l.Emit(new LaneInstr(d, 4, sources, function) { Source = i }, InstrClass.Integer);
    }
}
