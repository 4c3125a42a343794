using System.Runtime.InteropServices;

namespace WrnEngine.Kernels;

/// <summary>What a convolution does to its input while reading it: x * scale[c] + shift[c], then ReLU. Addresses on the device, or 0.</summary>
public readonly record struct TensorConvPrologue(nint Scale, nint Shift, bool Relu);

/// <summary>What a convolution does to its output while writing it: adds a residual of the same shape and type, reduces the sum per channel to
/// mean and biased variance [outC] float32. Addresses on the device, or 0; mean and variance go together.</summary>
public readonly record struct TensorConvEpilogue(nint Residual, nint Mean, nint Variance);

/// <summary>The batch norm, with or without ReLU, whose output the convolution read: x like gradX, mean, scale and shift [inC] float32; its two sums
/// [inC] float32 are written. Addresses on the device; X of 0 is none.</summary>
public readonly record struct TensorConvBackwardEpilogue(nint X, nint Mean, nint Scale, nint Shift, bool Relu, nint SumGrad, nint SumGradDeviation);

/// <summary>Twins of the structs in <c>Common/mma_conv.cuh</c> and <c>conv2d_tensor.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TensorGather
{
    public FastDivisor Rows, Columns, TapsW, Channels;
    public int SourceH, SourceW, Depth;
    public int StepH, StepW, OriginH, OriginW, TapStepH, TapStepW;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TensorFilterTaps
{
    public int KernelH, KernelW, FirstH, FirstW, StepH, StepW;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TensorConvArgs
{
    public nint Source, Weight, Target, Addend, Scale, Shift, NormX, NormMean, TileFirst, TileSecond;
    public TensorGather Gather;
    public TensorFilterTaps Taps;
    public int Pixels, Outputs, Relu, TilesN;
    public int Dense;
    public int TargetH, TargetW, TargetStepH, TargetStepW, TargetOriginH, TargetOriginW;
}

[StructLayout(LayoutKind.Sequential)]
internal struct TensorConvWeightArgs
{
    public nint Source, Grad, Partials, Scale, Shift;
    public TensorGather Gather;
    public int Pixels, Outputs, Relu, TilesN;
    public int Steps, StepsPerSplit;
}
