using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// What both schemes of stride 2 are made of. In one dimension, <c>y[o] = g0 x[2o] + g1 x[2o + 1] + g2 x[2o + 2]</c>: the even inputs, the one
/// phase of x, meet two taps, y[o] = g0 e[o] + g2 e[o + 1] with e[q] = x[2q], the odd ones meet one; each is a filter of stride 1.
/// <para>Four outputs of a filter with two taps come from five products, by values at the points 0, 1, -1, 2 and infinity. A filter with the
/// one tap g1 is g1 + 0 x as a polynomial: its value is g1 at every finite point and zero at infinity, so four products do (and of the
/// inputs the fifth matters only at infinity). At one point both phases have the same column in A^T. In two dimensions these are
/// 9 x 9 = 81 multiplications for 16 outputs instead of 144.</para>
/// <para>A line of both phases holds five numbers of the two-tap phase, then four of the other: number i belongs to point i modulo 5.</para>
/// </summary>
internal static class StridedPhases
{
    /// <summary>Points, and numbers of the two-tap phase.</summary>
    public const int Points = 5;

    /// <summary>Numbers of both phases.</summary>
    public const int Both = 9;

    /// <summary>The point of a number of a line of both phases.</summary>
    public static int PointOf(int i) => i < Points ? i : i - Points;

    /// <summary>B^T at the finite points: the coefficients of the Lagrange polynomials of 0, 1, -1, 2, times 2, 2, 6, 6 (G divides by them).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FiniteInputs<V, TTo>(V d0, V d1, V d2, V d3, TTo to, int first) where V : unmanaged, IVec<V> where TTo : struct, ILineTarget<V>
    {
        V difference = d3 - d1;
        to.Store(first, V.MultiplyAdd(V.Create(2), d0 - d2, difference));
        to.Store(first + 1, d1 + d2 - difference);
        to.Store(first + 2, V.MultiplyAdd(V.Create(3), d2 - d1, d1 - d3));
        to.Store(first + 3, difference);
    }

    /// <summary>B^T at infinity: the coefficients of x (x - 1) (x + 1) (x - 2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V InfiniteInput<V>(V d1, V d2, V d3, V d4) where V : unmanaged, IVec<V> => V.MultiplyAdd(V.Create(-2), d3 - d1, d4 - d2);

    /// <summary>G g of both phases.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V g0 = from.Load(0), g1 = from.Load(1), g2 = from.Load(2);
        V half = V.Create(0.5f), sixth = V.Create(1f / 6);
        to.Store(0, g0 * half);
        to.Store(1, (g0 + g2) * half);
        to.Store(2, (g0 - g2) * sixth);
        to.Store(3, V.MultiplyAdd(V.Create(1f / 3), g2, g0 * sixth));
        to.Store(4, g2);
        to.Store(5, g1 * half);
        to.Store(6, g1 * half);
        to.Store(7, g1 * sixth);
        to.Store(8, g1 * sixth);
    }

    /// <summary>A^T m: products at the finite points and at infinity to four outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Outputs<V>(V m0, V m1, V m2, V m3, V infinite, out V y0, out V y1, out V y2, out V y3) where V : unmanaged, IVec<V>
    {
        V sum = m1 + m2, difference = m1 - m2;
        y0 = m0 + sum + m3;
        y1 = V.MultiplyAdd(V.Create(2), m3, difference);
        y2 = V.MultiplyAdd(V.Create(4), m3, sum);
        y3 = V.MultiplyAdd(V.Create(8), m3, difference) + infinite;
    }
}
