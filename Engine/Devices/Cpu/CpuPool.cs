using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

internal sealed class CpuPool(ThreadTeam team) : IPoolOps
{
    private readonly object _owner = team;

    public void MaxPool2d(in Pool2dShape shape, Tensor x, Tensor y, Tensor index) => throw new NotSupportedException(_owner.ToString());

    public void MaxPool2dBackward(in Pool2dShape shape, Tensor index, Tensor gradY, Tensor gradX, bool accumulate) => throw new NotSupportedException(_owner.ToString());

    public void AveragePool2d(in Pool2dShape shape, Tensor x, Tensor y) => throw new NotSupportedException(_owner.ToString());

    public void AveragePool2dBackward(in Pool2dShape shape, Tensor gradY, Tensor gradX, bool accumulate) => throw new NotSupportedException(_owner.ToString());
}
