using System.Runtime.Intrinsics;

namespace WrnEngine.Devices.Cpu.Gemm;

/// <summary>Brings the right-hand matrix of a product into <see cref="Panels"/>: per panel, k by k, the columns side by side.</summary>
internal static unsafe class PackB
{
    /// <summary>
    /// Packs rows <paramref name="kStart"/> .. <paramref name="kEnd"/> - 1 of one panel. Element (k, n) of the source is at
    /// <c>source[k * kStride + n * nStride]</c>; one of the strides is 1. Columns beyond the matrix become zero.
    /// </summary>
    public static void Pack(float* source, long kStride, long nStride, in Panels panels, int panel, int kStart, int kEnd, float* target)
    {
        int columns = panels.ColumnsIn(panel), width = panels.WidthOf(panel);
        source += (long)panel * GemmKernel.MaxWidth * nStride;
        if (nStride == 1)
        {
            for (long k = kStart; k < kEnd; k++)
            {
                new ReadOnlySpan<float>(source + k * kStride, columns).CopyTo(new Span<float>(target + k * width, columns));
                if (columns < width) new Span<float>(target + k * width + columns, width - columns).Clear();
            }
            return;
        }
        int n = 0;
        for (; n + 4 <= columns; n += 4) PackFourColumns(source + n * nStride, kStride, nStride, kStart, kEnd, target + n, width);
        for (; n < columns; n++)
            for (long k = kStart; k < kEnd; k++) target[k * width + n] = source[k * kStride + n * nStride];
        for (; n < width; n++)
            for (long k = kStart; k < kEnd; k++) target[k * width + n] = 0;
    }

    // Four columns at a time: 4 x 4 blocks are transposed in registers where k is contiguous in the source.
    private static void PackFourColumns(float* source, long kStride, long nStride, int kStart, int kEnd, float* target, int width)
    {
        long k = kStart;
        if (kStride == 1)
        {
            for (; k + 4 <= kEnd; k += 4)
            {
                var r0 = Vector128.Load(source + k);
                var r1 = Vector128.Load(source + k + nStride);
                var r2 = Vector128.Load(source + k + 2 * nStride);
                var r3 = Vector128.Load(source + k + 3 * nStride);
                Transpose(ref r0, ref r1, ref r2, ref r3);
                float* t = target + k * width;
                r0.Store(t);
                r1.Store(t + width);
                r2.Store(t + 2 * width);
                r3.Store(t + 3 * width);
            }
        }
        for (; k < kEnd; k++)
            for (int n = 0; n < 4; n++) target[k * width + n] = source[k * kStride + n * nStride];
    }

    private static void Transpose(ref Vector128<float> r0, ref Vector128<float> r1, ref Vector128<float> r2, ref Vector128<float> r3)
    {
        // Halves first, as pairs of numbers, then the numbers within the pairs.
        var low01 = Vector128.Create(r0.GetLower(), r1.GetLower());
        var high01 = Vector128.Create(r0.GetUpper(), r1.GetUpper());
        var low23 = Vector128.Create(r2.GetLower(), r3.GetLower());
        var high23 = Vector128.Create(r2.GetUpper(), r3.GetUpper());
        var a = Vector128.Shuffle(low01, Vector128.Create(0, 2, 1, 3)); // r0[0] r1[0] r0[1] r1[1]
        var b = Vector128.Shuffle(low23, Vector128.Create(0, 2, 1, 3));
        var c = Vector128.Shuffle(high01, Vector128.Create(0, 2, 1, 3));
        var d = Vector128.Shuffle(high23, Vector128.Create(0, 2, 1, 3));
        r0 = Vector128.Create(a.GetLower(), b.GetLower());
        r1 = Vector128.Create(a.GetUpper(), b.GetUpper());
        r2 = Vector128.Create(c.GetLower(), d.GetLower());
        r3 = Vector128.Create(c.GetUpper(), d.GetUpper());
    }
}
