using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaData(CudaDevice device) : IDataOps
{
    public void Dropout(Tensor x, Tensor? sampleIndices, float p, in DropoutKey key, Tensor y, bool accumulate) => throw new NotSupportedException($"{device.Name}");
}
