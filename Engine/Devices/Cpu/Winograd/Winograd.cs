using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// The one-dimensional pieces of F(4x4, 3x3), the minimal filtering of Winograd in the form of Lavin and Gray, 2015 (arXiv 1509.09308).
/// <para>Four outputs of a filter with three taps need 12 multiplications, or 6: a filter g and six inputs d are polynomials whose
/// product is found from its values at six points, here 0, 1, -1, 2, -2 and infinity. Evaluating and interpolating are the small matrices
/// G (6x3), B^T (6x6) and A^T (4x6), and y = A^T [(G g) . (B^T d)], where . multiplies value by value. In two dimensions,
/// Y = A^T [(G g G^T) . (B^T d B)] A: 36 multiplications for 16 outputs instead of 144. The points are the frequencies of the code:
/// f = 6 row + column.</para>
/// <para>Summing over channels commutes with A^T and A, so the products of one frequency over all tiles and channels are one matrix product,
/// and 36 matrix products do a convolution. The gradient of the filter is the adjoint: dg = G^T [(B^T d B) . (A dY A^T)] G, with the sum over
/// the tiles inside.</para>
/// <para>The rounding error is about five times that of direct sums (the 4 and 8 in A^T): 2e-6 to 5e-6 relative in a forward pass.</para>
/// </summary>
internal static unsafe class Winograd
{
    /// <summary>Rows and columns of a tile of outputs.</summary>
    public const int OutTile = 4;

    /// <summary>Rows and columns of the inputs that a tile of outputs reads.</summary>
    public const int InTile = 6;

    /// <summary>Products per tile and pair of channels.</summary>
    public const int Frequencies = InTile * InTile;

    /// <summary>Taps in a row of the filter.</summary>
    public const int Taps = 3;

    /// <summary>B^T d: six inputs <paramref name="stride"/> apart to six values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V>(V d0, V d1, V d2, V d3, V d4, V d5, float* to, nint stride) where V : unmanaged, IVec<V>
    {
        V two = V.Create(2), four = V.Create(4), minusFour = V.Create(-4), minusFive = V.Create(-5);
        V even = V.MultiplyAdd(minusFour, d2, d4), odd = V.MultiplyAdd(minusFour, d1, d3);
        V even2 = d4 - d2, odd2 = d3 - d1;
        V.MultiplyAdd(four, d0, V.MultiplyAdd(minusFive, d2, d4)).Store(to);
        (even + odd).Store(to + stride);
        (even - odd).Store(to + 2 * stride);
        V.MultiplyAdd(two, odd2, even2).Store(to + 3 * stride);
        V.MultiplyAdd(V.Create(-2), odd2, even2).Store(to + 4 * stride);
        V.MultiplyAdd(four, d1, V.MultiplyAdd(minusFive, d3, d5)).Store(to + 5 * stride);
    }

    /// <summary>A^T m: six values to four outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V>(float* from, nint stride, out V y0, out V y1, out V y2, out V y3) where V : unmanaged, IVec<V>
    {
        V m1 = V.Load(from + stride), m2 = V.Load(from + 2 * stride), m3 = V.Load(from + 3 * stride), m4 = V.Load(from + 4 * stride);
        V sum1 = m1 + m2, difference1 = m1 - m2, sum2 = m3 + m4, difference2 = m3 - m4;
        y0 = V.Load(from) + sum1 + sum2;
        y1 = V.MultiplyAdd(V.Create(2), difference2, difference1);
        y2 = V.MultiplyAdd(V.Create(4), sum2, sum1);
        y3 = V.MultiplyAdd(V.Create(8), difference2, difference1) + V.Load(from + 5 * stride);
    }

    /// <summary>G g: three taps to six values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V>(V g0, V g1, V g2, float* to, nint stride) where V : unmanaged, IVec<V>
    {
        V sixth = V.Create(1f / 6), minusSixth = V.Create(-1f / 6), twelfth = V.Create(1f / 12);
        V outer = (g0 + g2) * minusSixth, outer2 = V.MultiplyAdd(V.Create(1f / 24), g0, g2 * sixth);
        (g0 * V.Create(0.25f)).Store(to);
        V.MultiplyAdd(minusSixth, g1, outer).Store(to + stride);
        V.MultiplyAdd(sixth, g1, outer).Store(to + 2 * stride);
        V.MultiplyAdd(twelfth, g1, outer2).Store(to + 3 * stride);
        V.MultiplyAdd(V.Create(-1f / 12), g1, outer2).Store(to + 4 * stride);
        g2.Store(to + 5 * stride);
    }

    /// <summary>A y: the adjoint of <see cref="Output"/>, four gradients to six values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputAdjoint<V>(V y0, V y1, V y2, V y3, float* to, nint stride) where V : unmanaged, IVec<V>
    {
        V four = V.Create(4), eight = V.Create(8);
        V even = y0 + y2, odd = y1 + y3, even2 = V.MultiplyAdd(four, y2, y0), odd2 = V.MultiplyAdd(eight, y3, y1 + y1);
        y0.Store(to);
        (even + odd).Store(to + stride);
        (even - odd).Store(to + 2 * stride);
        (even2 + odd2).Store(to + 3 * stride);
        (even2 - odd2).Store(to + 4 * stride);
        y3.Store(to + 5 * stride);
    }

    /// <summary>G^T u: the adjoint of <see cref="Filter"/>, six values to the gradients of three taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterAdjoint<V>(float* from, nint stride, out V g0, out V g1, out V g2) where V : unmanaged, IVec<V>
    {
        V u1 = V.Load(from + stride), u2 = V.Load(from + 2 * stride), u3 = V.Load(from + 3 * stride), u4 = V.Load(from + 4 * stride);
        V sixth = V.Create(1f / 6), minusSixth = V.Create(-1f / 6);
        V sum1 = u1 + u2, sum2 = u3 + u4;
        g0 = V.MultiplyAdd(V.Create(0.25f), V.Load(from), V.MultiplyAdd(minusSixth, sum1, V.Create(1f / 24) * sum2));
        g1 = V.MultiplyAdd(sixth, u2 - u1, V.Create(1f / 12) * (u3 - u4));
        g2 = V.MultiplyAdd(sixth, sum2 - sum1, V.Load(from + 5 * stride));
    }
}
