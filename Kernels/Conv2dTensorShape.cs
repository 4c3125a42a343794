namespace WrnEngine.Kernels;

/// <summary>How a product is computed on tensor cores; the accumulator is float32 in both.</summary>
public enum TensorCoreType
{
    /// <summary>float32 in memory, factors rounded to 10 bits of mantissa.</summary>
    Tf32,

    /// <summary>bfloat16 in memory.</summary>
    BFloat16,
}

/// <summary>The sizes of a 2-d convolution: x [N, inC, H, W], weight [outC, inC, kH, kW], y [N, outC, outH, outW], all channels-last in memory.</summary>
public readonly record struct Conv2dTensorShape(
    int N, int InChannels, int H, int W, int OutChannels, int KernelH, int KernelW, int StrideH, int StrideW, int PaddingH, int PaddingW)
{
    private const long MostElements = int.MaxValue - (1 << 20);

    /// <summary>Rows of the output.</summary>
    public int OutH => ((H + (2 * PaddingH) - KernelH) / StrideH) + 1;

    /// <summary>Columns of the output.</summary>
    public int OutW => ((W + (2 * PaddingW) - KernelW) / StrideW) + 1;

    /// <summary>Output pixels of the batch.</summary>
    public int OutPixels => N * OutH * OutW;

    /// <summary>Taps of the filter.</summary>
    public int Taps => KernelH * KernelW;

    /// <summary>Why the tensor-core kernels do not take this shape, as the end of a sentence that begins with it; null when they do.</summary>
    public string? WhyNot(TensorCoreType type)
    {
        int multiple = type == TensorCoreType.Tf32 ? 4 : 8;
        if (InChannels % multiple != 0 || OutChannels % multiple != 0)
        {
            return $"has {InChannels} and {OutChannels} channels; {type} kernels copy 16 bytes at a time and take multiples of {multiple}";
        }

        // Places are 32-bit numbers in the kernels, and what they compute before they find a place to be outside must not overflow.
        long x = (long)N * InChannels * (H + (2L * PaddingH)) * (W + (2L * PaddingW)), y = (long)N * OutChannels * (OutH + KernelH) * (OutW + KernelW);
        long weight = (long)Taps * InChannels * OutChannels;
        return Math.Max(x, Math.Max(y, weight)) > MostElements ? $"has a tensor of more than about {MostElements} elements" : null;
    }
}
