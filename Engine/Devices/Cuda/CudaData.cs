using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

internal sealed class CudaData(CudaDevice device) : IDataOps
{
    private readonly CudaAugment _augment = new(device);

    public void Dropout(Tensor x, Tensor? sampleIndices, float p, in DropoutKey key, Tensor y, bool accumulate) => throw new NotSupportedException($"{device.Name}");

    public void Augment(Tensor images, Tensor indices, Tensor mean, Tensor scale, in AugmentSettings settings, Tensor y) =>
        _augment.Augment(images, indices, mean, scale, settings, y);
}
