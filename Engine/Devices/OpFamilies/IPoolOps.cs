using WrnEngine.Tensors;

namespace WrnEngine.Devices;

/// <summary>The sizes of a 2-d pooling: x [N, C, H, W], y [N, C, outH, outW]; windows may reach into the padding.</summary>
public readonly record struct Pool2dShape(
    int N, int Channels, int H, int W, int KernelH, int KernelW, int StrideH, int StrideW, int PaddingH, int PaddingW)
{
    /// <summary>Rows of the output.</summary>
    public int OutH => (H + 2 * PaddingH - KernelH) / StrideH + 1;

    /// <summary>Columns of the output.</summary>
    public int OutW => (W + 2 * PaddingW - KernelW) / StrideW + 1;
}

/// <summary>Pooling on float32, or bfloat16 where <see cref="Device.Computes"/> says so; sums are float32. Global average pooling is average pooling with a window of the whole image.</summary>
public interface IPoolOps
{
    /// <summary>y = maximum of each window, padding excluded; index [N, C, outH, outW] int32 (stored like y) gets h * W + w of the first maximum.</summary>
    void MaxPool2d(in Pool2dShape shape, Tensor x, Tensor y, Tensor index);

    /// <summary>gradX (+)= each gradY at the place of its maximum.</summary>
    void MaxPool2dBackward(in Pool2dShape shape, Tensor index, Tensor gradY, Tensor gradX, bool accumulate);

    /// <summary>y = sum of each window divided by kH kW, padding counted as zeros (PyTorch's default).</summary>
    void AveragePool2d(in Pool2dShape shape, Tensor x, Tensor y);

    /// <summary>gradX (+)= each gradY / (kH kW) spread over its window.</summary>
    void AveragePool2dBackward(in Pool2dShape shape, Tensor gradY, Tensor gradX, bool accumulate);
}
