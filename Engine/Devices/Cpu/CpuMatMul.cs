using WrnEngine.Devices.Cpu.Gemm;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

/// <summary>Matrix products on the CPU: B packed once, then strips of rows of C in parallel, each a chunk of k at a time.</summary>
internal sealed unsafe class CpuMatMul(CpuDevice device) : IMatMulOps
{
    public void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias = null)
    {
        int m = c.Shape[0], n = c.Shape[1], k = transposeA ? a.Shape[0] : a.Shape[1];
        if (m == 0 || n == 0) return;
        new MatrixProduct(device, m, n, k)
        {
            A = (float*)a.Address,
            ARowStride = transposeA ? 1 : k,
            AStep = transposeA ? m : 1,
            B = (float*)b.Address,
            BKStride = transposeB ? 1 : n,
            BColumnStride = transposeB ? k : 1,
            C = (float*)c.Address,
            Accumulate = accumulate,
            Bias = bias is null ? null : (float*)bias.Address,
        }.Run();
    }
}
