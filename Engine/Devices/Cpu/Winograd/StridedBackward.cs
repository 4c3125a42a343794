using System.Runtime.CompilerServices;
using WrnEngine.Devices.Cpu.Conv;
using WrnEngine.Devices.Cpu.Simd;

namespace WrnEngine.Devices.Cpu.Winograd;

/// <summary>
/// gradX of a convolution of stride 2 (see <see cref="StridedPhases"/>). Of x with its border in front, the pixels 2q + 1 receive g1 dy[q] and the
/// pixels 2q + 2 receive g2 dy[q] + g0 dy[q + 1]. Both are filters of the same dy, so that one transform of 5x5 gradients serves all phases: 25
/// values, 81 products, and 4x4 pixels of each of four phases. They lie between each other: 8x8 pixels that begin with an odd one.
/// </summary>
internal readonly struct StridedBackward : IScheme
{
    public static int OutTile => 8;

    public static int InTile => 5;

    public static int InStep => 4;

    public static int Values => StridedPhases.Points;

    public static int Filters => StridedPhases.Both;

    public static int Products => StridedPhases.Both;

    public static int ValueOf(int filter) => StridedPhases.PointOf(filter);

    public static int ProductOf(int filter) => filter;

    /// <summary>
    /// The correlation whose tiles these are: gradX from gradY with the taps in reverse. A tile begins with an odd pixel of the padded x; when the
    /// padding is even, that is the one before the image.
    /// </summary>
    public static Correlation Correlation(in Conv2dShape s)
    {
        int beforeH = (s.PaddingH + 1) % 2, beforeW = (s.PaddingW + 1) % 2;
        return Conv.Correlation.BackwardInput(s with { StrideH = 1, StrideW = 1 }, 0, 0) with
        {
            SourceH = s.OutH,
            SourceW = s.OutW,
            OriginH = (s.PaddingH + 1) / 2 - 1,
            OriginW = (s.PaddingW + 1) / 2 - 1,
            OutH = s.H + beforeH,
            OutW = s.W + beforeW,
            TargetOffsetH = -beforeH,
            TargetOffsetW = -beforeW,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        V d1 = from.Load(1), d2 = from.Load(2), d3 = from.Load(3);
        StridedPhases.FiniteInputs(from.Load(0), d1, d2, d3, to, 0);
        to.Store(4, StridedPhases.InfiniteInput(d1, d2, d3, from.Load(4)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V> =>
        StridedPhases.Filter<V, TFrom, TTo>(from, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V, TFrom, TTo>(TFrom from, TTo to) where V : unmanaged, IVec<V> where TFrom : struct, ILineSource<V> where TTo : struct, ILineTarget<V>
    {
        StridedPhases.Outputs(
            from.Load(5), from.Load(6), from.Load(7), from.Load(8), V.Zero, out V y0, out V y1, out V y2, out V y3);
        to.Store(0, y0);
        to.Store(2, y1);
        to.Store(4, y2);
        to.Store(6, y3);
        StridedPhases.Outputs(
            from.Load(0), from.Load(1), from.Load(2), from.Load(3), from.Load(4), out y0, out y1, out y2, out y3);
        to.Store(1, y0);
        to.Store(3, y1);
        to.Store(5, y2);
        to.Store(7, y3);
    }
}
