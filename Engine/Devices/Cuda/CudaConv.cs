using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaConv(CudaDevice device) : IConvOps
{
    public void Conv2dForward( in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default, KeptFilters? kept = null) => throw new NotSupportedException($"{device.Name}");

    public void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default) => throw new NotSupportedException($"{device.Name}");

    public void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default) => throw new NotSupportedException($"{device.Name}");
}
