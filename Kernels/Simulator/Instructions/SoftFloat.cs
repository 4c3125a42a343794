namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Arithmetic on raw bits, exactly rounded in any mode. The slow way, for what the processor cannot do.</summary>
internal static class SoftFloat
{
    public static ulong Add(FloatFormat f, ulong a, ulong b, RoundingMode mode)
    {
        if (f.IsNaN(a) || f.IsNaN(b) || (f.IsInfinity(a) && f.IsInfinity(b) && a != b))
        {
            return f.NaN;
        }
        if (f.IsInfinity(a) || f.IsInfinity(b))
        {
            return f.IsInfinity(a) ? a : b;
        }
        return f.Encode(Exact.Add(f.Decode(a), f.Decode(b), mode), mode);
    }

    public static ulong Multiply(FloatFormat f, ulong a, ulong b, RoundingMode mode)
    {
        if (f.IsNaN(a) || f.IsNaN(b) || (f.IsInfinity(a) && f.IsZero(b)) || (f.IsZero(a) && f.IsInfinity(b)))
        {
            return f.NaN;
        }
        ulong sign = (a ^ b) & f.SignBit;
        return f.IsInfinity(a) || f.IsInfinity(b) ? f.Infinity | sign : f.Encode(Exact.Multiply(f.Decode(a), f.Decode(b)), mode);
    }

    public static ulong FusedMultiplyAdd(FloatFormat f, ulong a, ulong b, ulong c, RoundingMode mode)
    {
        if (f.IsNaN(a) || f.IsNaN(b) || f.IsNaN(c) || (f.IsInfinity(a) && f.IsZero(b)) || (f.IsZero(a) && f.IsInfinity(b)))
        {
            return f.NaN;
        }
        ulong sign = (a ^ b) & f.SignBit;
        if (f.IsInfinity(a) || f.IsInfinity(b))
        {
            return f.IsInfinity(c) && (c & f.SignBit) != sign ? f.NaN : f.Infinity | sign;
        }
        return f.IsInfinity(c) ? c : f.Encode(Exact.Add(Exact.Multiply(f.Decode(a), f.Decode(b)), f.Decode(c), mode), mode);
    }

    public static ulong Divide(FloatFormat f, ulong a, ulong b, RoundingMode mode)
    {
        ulong sign = (a ^ b) & f.SignBit;
        if (f.IsNaN(a) || f.IsNaN(b) || (f.IsInfinity(a) && f.IsInfinity(b)) || (f.IsZero(a) && f.IsZero(b)))
        {
            return f.NaN;
        }
        if (f.IsInfinity(a) || f.IsZero(b))
        {
            return f.Infinity | sign;
        }
        return f.IsInfinity(b) || f.IsZero(a) ? sign : f.Encode(Exact.Divide(f.Decode(a), f.Decode(b)), mode);
    }

    public static ulong SquareRoot(FloatFormat f, ulong a, RoundingMode mode)
    {
        if (f.IsZero(a))
        {
            return a;
        }
        if (f.IsNaN(a) || f.IsNegative(a))
        {
            return f.NaN;
        }
        return f.IsInfinity(a) ? a : f.Encode(Exact.SquareRoot(f.Decode(a)), mode);
    }

    /// <summary>From one format to another.</summary>
    /// <param name="from">Format of the source.</param>
    /// <param name="to">Format of the result.</param>
    /// <param name="a">Raw bits.</param>
    /// <param name="mode">Rounding.</param>
    /// <param name="finite"><c>.satfinite</c>: what does not fit, infinity included, becomes the largest finite number.</param>
    public static ulong Convert(FloatFormat from, FloatFormat to, ulong a, RoundingMode mode, bool finite = false)
    {
        if (from.IsNaN(a))
        {
            return to.NaN;
        }
        ulong sign = from.IsNegative(a) ? to.SignBit : 0;
        if (from.IsInfinity(a))
        {
            return sign | (finite ? to.Largest : to.Infinity);
        }
        return to.Encode(from.Decode(a), mode, finite);
    }

    public static ulong FromInteger(FloatFormat to, Int128 value, RoundingMode mode) => to.Encode(Exact.FromInteger(value), mode);

    /// <summary>Rounds to an integral number of the same format.</summary>
    public static ulong RoundToIntegral(FloatFormat f, ulong a, RoundingMode mode)
    {
        if (f.IsNaN(a))
        {
            return f.NaN;
        }
        if (f.IsInfinity(a) || f.IsZero(a))
        {
            return a;
        }
        Exact x = f.Decode(a);
        return x.Exponent >= 0 ? a : f.Encode(new Exact(x.Negative, Integral(x, mode), 0, false), RoundingMode.NearestEven);
    }

    /// <summary>Rounds to an integer and clamps it. A NaN gives 0 for small types, the pattern 100...0 where a 64-bit type takes part.</summary>
    public static ulong ToInteger(FloatFormat f, ulong a, RoundingMode mode, int size, bool signed)
    {
        int bits = size * 8;
        if (f.IsNaN(a))
        {
            return f.Width == 64 || size == 8 ? 1UL << (bits - 1) : 0;
        }
        System.Numerics.BigInteger max = (System.Numerics.BigInteger.One << (signed ? bits - 1 : bits)) - 1;
        System.Numerics.BigInteger min = signed ? -max - 1 : 0;
        System.Numerics.BigInteger value;
        if (f.IsInfinity(a))
        {
            value = f.IsNegative(a) ? min : max;
        }
        else
        {
            Exact x = f.Decode(a);
            value = x.Exponent >= 0 ? x.Mantissa << x.Exponent : Integral(x, mode);
            value = x.Negative ? -value : value;
        }
        value = value < min ? min : value > max ? max : value;
        return value.Sign < 0 ? (ulong)(long)value : (ulong)value;
    }

    private static System.Numerics.BigInteger Integral(Exact x, RoundingMode mode)
    {
        int shift = -x.Exponent;
        System.Numerics.BigInteger kept = x.Mantissa >> shift;
        bool half = !((x.Mantissa >> (shift - 1)) & 1).IsZero;
        bool below = !(x.Mantissa & ((System.Numerics.BigInteger.One << (shift - 1)) - 1)).IsZero;
        bool up = mode switch
        {
            RoundingMode.NearestEven => half && (below || !kept.IsEven),
            RoundingMode.NearestAway => half,
            RoundingMode.Down => x.Negative && (half || below),
            RoundingMode.Up => !x.Negative && (half || below),
            _ => false,
        };
        return up ? kept + 1 : kept;
    }
}
