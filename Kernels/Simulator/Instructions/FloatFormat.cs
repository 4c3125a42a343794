using System.Numerics;

namespace WrnEngine.Kernels.Simulator.Instructions;

internal enum RoundingMode
{
    NearestEven,

    /// <summary>Ties away from zero (<c>.rna</c>).</summary>
    NearestAway,
    Zero,
    Down,
    Up,
}

/// <summary>A binary floating-point format by the widths of its fields.</summary>
internal sealed record FloatFormat(string Name, int ExponentBits, int MantissaBits, int Padding = 0)
{
    public static readonly FloatFormat F16 = new("f16", 5, 10);
    public static readonly FloatFormat Bf16 = new("bf16", 8, 7);
    public static readonly FloatFormat F32 = new("f32", 8, 23);
    public static readonly FloatFormat F64 = new("f64", 11, 52);

    /// <summary>19 bits at the top of a 32-bit word.</summary>
    public static readonly FloatFormat Tf32 = new("tf32", 8, 10, 13);
    public static readonly FloatFormat E5M2 = new("e5m2", 5, 2);

    /// <summary>Has no infinity; the pattern of all ones is NaN.</summary>
    public static readonly FloatFormat E4M3 = new("e4m3", 4, 3) { HasInfinity = false };

    public bool HasInfinity { get; init; } = true;

    public int Bias => (1 << (ExponentBits - 1)) - 1;

    public int Width => 1 + ExponentBits + MantissaBits;

    public ulong SignBit => 1UL << (Width - 1);

    public ulong Infinity => HasInfinity ? ((1UL << ExponentBits) - 1) << MantissaBits : NaN;

    /// <summary>The largest finite magnitude.</summary>
    public ulong Largest => HasInfinity ? Infinity - 1 : NaN - 1;

    /// <summary>The NaN that PTX instructions make: all ones, but the quiet default of x86 for doubles.</summary>
    public ulong NaN => Width == 64 ? 0xFFF8_0000_0000_0000 : SignBit - 1;

    public static FloatFormat Of(Ptx.PtxType type) => type.Name switch
    {
        "f16" or "f16x2" => F16,
        "bf16" or "bf16x2" => Bf16,
        "f64" => F64,
        "tf32" => Tf32,
        _ => F32,
    };

    public ulong Raw(ulong stored) => stored >> Padding;

    public ulong Stored(ulong raw) => raw << Padding;

    public bool IsNaN(ulong raw) => (raw & (SignBit - 1)) > (HasInfinity ? Infinity : NaN - 1);

    public bool IsInfinity(ulong raw) => HasInfinity && (raw & (SignBit - 1)) == Infinity;

    public bool IsZero(ulong raw) => (raw & (SignBit - 1)) == 0;

    public bool IsNegative(ulong raw) => (raw & SignBit) != 0;

    public bool IsSubnormal(ulong raw)
    {
        ulong magnitude = raw & (SignBit - 1);
        return magnitude != 0 && magnitude >> MantissaBits == 0;
    }

    /// <summary>A finite number as mantissa times a power of two.</summary>
    public Exact Decode(ulong raw)
    {
        ulong mantissa = raw & ((1UL << MantissaBits) - 1);
        int exponent = (int)((raw & (SignBit - 1)) >> MantissaBits);
        if (exponent == 0)
        {
            exponent = 1;
        }
        else
        {
            mantissa |= 1UL << MantissaBits;
        }
        return new Exact(IsNegative(raw), mantissa, exponent - Bias - MantissaBits, false);
    }

    /// <summary>Rounds an exact number to the format.</summary>
    /// <param name="x">The number.</param>
    /// <param name="mode">How to round.</param>
    /// <param name="finite">Overflow gives the largest finite number in place of infinity.</param>
    public ulong Encode(Exact x, RoundingMode mode, bool finite = false)
    {
        ulong sign = x.Negative ? SignBit : 0;
        if (x.Mantissa.IsZero && !x.Sticky)
        {
            return sign;
        }
        int length = (int)x.Mantissa.GetBitLength();
        int lowest = 1 - Bias - MantissaBits;
        int quantum = Math.Max(x.Exponent + length - 1 - MantissaBits, lowest);
        int shift = quantum - x.Exponent;
        BigInteger kept = shift > 0 ? x.Mantissa >> shift : x.Mantissa << -shift;
        bool half = false;
        bool below = x.Sticky;
        if (shift > 0)
        {
            half = !((x.Mantissa >> (shift - 1)) & 1).IsZero;
            below |= !(x.Mantissa & ((BigInteger.One << (shift - 1)) - 1)).IsZero;
        }
        bool up = mode switch
        {
            RoundingMode.NearestEven => half && (below || !kept.IsEven),
            RoundingMode.NearestAway => half,
            RoundingMode.Down => x.Negative && (half || below),
            RoundingMode.Up => !x.Negative && (half || below),
            _ => false,
        };
        if (up)
        {
            kept += 1;
        }
        // The exponent field is one more than the distance to the smallest quantum; a mantissa that carried over adds to it by itself.
        long field = quantum - lowest;
        BigInteger magnitude = (new BigInteger(field) << MantissaBits) + kept;
        bool overflow = magnitude > (HasInfinity ? Infinity - 1 : Largest);
        if (overflow)
        {
            bool toLargest = finite || mode == RoundingMode.Zero || (mode == RoundingMode.Down && !x.Negative) || (mode == RoundingMode.Up && x.Negative);
            return sign | (toLargest ? Largest : Infinity);
        }
        return sign | (ulong)magnitude;
    }

