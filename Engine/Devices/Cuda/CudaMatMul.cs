using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaMatMul(CudaDevice device) : IMatMulOps
{
    public void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias = null) => throw new NotSupportedException($"{device.Name}");
}
