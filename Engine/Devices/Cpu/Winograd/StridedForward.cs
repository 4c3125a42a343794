using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// A convolution of stride 2 from both phases of its inputs (see <see cref="StridedPhases"/>): 9x9 inputs become 81 values; the products of all
/// phases at one point (four where both coordinates are finite, two or one elsewhere) are added up as they are computed, and one A^T turns 25
/// sums into 4x4 outputs.
/// </summary>
internal readonly struct StridedForward : IForwardScheme
{
    public static int OutTile => 4;

    public static int InTile => 9;

    public static int InStep => 8;

    public static int Values => StridedPhases.Both;

    public static int Filters => StridedPhases.Both;

    public static int Products => StridedPhases.Points;

    public static int ValueOf(int filter) => filter;

    public static int ProductOf(int filter) => StridedPhases.PointOf(filter);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V d1 = from.Load(2), d2 = from.Load(4), d3 = from.Load(6);
        StridedPhases.FiniteInputs(from.Load(0), d1, d2, d3, to, 0);
        to.Store(4, StridedPhases.InfiniteInput(d1, d2, d3, from.Load(8)));
        StridedPhases.FiniteInputs(from.Load(1), from.Load(3), from.Load(5), from.Load(7), to, StridedPhases.Points);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V> =>
        StridedPhases.Filter<V, TFrom, TTo>(from, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        StridedPhases.Outputs(
            from.Load(0), from.Load(1), from.Load(2), from.Load(3), from.Load(4), out V y0, out V y1, out V y2, out V y3);
        to.Store(0, y0);
        to.Store(1, y1);
        to.Store(2, y2);
        to.Store(3, y3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputAdjoint<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V y0 = from.Load(0), y1 = from.Load(1), y2 = from.Load(2), y3 = from.Load(3);
        V even = y0 + y2, odd = y1 + y3;
        to.Store(0, y0);
        to.Store(1, even + odd);
        to.Store(2, even - odd);
        to.Store(3, V.MultiplyAdd(V.Create(8), y3, V.MultiplyAdd(V.Create(4), y2, V.MultiplyAdd(V.Create(2), y1, y0))));
        to.Store(4, y3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterAdjoint<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V half = V.Create(0.5f), sixth = V.Create(1f / 6);
        V u1 = from.Load(1), u2 = from.Load(2), u3 = from.Load(3);
        to.Store(0, V.MultiplyAdd(half, from.Load(0) + u1, sixth * (u2 + u3)));
        to.Store(1, V.MultiplyAdd(half, from.Load(5) + from.Load(6), sixth * (from.Load(7) + from.Load(8))));
        to.Store(2, V.MultiplyAdd(half, u1, V.MultiplyAdd(sixth, u3 + u3 - u2, from.Load(4))));
    }
}
