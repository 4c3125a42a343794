using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaPool(CudaDevice device) : IPoolOps
{
    public void MaxPool2d(in Pool2dShape shape, Tensor x, Tensor y, Tensor index) => throw new NotSupportedException($"{device.Name}");

    public void MaxPool2dBackward(in Pool2dShape shape, Tensor index, Tensor gradY, Tensor gradX, bool accumulate) => throw new NotSupportedException($"{device.Name}");

    public void AveragePool2d(in Pool2dShape shape, Tensor x, Tensor y) => throw new NotSupportedException($"{device.Name}");

    public void AveragePool2dBackward(in Pool2dShape shape, Tensor gradY, Tensor gradX, bool accumulate) => throw new NotSupportedException($"{device.Name}");
}
