using System.Runtime.InteropServices;
using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Training.Data;

namespace WrnEngine.Training;

/// <summary>Moves batches to a device.</summary>
internal static class BatchTensors
{
    /// <summary>Images [N, 3, H, W], whose stored order is the batch's own [N, H, W, 3], and labels [N].</summary>
    public static (Tensor Images, Tensor Labels) ToTensors(this ImageBatch batch, ImageDataset source, Device device)
    {
        var images = Tensor.Empty([batch.Count, ImageDataset.Channels, source.Height, source.Width], device);
        device.CopyFromHost(MemoryMarshal.AsBytes(batch.Images), images);
        return (images, Tensor.From<int>(batch.Labels, [batch.Count], device));
    }
}
