using System.Runtime.CompilerServices;

namespace WrnEngine.Devices.Cpu.Simd;

/// <summary>
/// e^x and the natural logarithm in float32, to about one unit in the last place, for every input: zeros, denormals, infinities, NaN.
/// </summary>
internal static class VectorMath
{
    // ln 2 in two pieces; the first has nine significant bits, so that its product with an exponent is exact without FMA as well.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>max(x, 0), with NaN kept and -0 made 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Relu<V>(V x) where V : unmanaged, IVec<V> => V.Larger(V.Zero, x) + V.Zero;

    /// <summary>
    /// With n = round(x / ln 2) and r = x - n ln 2, |r| &lt;= 0.347: e^x = 2^n e^r, e^r by its Taylor series to r^7 (remainder 5e-9).
    /// 2^n goes on in two halves, so that results down to the smallest denormal are rounded once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x) where V : unmanaged, IVec<V>
    {
        // Beyond these bounds the result is infinite or zero anyway; NaN passes both comparisons.
        var (high, low) = (V.Create(89f), V.Create(-104f));
        x = V.Select(V.LessThan(high, x), high, x);
        x = V.Select(V.LessThan(x, low), low, x);

        // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
        var magic = V.Create(12582912f);
        var shifted = V.MultiplyAdd(x, V.Create(1.44269504f), magic);
        var n = shifted - magic;
        var r = V.MultiplyAdd(n, V.Create(-Ln2High), x);
        r = V.MultiplyAdd(n, V.Create(-Ln2Low), r);

        var q = V.MultiplyAdd(r, V.Create(1 / 5040f), V.Create(1 / 720f));
        q = V.MultiplyAdd(q, r, V.Create(1 / 120f));
        q = V.MultiplyAdd(q, r, V.Create(1 / 24f));
        q = V.MultiplyAdd(q, r, V.Create(1 / 6f));
        q = V.MultiplyAdd(q, r, V.Create(0.5f));
        var e = V.MultiplyAdd(q, r * r, r) + V.Create(1f);

        var exponent = V.SubtractBits(shifted, magic);
        var half = V.ShiftRightSignedBits(exponent, 1);
        return e * PowerOfTwo(half) * PowerOfTwo(V.SubtractBits(exponent, half));
    }

    /// <summary>
    /// With x = 2^k (1 + f), 1 + f in [0.707, 1.414), and s = f / (2 + f): log(1 + f) = 2 atanh(s) = f - s (f - R),
    /// R = 2 s^2/3 + 2 s^4/5 + 2 s^6/7 + 2 s^8/9 (remainder 2e-9). The leading f is exact, which keeps results near log 1 accurate.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log<V>(V x) where V : unmanaged, IVec<V>
    {
        var smallestNormal = V.Create(1.17549435e-38f);
        var isDenormal = V.LessThan(x, smallestNormal);
        var scaled = V.Select(isDenormal, x * V.Create(33554432f), x);
        var correction = isDenormal & V.Create(-25f);

        var sqrtHalf = V.CreateBits(0x3F3504F3);
        var bits = V.SubtractBits(scaled, sqrtHalf);
        var k = V.ConvertBits(V.ShiftRightSignedBits(bits, 23)) + correction;
        var f = V.AddBits(bits & V.CreateBits(0x007F_FFFF), sqrtHalf) - V.Create(1f);

        var s = f / (f + V.Create(2f));
        var z = s * s;
        var r = V.MultiplyAdd(z, V.Create(2 / 9f), V.Create(2 / 7f));
        r = V.MultiplyAdd(r, z, V.Create(2 / 5f));
        r = V.MultiplyAdd(r, z, V.Create(2 / 3f)) * z;
        var tail = V.MultiplyAdd(k, V.Create(Ln2Low), s * (r - f));
        var result = V.MultiplyAdd(k, V.Create(Ln2High), tail + f);

        // +inf and NaN are their own logarithms; log 0 = -inf; log of a negative number is NaN.
        var infinity = V.Create(float.PositiveInfinity);
        result = V.Select(V.LessThan(x, infinity), result, x);
        result = V.Select(V.Equal(x, V.Zero), V.Create(float.NegativeInfinity), result);
        return V.Select(V.LessThan(x, V.Zero), V.Create(float.NaN), result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V PowerOfTwo<V>(V exponentBits) where V : unmanaged, IVec<V> =>
        V.ShiftLeftBits(V.AddBits(exponentBits, V.CreateBits(127)), 23);
}
