using System.Runtime.InteropServices;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Training;

/// <summary>Images that the host sends to one place on a device, step after step.</summary>
internal sealed class PixelUpload : IDisposable
{
    private readonly Upload _upload;

    /// <summary>Takes the memory.</summary>
    /// <param name="shape">[N, 3, H, W].</param>
    /// <param name="device">Where.</param>
    public PixelUpload(Shape shape, Device device)
    {
        var images = Tensor.Empty(shape, device);
        Images = StepScope.Current?.Keep(images) ?? images;
        _upload = device.CreateUpload(Images);
    }

    /// <summary>What was sent last.</summary>
    public Tensor Images { get; }

    /// <summary>Sends pixels as they are stored, [N, H, W, 3].</summary>
    public void Send(ReadOnlySpan<float> pixels) => _upload.Send(MemoryMarshal.AsBytes(pixels));

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _upload.Dispose();
        Images.Release();
    }
}
