using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

internal sealed class CpuMatMul(CpuDevice device) : IMatMulOps
{
    private readonly object _owner = device;

    public void MatMul(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate, Tensor? bias = null) => throw new NotSupportedException(_owner.ToString());
}
