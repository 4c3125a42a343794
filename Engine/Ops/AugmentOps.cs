using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Training samples from images that stay on the device as bytes.</summary>
public static class AugmentOps
{
    /// <summary>
    /// A batch: the images at <paramref name="indices"/>, cropped and flipped as <paramref name="settings"/> draws, then (x - mean) * scale. No
    /// gradient flows through it.
    /// </summary>
    /// <param name="images">[count, C, H, W] uint8, the data set.</param>
    /// <param name="indices">[N] int32, each in 0 .. count - 1.</param>
    /// <param name="mean">[C], on the scale of the bytes, 0 to 255.</param>
    /// <param name="scale">[C], 1 / standard deviation.</param>
    /// <param name="settings">Crops and flips; the default makes none.</param>
    /// <returns>[N, C, H, W] float32.</returns>
    /// <exception cref="ShapeException">Types or shapes do not fit, or the padding is not smaller than the images.</exception>
    public static Tensor Augment(this Tensor images, Tensor indices, Tensor mean, Tensor scale, AugmentSettings settings = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(indices);
        if (images.DType != DType.UInt8 || images.Rank != 4)
            throw new ShapeException($"augment: images are {images.DType.ShortName()}{images.Shape}, expected u8 [count, C, H, W]");
        if (indices.DType != DType.Int32 || indices.Rank != 1)
            throw new ShapeException($"augment: indices are {indices.DType.ShortName()}{indices.Shape}, expected i32 [N]");
        Check.Vector("augment", mean, images.Shape[1], "the channels of the images");
        Check.Vector("augment", scale, images.Shape[1], "the channels of the images");
        Check.SameDevice("augment", images, indices);
        Check.SameDevice("augment", images, mean);
        Check.SameDevice("augment", images, scale);
        settings.Verify(images.Shape);
        var y = Tensor.Empty([indices.Shape[0], images.Shape[1], images.Shape[2], images.Shape[3]], images.Device);
        images.Device.Data.Augment(images, indices, mean, scale, settings, y);
        return y;
    }
}
