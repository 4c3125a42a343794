using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaOptimizer(CudaDevice device) : IOptimizerOps
{
    public void SgdStep(ReadOnlySpan<SgdSlot> slots, in SgdSettings settings) => throw new NotSupportedException($"{device.Name}");
}
