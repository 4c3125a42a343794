using WrnEngine.Autograd;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Changing the number of channels without weights.</summary>
public static class ChannelOps
{
    /// <summary>
    /// Appends channels of zeros: [N, C, H, W] becomes [N, channels, H, W]. With a stride, the parameter-free shortcut of He et al., 2015
    /// (option A): <c>x.AveragePool2d(1, stride).PadChannels(channels)</c>.
    /// </summary>
    /// <exception cref="ShapeException">x has another rank or more channels already.</exception>
    public static Tensor PadChannels(this Tensor x, int channels)
    {
        Check.Rank("pad_channels", x, 4, "[N, C, H, W]");
        if (channels < x.Shape[1]) throw new ShapeException($"pad_channels: x {x.Shape} has more than {channels} channels already");
        var y = Tensor.Empty([x.Shape[0], channels, x.Shape[2], x.Shape[3]], x.Device, x.DType);
        x.Device.Elementwise.ResizeChannels(x, y, accumulate: false);
        if (GradTape.Records(x))
            GradTape.Record("pad_channels", y, [x], [], n =>
                n.GradOutput.Device.Elementwise.ResizeChannels(n.GradOutput, n.GradInput(0, out bool add), add));
        return y;
    }
}
