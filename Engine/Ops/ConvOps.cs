using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Tensors;

namespace WrnEngine.Ops;

/// <summary>Convolutions.</summary>
public static class ConvOps
{
    /// <summary>
    /// 2-d convolution (cross-correlation): x [N, inC, H, W] with weight [outC, inC, kH, kW] gives
    /// [N, outC, (H + 2 padding - kH) / stride + 1, (W + 2 padding - kW) / stride + 1].
    /// </summary>
    /// <exception cref="ShapeException">The sizes do not fit.</exception>
    public static Tensor Conv2d(this Tensor x, Tensor weight, int stride = 1, int padding = 0) => x.Conv2d(weight, (stride, stride), (padding, padding));

    /// <inheritdoc cref="Conv2d(Tensor, Tensor, int, int)"/>
    public static Tensor Conv2d(this Tensor x, Tensor weight, (int H, int W) stride, (int H, int W) padding)
    {
        var shape = ShapeOf(x, weight, stride, padding);
        var y = Tensor.Empty([shape.N, shape.OutChannels, shape.OutH, shape.OutW], x.Device);
        x.Device.Conv.Conv2dForward(shape, x, weight, y);
        if (GradTape.Records(x, weight))
            GradTape.Record("conv2d", y, [x, weight], [x, weight], n =>
            {
                var conv = n.GradOutput.Device.Conv;
                if (n.Needs(1)) conv.Conv2dBackwardWeight(shape, n.Saved(0), n.GradOutput, n.GradInput(1, out bool addW), addW);
                if (n.Needs(0)) conv.Conv2dBackwardInput(shape, n.GradOutput, n.Saved(1), n.GradInput(0, out bool addX), addX);
            });
        return y;
    }

    private static Conv2dShape ShapeOf(Tensor x, Tensor weight, (int H, int W) stride, (int H, int W) padding)
    {
        Check.Rank("conv2d", x, 4, "[N, inC, H, W]");
        Check.Rank("conv2d", weight, 4, "[outC, inC, kH, kW]");
        Check.SameDevice("conv2d", x, weight);
        if (x.Shape[1] != weight.Shape[1])
            throw new ShapeException($"conv2d: x {x.Shape} has {x.Shape[1]} channels but weight {weight.Shape} takes {weight.Shape[1]}");
        if (stride.H < 1 || stride.W < 1) throw new ShapeException($"conv2d: stride {stride} must be at least 1");
        if (padding.H < 0 || padding.W < 0) throw new ShapeException($"conv2d: padding {padding} must not be negative");
        var shape = new Conv2dShape(x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], weight.Shape[0], weight.Shape[2], weight.Shape[3], stride.H, stride.W, padding.H, padding.W);
        if (shape.H + 2 * padding.H < shape.KernelH || shape.W + 2 * padding.W < shape.KernelW || shape.KernelH < 1 || shape.KernelW < 1)
            throw new ShapeException($"conv2d: the kernel of weight {weight.Shape} is larger than x {x.Shape} with padding {padding}; add padding or use a smaller kernel");
        return shape;
    }
}
