using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// F(4x4, 3x3), for stride 1 in both directions: the minimal filtering of Winograd in the form of Lavin and Gray, 2015 (arXiv 1509.09308).
/// <para>Four outputs of a filter with three taps need 12 multiplications, or 6: a filter g and six inputs d are polynomials whose
/// product is found from its values at six points, here 0, 1, -1, 2, -2 and infinity. Evaluating and interpolating are the small matrices
/// G (6x3), B^T (6x6) and A^T (4x6), and y = A^T [(G g) . (B^T d)], where . multiplies value by value. In two dimensions,
/// Y = A^T [(G g G^T) . (B^T d B)] A: 36 multiplications for 16 outputs instead of 144.</para>
/// <para>Summing over channels commutes with A^T and A, so the products of one plane over all tiles and channels are one matrix product,
/// and 36 matrix products do a convolution.</para>
/// <para>The rounding error is about five times that of direct sums (the 4 and 8 in A^T): 2e-6 to 5e-6 relative in a forward pass.</para>
/// </summary>
internal readonly struct StrideOne : IForwardScheme
{
    public static int OutTile => 4;

    public static int InTile => 6;

    public static int InStep => 4;

    public static int Values => 6;

    public static int Filters => 6;

    public static int Products => 6;

    public static int ValueOf(int filter) => filter;

    public static int ProductOf(int filter) => filter;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V d0 = from.Load(0), d1 = from.Load(1), d2 = from.Load(2), d3 = from.Load(3), d4 = from.Load(4), d5 = from.Load(5);
        V two = V.Create(2), four = V.Create(4), minusFour = V.Create(-4), minusFive = V.Create(-5);
        V even = V.MultiplyAdd(minusFour, d2, d4), odd = V.MultiplyAdd(minusFour, d1, d3);
        V even2 = d4 - d2, odd2 = d3 - d1;
        to.Store(0, V.MultiplyAdd(four, d0, V.MultiplyAdd(minusFive, d2, d4)));
        to.Store(1, even + odd);
        to.Store(2, even - odd);
        to.Store(3, V.MultiplyAdd(two, odd2, even2));
        to.Store(4, V.MultiplyAdd(V.Create(-2), odd2, even2));
        to.Store(5, V.MultiplyAdd(four, d1, V.MultiplyAdd(minusFive, d3, d5)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V g0 = from.Load(0), g1 = from.Load(1), g2 = from.Load(2);
        V sixth = V.Create(1f / 6), minusSixth = V.Create(-1f / 6), twelfth = V.Create(1f / 12);
        V outer = (g0 + g2) * minusSixth, outer2 = V.MultiplyAdd(V.Create(1f / 24), g0, g2 * sixth);
        to.Store(0, g0 * V.Create(0.25f));
        to.Store(1, V.MultiplyAdd(minusSixth, g1, outer));
        to.Store(2, V.MultiplyAdd(sixth, g1, outer));
        to.Store(3, V.MultiplyAdd(twelfth, g1, outer2));
        to.Store(4, V.MultiplyAdd(V.Create(-1f / 12), g1, outer2));
        to.Store(5, g2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V m1 = from.Load(1), m2 = from.Load(2), m3 = from.Load(3), m4 = from.Load(4);
        V sum1 = m1 + m2, difference1 = m1 - m2, sum2 = m3 + m4, difference2 = m3 - m4;
        to.Store(0, from.Load(0) + sum1 + sum2);
        to.Store(1, V.MultiplyAdd(V.Create(2), difference2, difference1));
        to.Store(2, V.MultiplyAdd(V.Create(4), sum2, sum1));
        to.Store(3, V.MultiplyAdd(V.Create(8), difference2, difference1) + from.Load(5));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputAdjoint<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V y0 = from.Load(0), y1 = from.Load(1), y2 = from.Load(2), y3 = from.Load(3);
        V four = V.Create(4), eight = V.Create(8);
        V even = y0 + y2, odd = y1 + y3, even2 = V.MultiplyAdd(four, y2, y0), odd2 = V.MultiplyAdd(eight, y3, y1 + y1);
        to.Store(0, y0);
        to.Store(1, even + odd);
        to.Store(2, even - odd);
        to.Store(3, even2 + odd2);
        to.Store(4, even2 - odd2);
        to.Store(5, y3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterAdjoint<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V u1 = from.Load(1), u2 = from.Load(2), u3 = from.Load(3), u4 = from.Load(4);
        V sixth = V.Create(1f / 6), minusSixth = V.Create(-1f / 6);
        V sum1 = u1 + u2, sum2 = u3 + u4;
        to.Store(0, V.MultiplyAdd(V.Create(0.25f), from.Load(0), V.MultiplyAdd(minusSixth, sum1, V.Create(1f / 24) * sum2)));
        to.Store(1, V.MultiplyAdd(sixth, u2 - u1, V.Create(1f / 12) * (u3 - u4)));
        to.Store(2, V.MultiplyAdd(sixth, sum2 - sum1, from.Load(5)));
    }
}
