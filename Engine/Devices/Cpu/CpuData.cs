using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

internal sealed class CpuData(ThreadTeam team) : IDataOps
{
    private readonly object _owner = team;

    public void Dropout(Tensor x, Tensor? sampleIndices, float p, in DropoutKey key, Tensor y, bool accumulate) => throw new NotSupportedException(_owner.ToString());
}
