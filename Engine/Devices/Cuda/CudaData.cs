using WrnEngine.Kernels;
using WrnEngine.Rng;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// Dropout, with masks from the counter-based generator: nothing is stored, and the mask is the same on every device; and batches of training samples
/// with the same crops and flips as on the host.
/// </summary>
internal sealed class CudaData(CudaDevice device) : IDataOps
{
    private readonly DropoutKernels _dropout = new(device.Context.Library);
    private readonly AugmentKernels _augment = new(device.Context.Library);

    public void Dropout(Tensor x, Tensor? sampleIndices, float p, in DropoutKey key, Tensor y, bool accumulate)
    {
        DropoutKey.Verify(p);
        if (x.Numel == 0) return;
        var random = new DropoutStream(
            (uint)key.Seed, (uint)(key.Seed >> 32), key.Step, CudaDevice.AddressOf(key.Step.Place), Philox.Domain(RandomPurpose.Dropout, key.Layer));
        var type = CudaTypes.Activations(x, y);
        nint samples = CudaDevice.AddressOf(sampleIndices);
        long batch = x.Rank == 0 ? 1 : x.Shape[0];
        if (StorageOrder.IsRowMajor(x.Shape))
            _dropout.Rows(device.Context.Stream, type, x.Address, samples, y.Address, batch, x.Numel / batch, p, random, accumulate);
        else
            _dropout.Nhwc(
                device.Context.Stream, type, x.Address, samples, y.Address, batch, (long)x.Shape[2] * x.Shape[3], x.Shape[1], p, random, accumulate);
    }

    public void Augment(Tensor images, Tensor indices, Tensor mean, Tensor scale, in AugmentSettings settings, Tensor y)
    {
        var type = CudaTypes.Activations(y);
        CudaTypes.RequireFloat32(mean, scale);
        settings.Verify(images.Shape);
        var draw = new AugmentDraw(
            settings.Seed, settings.Epoch, CudaDevice.AddressOf(settings.Epoch.Place), Philox.Domain(RandomPurpose.Augment), settings.Padding, settings.Flip);
        _augment.Augment(
            device.Context.Stream, y.Shape[0], images.Shape[2], images.Shape[3], images.Shape[1], images.Address, indices.Address, mean.Address, scale.Address,
            draw, y.Address, type);
    }
}
