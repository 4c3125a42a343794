using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>Mean and biased variance of a tensor over N, H and W for each channel.</summary>
/// <param name="Mean">[C].</param>
/// <param name="Variance">[C].</param>
public sealed record ChannelMoments(Tensor Mean, Tensor Variance)
{
    /// <summary>Room for the moments of a number of channels, owned by whoever asks and by no scope.</summary>
    internal static ChannelMoments Empty(int channels, Device device) =>
        new(Tensor.Empty([channels], device).OutOfScope(), Tensor.Empty([channels], device).OutOfScope());

    /// <summary>Gives both up.</summary>
    public void Release()
    {
        Mean.Release();
        Variance.Release();
    }
}
