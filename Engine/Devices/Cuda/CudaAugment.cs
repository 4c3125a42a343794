using WrnEngine.Kernels;
using WrnEngine.Rng;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>Batches of training samples by the kernel of <c>augment.cu</c>.</summary>
internal sealed class CudaAugment(CudaDevice device)
{
    private readonly AugmentKernels _kernels = new(device.Context.Library);

    /// <inheritdoc cref="IDataOps.Augment"/>
    public void Augment(Tensor images, Tensor indices, Tensor mean, Tensor scale, in AugmentSettings settings, Tensor y)
    {
        settings.Verify(images.Shape);
        var draw = new AugmentDraw(settings.Seed, settings.Epoch, Philox.Domain(RandomPurpose.Augment), settings.Padding, settings.Flip);
        _kernels.Augment(
            device.Context.Stream, y.Shape[0], images.Shape[2], images.Shape[3], images.Shape[1], images.Address, indices.Address, mean.Address, scale.Address,
            draw, y.Address);
    }
}
