using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Matrix products by tiles; where the result has few of them, the sums are split, and a second kernel adds the splits in order. bfloat16 factors are
/// multiplied on tensor cores where sizes and addresses suit them, else widened to float32.
/// </summary>
internal sealed class CudaMatMul(CudaDevice device) : IMatMulOps
{
    private readonly MatMulKernels _kernels = new(device.Context.Library, device.Context.Multiprocessors);
    private readonly MatMulTensorKernels _tensorKernels = new(device.Context.Library);
    private readonly GemmSplitsKernels _splits = new(device.Context.Library);

    public void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias = null)
    {
        int m = c.Shape[0], n = c.Shape[1], k = transposeA ? a.Shape[0] : a.Shape[1];
        if (m == 0 || n == 0) return;
        if (a.DType == DType.Float32 && b.DType == DType.Float32 && c.DType == DType.Float32) Multiply(m, n, k, a, transposeA, b, transposeB, c, accumulate, bias);
        else if (!TryTensorCores(new MatMulTensorShape(m, n, k, transposeA, transposeB), a, b, c, accumulate, bias)) MultiplyWidened(a, transposeA, b, transposeB, c, accumulate, bias);
    }

    private bool TryTensorCores(in MatMulTensorShape shape, Tensor a, Tensor b, Tensor c, bool accumulate, Tensor? bias)
    {
        const TensorCoreType Type = TensorCoreType.BFloat16;
        if (a.DType != DType.BFloat16 || b.DType != DType.BFloat16 || shape.K == 0 || !_tensorKernels.Supports(Type, shape)) return false;
        foreach (var tensor in (ReadOnlySpan<Tensor?>)[a, b, c, bias])
            if (CudaDevice.AddressOf(tensor) % 16 != 0) return false;
        _tensorKernels.MatMul(
            device.Context.Stream, Type, shape, a.Address, b.Address, c.Address, cIsFloat: c.DType == DType.Float32, accumulate, CudaDevice.AddressOf(bias));
        return true;
    }

    private void MultiplyWidened(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias)
    {
        using var widened = new Widened();
        var result = c.DType == DType.Float32 ? c : widened.Room(c, fill: accumulate);
        MatMul(widened.Of(a), transposeA, widened.Of(b), transposeB, result, accumulate, bias);
        if (result != c) c.Device.Elementwise.Cast(result, c);
    }

    private void Multiply(int m, int n, int k, Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias)
    {
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
