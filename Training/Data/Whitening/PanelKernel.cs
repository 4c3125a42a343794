using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace WrnEngine.Training.Data.Whitening;

/// <summary>
/// The inner loop of a product of doubles: a tile of C = A'B whose sums stay in registers over all of k. The named sums stand in straight-line
/// code because the JIT keeps neither an array of vectors nor a loop over them in registers. Every sum runs over k in order, so the
/// vectors' width does not show in the result.
/// </summary>
internal static unsafe class PanelKernel
{
    private static bool Is512 => Vector512.IsHardwareAccelerated;

    /// <summary>Columns of a panel and of a tile: three vectors.</summary>
    public static int Width => Is512 ? 24 : 12;

    /// <summary>Rows of a tile; they divide <see cref="Width"/>.</summary>
    public static int TileRows => Is512 ? 8 : 4;

    /// <summary>C[r, j] (+)= sum over k of a[k * Width + r] * b[k * Width + j], for TileRows rows that follow each other in a panel of C.</summary>
    /// <param name="a">The first of TileRows neighbouring columns in a panel of A.</param>
    /// <param name="b">A panel of B.</param>
    /// <param name="c">The tile in a panel of C.</param>
    /// <param name="k">Rows of A and B.</param>
    /// <param name="accumulate">Add to C.</param>
    public static void Tile(double* a, double* b, double* c, int k, bool accumulate)
    {
        if (Is512) Tile512(a, b, c, k, accumulate);
        else Tile256(a, b, c, k, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile512(double* a, double* b, double* c, int k, bool accumulate)
    {
        Vector512<double> c00 = default, c01 = default, c02 = default;
        Vector512<double> c10 = default, c11 = default, c12 = default;
        Vector512<double> c20 = default, c21 = default, c22 = default;
        Vector512<double> c30 = default, c31 = default, c32 = default;
        Vector512<double> c40 = default, c41 = default, c42 = default;
        Vector512<double> c50 = default, c51 = default, c52 = default;
        Vector512<double> c60 = default, c61 = default, c62 = default;
        Vector512<double> c70 = default, c71 = default, c72 = default;
        for (; k > 0; k--)
        {
            var b0 = Vector512.Load(b);
            var b1 = Vector512.Load(b + 8);
            var b2 = Vector512.Load(b + 16);
            var x0 = Vector512.Create(a[0]);
            c00 = Vector512.MultiplyAddEstimate(x0, b0, c00);
            c01 = Vector512.MultiplyAddEstimate(x0, b1, c01);
            c02 = Vector512.MultiplyAddEstimate(x0, b2, c02);
            var x1 = Vector512.Create(a[1]);
            c10 = Vector512.MultiplyAddEstimate(x1, b0, c10);
            c11 = Vector512.MultiplyAddEstimate(x1, b1, c11);
            c12 = Vector512.MultiplyAddEstimate(x1, b2, c12);
            var x2 = Vector512.Create(a[2]);
            c20 = Vector512.MultiplyAddEstimate(x2, b0, c20);
            c21 = Vector512.MultiplyAddEstimate(x2, b1, c21);
            c22 = Vector512.MultiplyAddEstimate(x2, b2, c22);
            var x3 = Vector512.Create(a[3]);
            c30 = Vector512.MultiplyAddEstimate(x3, b0, c30);
            c31 = Vector512.MultiplyAddEstimate(x3, b1, c31);
            c32 = Vector512.MultiplyAddEstimate(x3, b2, c32);
            var x4 = Vector512.Create(a[4]);
            c40 = Vector512.MultiplyAddEstimate(x4, b0, c40);
            c41 = Vector512.MultiplyAddEstimate(x4, b1, c41);
            c42 = Vector512.MultiplyAddEstimate(x4, b2, c42);
            var x5 = Vector512.Create(a[5]);
            c50 = Vector512.MultiplyAddEstimate(x5, b0, c50);
            c51 = Vector512.MultiplyAddEstimate(x5, b1, c51);
            c52 = Vector512.MultiplyAddEstimate(x5, b2, c52);
            var x6 = Vector512.Create(a[6]);
            c60 = Vector512.MultiplyAddEstimate(x6, b0, c60);
            c61 = Vector512.MultiplyAddEstimate(x6, b1, c61);
            c62 = Vector512.MultiplyAddEstimate(x6, b2, c62);
            var x7 = Vector512.Create(a[7]);
            c70 = Vector512.MultiplyAddEstimate(x7, b0, c70);
            c71 = Vector512.MultiplyAddEstimate(x7, b1, c71);
            c72 = Vector512.MultiplyAddEstimate(x7, b2, c72);
            a += Width;
            b += Width;
        }

        Row512(c, accumulate, c00, c01, c02);
        Row512(c + 24, accumulate, c10, c11, c12);
        Row512(c + 48, accumulate, c20, c21, c22);
        Row512(c + 72, accumulate, c30, c31, c32);
        Row512(c + 96, accumulate, c40, c41, c42);
        Row512(c + 120, accumulate, c50, c51, c52);
        Row512(c + 144, accumulate, c60, c61, c62);
        Row512(c + 168, accumulate, c70, c71, c72);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row512(double* c, bool accumulate, Vector512<double> v0, Vector512<double> v1, Vector512<double> v2)
    {
        if (accumulate)
        {
            v0 += Vector512.Load(c);
            v1 += Vector512.Load(c + 8);
            v2 += Vector512.Load(c + 16);
        }

        v0.Store(c);
        v1.Store(c + 8);
        v2.Store(c + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile256(double* a, double* b, double* c, int k, bool accumulate)
    {
        Vector256<double> c00 = default, c01 = default, c02 = default;
        Vector256<double> c10 = default, c11 = default, c12 = default;
        Vector256<double> c20 = default, c21 = default, c22 = default;
        Vector256<double> c30 = default, c31 = default, c32 = default;
        for (; k > 0; k--)
        {
            var b0 = Vector256.Load(b);
            var b1 = Vector256.Load(b + 4);
            var b2 = Vector256.Load(b + 8);
            var x0 = Vector256.Create(a[0]);
            c00 = Vector256.MultiplyAddEstimate(x0, b0, c00);
            c01 = Vector256.MultiplyAddEstimate(x0, b1, c01);
            c02 = Vector256.MultiplyAddEstimate(x0, b2, c02);
            var x1 = Vector256.Create(a[1]);
            c10 = Vector256.MultiplyAddEstimate(x1, b0, c10);
            c11 = Vector256.MultiplyAddEstimate(x1, b1, c11);
            c12 = Vector256.MultiplyAddEstimate(x1, b2, c12);
            var x2 = Vector256.Create(a[2]);
            c20 = Vector256.MultiplyAddEstimate(x2, b0, c20);
            c21 = Vector256.MultiplyAddEstimate(x2, b1, c21);
            c22 = Vector256.MultiplyAddEstimate(x2, b2, c22);
            var x3 = Vector256.Create(a[3]);
            c30 = Vector256.MultiplyAddEstimate(x3, b0, c30);
            c31 = Vector256.MultiplyAddEstimate(x3, b1, c31);
            c32 = Vector256.MultiplyAddEstimate(x3, b2, c32);
            a += Width;
            b += Width;
        }

        Row256(c, accumulate, c00, c01, c02);
        Row256(c + 12, accumulate, c10, c11, c12);
        Row256(c + 24, accumulate, c20, c21, c22);
        Row256(c + 36, accumulate, c30, c31, c32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row256(double* c, bool accumulate, Vector256<double> v0, Vector256<double> v1, Vector256<double> v2)
    {
        if (accumulate)
        {
            v0 += Vector256.Load(c);
            v1 += Vector256.Load(c + 4);
            v2 += Vector256.Load(c + 8);
        }

        v0.Store(c);
        v1.Store(c + 4);
        v2.Store(c + 8);
    }
}
