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
    public static Tensor Conv2d(this Tensor x, Tensor weight, (int H, int W) stride, (int H, int W) padding) =>
        Convolve(ShapeOf(x, weight, stride, padding), x, weight, residual: null, moments: false);

    /// <summary>
    /// conv(x) + residual, and, if <paramref name="moments"/> says so, mean and variance of the result for the batch norm that reads it next: in the
    /// same pass over memory on a device that fuses convolutions, else one op after the other.
    /// </summary>
    /// <param name="x">[N, inC, H, W].</param>
    /// <param name="weight">[outC, inC, kH, kW].</param>
    /// <param name="stride">Step of the window.</param>
    /// <param name="padding">Zeros around x.</param>
    /// <param name="residual">Of the output's shape, or null for nothing to add.</param>
    /// <param name="moments">Take mean and variance along.</param>
    /// <exception cref="ShapeException">The sizes do not fit.</exception>
    public static Tensor Conv2dAdd(this Tensor x, Tensor weight, int stride, int padding, Tensor? residual, bool moments)
    {
        var shape = ShapeOf(x, weight, (stride, stride), (padding, padding));
        if (residual is not null)
        {
            Check.SameDevice("conv2d", x, residual);
            Check.SameType("conv2d", x, residual);
            if (residual.Shape != OutputOf(shape)) throw new ShapeException($"conv2d: the residual has shape {residual.Shape}, the output {OutputOf(shape)}; they must be equal");
        }
        if (x.Device.FusesConvolutions) return Convolve(shape, x, weight, residual, moments);
        var y = Convolve(shape, x, weight, residual: null, moments: false);
        if (residual is null) return y;
        var sum = y + residual;
        y.Release();
        return sum;
    }

    private static Shape OutputOf(in Conv2dShape shape) => [shape.N, shape.OutChannels, shape.OutH, shape.OutW];

    private static Tensor Convolve(Conv2dShape shape, Tensor x, Tensor weight, Tensor? residual, bool moments)
    {
        var y = Tensor.Empty(OutputOf(shape), x.Device, x.DType);
        if (moments && y.Numel > 0) y.Moments = ChannelMoments.Empty(shape.OutChannels, x.Device);
        _ = (weight.Address, residual?.Address); // either may be x itself, which is written then
        var factor = MixedPrecision.FactorOf(weight, x.DType, out var kept);
        var (source, prologue) = DeferredNorm.SourceOf(x);
        x.Device.Conv.Conv2dForward(shape, source, factor, y, prologue, new ConvEpilogue(residual, y.Moments), kept);
        if (GradTape.Records(x, weight, residual))
        {
            DeferredNorm.Of(x)?.AddReader();
            GradTape.Record("conv2d", y, residual is null ? [x, weight] : [x, weight, residual], [x, factor], n => Backward(n, shape));
        }
        if (factor != weight) factor.Release();
        return y;
    }

    private static void Backward(GradNode n, in Conv2dShape shape)
    {
        var conv = n.GradOutput.Device.Conv;
        if (n.HasInput(2) && n.Needs(2)) n.PassGradient(2, n.GradOutput);
        if (n.Needs(1))
        {
            var (source, prologue) = DeferredNorm.SourceOf(n.Saved(0));
            conv.Conv2dBackwardWeight(shape, source, n.GradOutput, n.GradInput(1, out bool addW), addW, prologue);
        }
        if (n.Needs(0))
        {
            var epilogue = DeferredNorm.Of(n.Saved(0))?.ReduceIn(n.Input(0)) ?? default;
            conv.Conv2dBackwardInput(shape, n.GradOutput, n.Saved(1), n.GradInput(0, out bool addX), addX, epilogue);
        }
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
