using System.Runtime.InteropServices;

namespace WrnEngine.Kernels;

/// <summary>The sizes of a convolution as the kernels take them: x [N, H, W, InChannels], weight [OutChannels, KernelH, KernelW, InChannels], y [N, OutH, OutW, OutChannels].</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct Conv2dDimensions(
    int N, int H, int W, int InChannels, int OutChannels, int KernelH, int KernelW, int StrideH, int StrideW, int PaddingH, int PaddingW, int OutH, int OutW)
{
    /// <summary>Values behind one output.</summary>
    public readonly int Depth => KernelH * KernelW * InChannels;

    /// <summary>Pixels of y.</summary>
    public readonly int OutPixels => checked(N * OutH * OutW);
}
