using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace WrnEngine.Devices.Cpu.Gemm;

internal static unsafe partial class GemmKernel
{
    // Up to 12 sums, 2 vectors of B and the broadcast: 15 of 16 registers where there are that few. One rounding or two per step: as
    // the processor does it faster.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PortableTile<TVectors>(GemmTile* t) where TVectors : struct, IVectorCount
    {
        Vector128<float> c00 = default, c01 = default;
        Vector128<float> c10 = default, c11 = default;
        Vector128<float> c20 = default, c21 = default;
        Vector128<float> c30 = default, c31 = default;
        Vector128<float> c40 = default, c41 = default;
        Vector128<float> c50 = default, c51 = default;
        nint aStep = t->AStep, bStep = t->BStep;
        for (int s = 0; s < t->SegmentCount; s++)
        {
            float* a = t->A + t->ASegments[s], b = t->B + t->BSegments[s];
            int* rows = t->ARows;
            float* a0 = a + rows[0], a1 = a + rows[1], a2 = a + rows[2], a3 = a + rows[3], a4 = a + rows[4], a5 = a + rows[5];
            nint k = 0;
            for (int left = t->Run; left > 0; left--)
            {
                var b0 = Vector128.Load(b);
                var b1 = TVectors.Count > 1 ? Vector128.Load(b + 4) : default;
                var x0 = Vector128.Create(a0[k]);
                c00 = Vector128.MultiplyAddEstimate(x0, b0, c00);
                if (TVectors.Count > 1) c01 = Vector128.MultiplyAddEstimate(x0, b1, c01);
                var x1 = Vector128.Create(a1[k]);
                c10 = Vector128.MultiplyAddEstimate(x1, b0, c10);
                if (TVectors.Count > 1) c11 = Vector128.MultiplyAddEstimate(x1, b1, c11);
                var x2 = Vector128.Create(a2[k]);
                c20 = Vector128.MultiplyAddEstimate(x2, b0, c20);
                if (TVectors.Count > 1) c21 = Vector128.MultiplyAddEstimate(x2, b1, c21);
                var x3 = Vector128.Create(a3[k]);
                c30 = Vector128.MultiplyAddEstimate(x3, b0, c30);
                if (TVectors.Count > 1) c31 = Vector128.MultiplyAddEstimate(x3, b1, c31);
                var x4 = Vector128.Create(a4[k]);
                c40 = Vector128.MultiplyAddEstimate(x4, b0, c40);
                if (TVectors.Count > 1) c41 = Vector128.MultiplyAddEstimate(x4, b1, c41);
                var x5 = Vector128.Create(a5[k]);
                c50 = Vector128.MultiplyAddEstimate(x5, b0, c50);
                if (TVectors.Count > 1) c51 = Vector128.MultiplyAddEstimate(x5, b1, c51);
                k += aStep;
                b += bStep;
            }
        }
        PortableRow<TVectors>(t, 0, c00, c01);
        PortableRow<TVectors>(t, 1, c10, c11);
        PortableRow<TVectors>(t, 2, c20, c21);
        PortableRow<TVectors>(t, 3, c30, c31);
        PortableRow<TVectors>(t, 4, c40, c41);
        PortableRow<TVectors>(t, 5, c50, c51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PortableRow<TVectors>(GemmTile* t, int row, Vector128<float> v0, Vector128<float> v1)
        where TVectors : struct, IVectorCount
    {
        float* c = t->C + t->CRows[row];
        if (t->Accumulate)
        {
            v0 += Vector128.Load(c);
            if (TVectors.Count > 1) v1 += Vector128.Load(c + 4);
        }
        v0.Store(c);
        if (TVectors.Count > 1) v1.Store(c + 4);
    }
}