    public double ToDouble(ulong raw)
    {
        if (IsNaN(raw))
        {
            return double.NaN;
        }
        if (IsInfinity(raw))
        {
            return IsNegative(raw) ? double.NegativeInfinity : double.PositiveInfinity;
        }
        Exact x = Decode(raw);
        double value = Math.ScaleB((double)(ulong)x.Mantissa, x.Exponent);
        return x.Negative ? -value : value;
    }

    /// <summary>Rounds a double to nearest. Right also where the double is itself a correctly rounded result of at least twice the precision.</summary>
    public ulong FromDouble(double value)
    {
        if (double.IsNaN(value))
        {
            return NaN;
        }
        if (double.IsInfinity(value))
        {
            return Infinity | (value < 0 ? SignBit : 0);
        }
        return Encode(F64.Decode(BitConverter.DoubleToUInt64Bits(value)), RoundingMode.NearestEven);
    }
}

/// <summary>A real number: mantissa times 2^exponent, plus something smaller than one unit when sticky.</summary>
internal readonly record struct Exact(bool Negative, BigInteger Mantissa, int Exponent, bool Sticky)
{
    public static Exact FromInteger(Int128 value) => new(value < 0, value < 0 ? (BigInteger)(UInt128)(-value) : (BigInteger)value, 0, false);

    public bool IsZero => Mantissa.IsZero && !Sticky;

    public Exact Negated => this with { Negative = !Negative };

    public static Exact Multiply(Exact a, Exact b) => new(a.Negative ^ b.Negative, a.Mantissa * b.Mantissa, a.Exponent + b.Exponent, false);

    /// <summary>The exact sum. An exact zero from opposite signs is positive, negative only when rounding down.</summary>
    public static Exact Add(Exact a, Exact b, RoundingMode mode)
    {
        if (a.Mantissa.IsZero && b.Mantissa.IsZero)
        {
            bool negative = a.Negative == b.Negative ? a.Negative : mode == RoundingMode.Down;
            return new Exact(negative, 0, 0, false);
        }
        int exponent = Math.Min(a.Mantissa.IsZero ? int.MaxValue : a.Exponent, b.Mantissa.IsZero ? int.MaxValue : b.Exponent);
        BigInteger sum = a.Signed(exponent) + b.Signed(exponent);
        if (sum.IsZero)
        {
            return new Exact(mode == RoundingMode.Down, 0, 0, false);
        }
        return new Exact(sum.Sign < 0, BigInteger.Abs(sum), exponent, false);
    }

    public static Exact Divide(Exact a, Exact b)
    {
        // 140 bits of quotient are more than any format keeps.
        int shift = Math.Max(0, 140 + (int)b.Mantissa.GetBitLength() - (int)a.Mantissa.GetBitLength());
        BigInteger quotient = BigInteger.DivRem(a.Mantissa << shift, b.Mantissa, out BigInteger rest);
        return new Exact(a.Negative ^ b.Negative, quotient, a.Exponent - b.Exponent - shift, !rest.IsZero);
    }

    public static Exact SquareRoot(Exact a)
    {
        int shift = 160;
        if (((a.Exponent - shift) & 1) != 0)
        {
            shift++;
        }
        BigInteger radicand = a.Mantissa << shift;
        BigInteger root = IntegerRoot(radicand);
        return new Exact(false, root, (a.Exponent - shift) / 2, root * root != radicand);
    }

    private BigInteger Signed(int exponent)
    {
        BigInteger value = Mantissa.IsZero ? 0 : Mantissa << (Exponent - exponent);
        return Negative ? -value : value;
    }

    private static BigInteger IntegerRoot(BigInteger n)
    {
        if (n.IsZero)
        {
            return 0;
        }
        BigInteger x = BigInteger.One << (((int)n.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (x + (n / x)) >> 1;
            if (next >= x)
            {
                return x;
            }
            x = next;
        }
    }
}
