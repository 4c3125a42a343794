using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Training.Data;

namespace WrnEngine.Training;

/// <summary>
/// The images of data sets as bytes on a device with memory of its own, uploaded once, so that a step sends it indices and labels and no pixels.
/// </summary>
/// <param name="device">Where; its <see cref="Device.ResidentBytes"/> say how much may be kept.</param>
internal sealed class ResidentImages(Device device) : IDisposable
{
    private readonly Dictionary<ImageDataset, Tensor> _images = [];
    private long _bytesLeft = device.ResidentBytes;

    /// <summary>[count, 3, H, W] uint8, uploaded by the first call; null for images that aren't bytes in memory, or are too many for what is left.</summary>
    public Tensor? Of(ImageDataset source)
    {
        if (_images.TryGetValue(source, out var images)) return images;
        if (!source.IsInMemory || source.Pixels.LongLength > _bytesLeft) return null;
        _bytesLeft -= source.Pixels.LongLength;
        images = Tensor.Empty([source.Count, ImageDataset.Channels, source.Height, source.Width], device, DType.UInt8);
        device.CopyFromHost(source.Pixels, images);
        return _images[source] = images;
    }

    /// <summary>Gives their memory back.</summary>
    public void Dispose()
    {
        foreach (var images in _images.Values) images.Release();
        _images.Clear();
    }
}
