using WrnEngine.Kernels;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>Pooling by the kernels of <c>pool.cu</c> and <c>pool_bf16.cu</c>.</summary>
internal sealed class CudaPool(CudaDevice device) : IPoolOps
{
    private readonly PoolKernels _kernels = new(device.Context.Library);

    public void MaxPool2d(in Pool2dShape shape, Tensor x, Tensor y, Tensor index) =>
        _kernels.Max(device.Context.Stream, CudaTypes.Activations(x, y), shape.N, Sizes(shape), x.Address, y.Address, index.Address);

    public void MaxPool2dBackward(in Pool2dShape shape, Tensor index, Tensor gradY, Tensor gradX, bool accumulate) =>
        _kernels.MaxBackward(
            device.Context.Stream, CudaTypes.Activations(gradY, gradX), shape.N, Sizes(shape), index.Address, gradY.Address, gradX.Address, accumulate);

    public void AveragePool2d(in Pool2dShape shape, Tensor x, Tensor y) =>
        _kernels.Average(device.Context.Stream, CudaTypes.Activations(x, y), shape.N, Sizes(shape), x.Address, y.Address);

    public void AveragePool2dBackward(in Pool2dShape shape, Tensor gradY, Tensor gradX, bool accumulate) =>
        _kernels.AverageBackward(device.Context.Stream, CudaTypes.Activations(gradY, gradX), shape.N, Sizes(shape), gradY.Address, gradX.Address, accumulate);

    private static PoolSizes Sizes(in Pool2dShape s) => new()
    {
        Channels = s.Channels,
        H = s.H,
        W = s.W,
        KernelH = s.KernelH,
        KernelW = s.KernelW,
        StrideH = s.StrideH,
        StrideW = s.StrideW,
        PaddingH = s.PaddingH,
        PaddingW = s.PaddingW,
        OutH = s.OutH,
        OutW = s.OutW,
    };
}
