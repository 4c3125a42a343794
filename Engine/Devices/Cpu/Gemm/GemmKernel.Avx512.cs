using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace WrnEngine.Devices.Cpu.Gemm;

internal static unsafe partial class GemmKernel
{
    // Up to 24 sums, 4 vectors of B and the broadcast: 29 of 32 registers. Named sums in straight-line code: the JIT keeps neither an
    // array of vectors nor a loop over them in registers. Compiled at once: a first tier with sums in memory would run for seconds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Avx512Tile<TVectors>(GemmTile* t) where TVectors : struct, IVectorCount
    {
        Vector512<float> c00 = default, c01 = default, c02 = default, c03 = default;
        Vector512<float> c10 = default, c11 = default, c12 = default, c13 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default, c23 = default;
        Vector512<float> c30 = default, c31 = default, c32 = default, c33 = default;
        Vector512<float> c40 = default, c41 = default, c42 = default, c43 = default;
        Vector512<float> c50 = default, c51 = default, c52 = default, c53 = default;
        nint aStep = t->AStep, bStep = t->BStep;
        for (int s = 0; s < t->SegmentCount; s++)
        {
            float* a = t->A + t->ASegments[s], b = t->B + t->BSegments[s];
            int* rows = t->ARows;
            float* a0 = a + rows[0], a1 = a + rows[1], a2 = a + rows[2], a3 = a + rows[3], a4 = a + rows[4], a5 = a + rows[5];
            nint k = 0;
            for (int left = t->Run; left > 0; left--)
            {
                var b0 = Vector512.Load(b);
                var b1 = TVectors.Count > 1 ? Vector512.Load(b + 16) : default;
                var b2 = TVectors.Count > 2 ? Vector512.Load(b + 32) : default;
                var b3 = TVectors.Count > 3 ? Vector512.Load(b + 48) : default;
                var x0 = Vector512.Create(a0[k]);
                c00 = Avx512F.FusedMultiplyAdd(x0, b0, c00);
                if (TVectors.Count > 1) c01 = Avx512F.FusedMultiplyAdd(x0, b1, c01);
                if (TVectors.Count > 2) c02 = Avx512F.FusedMultiplyAdd(x0, b2, c02);
                if (TVectors.Count > 3) c03 = Avx512F.FusedMultiplyAdd(x0, b3, c03);
                var x1 = Vector512.Create(a1[k]);
                c10 = Avx512F.FusedMultiplyAdd(x1, b0, c10);
                if (TVectors.Count > 1) c11 = Avx512F.FusedMultiplyAdd(x1, b1, c11);
                if (TVectors.Count > 2) c12 = Avx512F.FusedMultiplyAdd(x1, b2, c12);
                if (TVectors.Count > 3) c13 = Avx512F.FusedMultiplyAdd(x1, b3, c13);
                var x2 = Vector512.Create(a2[k]);
                c20 = Avx512F.FusedMultiplyAdd(x2, b0, c20);
                if (TVectors.Count > 1) c21 = Avx512F.FusedMultiplyAdd(x2, b1, c21);
                if (TVectors.Count > 2) c22 = Avx512F.FusedMultiplyAdd(x2, b2, c22);
                if (TVectors.Count > 3) c23 = Avx512F.FusedMultiplyAdd(x2, b3, c23);
                var x3 = Vector512.Create(a3[k]);
                c30 = Avx512F.FusedMultiplyAdd(x3, b0, c30);
                if (TVectors.Count > 1) c31 = Avx512F.FusedMultiplyAdd(x3, b1, c31);
                if (TVectors.Count > 2) c32 = Avx512F.FusedMultiplyAdd(x3, b2, c32);
                if (TVectors.Count > 3) c33 = Avx512F.FusedMultiplyAdd(x3, b3, c33);
                var x4 = Vector512.Create(a4[k]);
                c40 = Avx512F.FusedMultiplyAdd(x4, b0, c40);
                if (TVectors.Count > 1) c41 = Avx512F.FusedMultiplyAdd(x4, b1, c41);
                if (TVectors.Count > 2) c42 = Avx512F.FusedMultiplyAdd(x4, b2, c42);
                if (TVectors.Count > 3) c43 = Avx512F.FusedMultiplyAdd(x4, b3, c43);
                var x5 = Vector512.Create(a5[k]);
                c50 = Avx512F.FusedMultiplyAdd(x5, b0, c50);
                if (TVectors.Count > 1) c51 = Avx512F.FusedMultiplyAdd(x5, b1, c51);
                if (TVectors.Count > 2) c52 = Avx512F.FusedMultiplyAdd(x5, b2, c52);
                if (TVectors.Count > 3) c53 = Avx512F.FusedMultiplyAdd(x5, b3, c53);
                k += aStep;
                b += bStep;
            }
        }
        Avx512Row<TVectors>(t, 0, c00, c01, c02, c03);
        Avx512Row<TVectors>(t, 1, c10, c11, c12, c13);
        Avx512Row<TVectors>(t, 2, c20, c21, c22, c23);
        Avx512Row<TVectors>(t, 3, c30, c31, c32, c33);
        Avx512Row<TVectors>(t, 4, c40, c41, c42, c43);
        Avx512Row<TVectors>(t, 5, c50, c51, c52, c53);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Avx512Row<TVectors>(GemmTile* t, int row, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, Vector512<float> v3)
        where TVectors : struct, IVectorCount
    {
        float* c = t->C + t->CRows[row];
        if (t->Accumulate)
        {
            v0 += Vector512.Load(c);
            if (TVectors.Count > 1) v1 += Vector512.Load(c + 16);
            if (TVectors.Count > 2) v2 += Vector512.Load(c + 32);
            if (TVectors.Count > 3) v3 += Vector512.Load(c + 48);
        }
        v0.Store(c);
        if (TVectors.Count > 1) v1.Store(c + 16);
        if (TVectors.Count > 2) v2.Store(c + 32);
        if (TVectors.Count > 3) v3.Store(c + 48);
    }
}
