using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu;

internal sealed class CpuOptimizer(ThreadTeam team) : IOptimizerOps
{
    private readonly object _owner = team;

    public void SgdStep(ReadOnlySpan<SgdSlot> slots, in SgdSettings settings) => throw new NotSupportedException(_owner.ToString());
}
