using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>Mean and biased variance of a tensor over N, H and W for each channel.</summary>
/// <param name="Mean">[C].</param>
/// <param name="Variance">[C].</param>
public sealed record ChannelMoments(Tensor Mean, Tensor Variance)
{
    /// <summary>Room for the moments of a number of channels, owned by whoever asks and by no scope.</summary>
    internal static ChannelMoments Empty(int channels, Device device)
    {
        var moments = new ChannelMoments(Tensor.Empty([channels], device), Tensor.Empty([channels], device));
        moments.Mean.Scope?.Disown(moments.Mean);
        moments.Variance.Scope?.Disown(moments.Variance);
        return moments;
    }

    /// <summary>Gives both up.</summary>
    public void Release()
    {
        Mean.Release();
        Variance.Release();
    }
}
