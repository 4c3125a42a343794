using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaElementwise(CudaDevice device) : IElementwiseOps
{
    private readonly ElementwiseKernels _kernels = new(device.Context.Library);

    public void Fill(Tensor y, float value) => _kernels.Fill(device.Context.Stream, y.Address, y.Numel, value);

    public void Unary(UnaryOp op, Tensor x, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void UnaryBackward(UnaryOp op, Tensor saved, Tensor gradY, Tensor gradX, bool accumulate) => throw new NotSupportedException($"{device.Name}");

    public void Binary(BinaryOp op, Tensor a, Tensor b, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void AddScaled(Tensor a, Tensor x, float alpha, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void ReduceSum(Tensor x, Tensor y, float scale, bool accumulate) => throw new NotSupportedException($"{device.Name}");

    public void CopyLogical(Tensor x, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void ResizeChannels(Tensor x, Tensor y, bool accumulate) => throw new NotSupportedException($"{device.Name}");

    public bool HasNonFinite(Tensor x) => throw new NotSupportedException($"{device.Name}");
}
