using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>The sizes of a 2-d convolution: x [N, inC, H, W], weight [outC, inC, kH, kW], y [N, outC, outH, outW].</summary>
public readonly record struct Conv2dShape(
    int N, int InChannels, int H, int W, int OutChannels, int KernelH, int KernelW, int StrideH, int StrideW, int PaddingH, int PaddingW)
{
    /// <summary>Rows of the output.</summary>
    public int OutH => (H + 2 * PaddingH - KernelH) / StrideH + 1;

    /// <summary>Columns of the output.</summary>
    public int OutW => (W + 2 * PaddingW - KernelW) / StrideW + 1;

    /// <summary>Multiply-accumulates of one pass, counting the padding: N outH outW outC inC kH kW.</summary>
    public long Macs => (long)N * OutH * OutW * OutChannels * InChannels * KernelH * KernelW;
}

/// <summary>
/// What a convolution does to its input while reading it: x' = x * scale[c] + shift[c], then ReLU: a batch norm applied on the fly.
/// The padding stays zero. The default does nothing.
/// </summary>
/// <param name="Scale">[inC] or null.</param>
/// <param name="Shift">[inC], together with Scale.</param>
/// <param name="Relu">Apply max(x', 0).</param>
public readonly record struct ConvPrologue(Tensor? Scale, Tensor? Shift, bool Relu)
{
    /// <summary>True when there is nothing to do.</summary>
    public bool IsNone => Scale is null && !Relu;
}

/// <summary>
/// What a convolution does to its output while writing it. The default does nothing.
/// </summary>
/// <param name="Residual">Added to the output; same shape.</param>
/// <param name="Moments">Receives mean and variance of the output, residual included: the statistics of a batch norm that follows.</param>
public readonly record struct ConvEpilogue(Tensor? Residual, ChannelMoments? Moments)
{
    /// <summary>True when there is nothing to do.</summary>
    public bool IsNone => Residual is null && Moments is null;
}

/// <summary>
/// What a backward-input pass does to the gradient while writing it, for an input that was relu(x * scale + shift): zero it where that
/// was not positive, and reduce it for the batch norm's backward. The default does nothing.
/// </summary>
/// <param name="X">The batch norm's input [N, inC, H, W], or null.</param>
/// <param name="Mean">[inC], together with X.</param>
/// <param name="Scale">[inC], together with X.</param>
/// <param name="Shift">[inC], together with X.</param>
/// <param name="Relu">Whether there was a ReLU; without one nothing is zeroed.</param>
/// <param name="SumGrad">Receives sum(g) per channel, [inC].</param>
/// <param name="SumGradDeviation">Receives sum(g * (x - mean)) per channel, [inC].</param>
public readonly record struct ConvBackwardEpilogue(
    Tensor? X, Tensor? Mean, Tensor? Scale, Tensor? Shift, bool Relu, Tensor? SumGrad, Tensor? SumGradDeviation)
{
    /// <summary>True when there is nothing to do.</summary>
    public bool IsNone => X is null;
}

/// <summary>
/// 2-d convolutions (cross-correlations, as everywhere in deep learning) on float32. Backward-input is cuDNN's "data" and cutlass's
/// dgrad, backward-weight is "filter" and wgrad. A device that cannot fuse a prologue or epilogue runs the pieces one after another.
/// </summary>
public interface IConvOps
{
    /// <summary>
    /// y = conv(prologue(x), weight), then the epilogue. In <paramref name="kept"/>, if given, the device may keep and find what it makes of the weight.
    /// </summary>
    void Conv2dForward(
        in Conv2dShape shape, Tensor x, Tensor weight, Tensor y, in ConvPrologue prologue = default, in ConvEpilogue epilogue = default, KeptFilters? kept = null);

    /// <summary>gradX (+)= the gradient of the convolution's (prologued) input, then the epilogue.</summary>
    void Conv2dBackwardInput(in Conv2dShape shape, Tensor gradY, Tensor weight, Tensor gradX, bool accumulate, in ConvBackwardEpilogue epilogue = default);

    /// <summary>gradWeight (+)= the gradient of the weight, with the prologue applied to x again.</summary>
    void Conv2dBackwardWeight(in Conv2dShape shape, Tensor x, Tensor gradY, Tensor gradWeight, bool accumulate, in ConvPrologue prologue = default);
}
