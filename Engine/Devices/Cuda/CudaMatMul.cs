using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>Matrix products by tiles; where the result has few of them, the sums are split, and a second kernel adds the splits in order.</summary>
internal sealed class CudaMatMul(CudaDevice device) : IMatMulOps
{
    private readonly MatMulKernels _kernels = new(device.Context.Library, device.Context.Multiprocessors);
    private readonly GemmSplitsKernels _splits = new(device.Context.Library);

    public void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias = null)
    {
        int m = c.Shape[0], n = c.Shape[1], k = transposeA ? a.Shape[0] : a.Shape[1];
        if (m == 0 || n == 0) return;
        nint biasAddress = CudaDevice.AddressOf(bias);
        var vector = MatMulKernels.IsVector(m, n, k, transposeA, transposeB, a.Address, b.Address, c.Address, biasAddress);
        var (tile, splits, depth) = _kernels.Plan(m, n, k, vector);
        var stream = device.Context.Stream;
        if (splits == 1)
        {
            _kernels.Launch(stream, tile, splits, depth, m, n, k, a.Address, transposeA, b.Address, transposeB, c.Address, accumulate, biasAddress);
            return;
        }
        var parts = device.Scratch(splits * c.Numel * sizeof(float));
        _kernels.Launch(stream, tile, splits, depth, m, n, k, a.Address, transposeA, b.Address, transposeB, parts.Address, accumulate: false, bias: 0);
        _splits.Sum(stream, parts.Address, splits, c.Address, c.Numel, accumulate, biasAddress, n);
        parts.Release();
    }
}
