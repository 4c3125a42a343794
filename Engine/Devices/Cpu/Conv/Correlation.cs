namespace WrnEngine.Devices.Cpu.Conv;

/// <summary>
/// One dense correlation between channels-last images, the common form of a forward convolution and of each phase of a backward-input:
/// <c>target[i * TargetStep + TargetOffset] = sum over taps t of source[i * Step + Origin + t] * weight[t]</c> for i of an OutH x OutW
/// grid, with zeros outside the source.
/// </summary>
internal readonly record struct Correlation
{
    /// <summary>Images.</summary>
    public required int N { get; init; }

    /// <summary>Rows of a source image.</summary>
    public required int SourceH { get; init; }

    /// <summary>Columns of a source image.</summary>
    public required int SourceW { get; init; }

    /// <summary>Channels of the source.</summary>
    public required int SourceChannels { get; init; }

    /// <summary>Taps downwards.</summary>
    public required int TapsH { get; init; }

    /// <summary>Taps sideways.</summary>
    public required int TapsW { get; init; }

    /// <summary>Source rows from one output row to the next.</summary>
    public required int StepH { get; init; }

    /// <summary>Source columns from one output column to the next.</summary>
    public required int StepW { get; init; }

    /// <summary>The source row of tap 0 of output row 0; may be negative.</summary>
    public required int OriginH { get; init; }

    /// <summary>The source column of tap 0 of output column 0; may be negative.</summary>
    public required int OriginW { get; init; }

    /// <summary>Rows of outputs to compute per image.</summary>
    public required int OutH { get; init; }

    /// <summary>Columns of outputs to compute per image.</summary>
    public required int OutW { get; init; }

    /// <summary>Rows of a target image.</summary>
    public required int TargetH { get; init; }

    /// <summary>Columns of a target image.</summary>
    public required int TargetW { get; init; }

    /// <summary>Channels of the target.</summary>
    public required int TargetChannels { get; init; }

    /// <summary>Target rows from one output row to the next.</summary>
    public required int TargetStepH { get; init; }

    /// <summary>Target columns from one output column to the next.</summary>
    public required int TargetStepW { get; init; }

    /// <summary>The target row of output row 0.</summary>
    public required int TargetOffsetH { get; init; }

    /// <summary>The target column of output column 0.</summary>
    public required int TargetOffsetW { get; init; }

    /// <summary>Length of the sum behind one output: TapsH * TapsW * SourceChannels.</summary>
    public int K => TapsH * TapsW * SourceChannels;

    /// <summary>True when no output reads outside the source, so that it can be read in place.</summary>
    public bool StaysInside =>
        OriginH >= 0 && OriginW >= 0
        && OriginH + (OutH - 1) * StepH + TapsH <= SourceH && OriginW + (OutW - 1) * StepW + TapsW <= SourceW;

    /// <summary>y from x.</summary>
    public static Correlation Forward(in Conv2dShape s) => new()
    {
        N = s.N,
        SourceH = s.H,
        SourceW = s.W,
        SourceChannels = s.InChannels,
        TapsH = s.KernelH,
        TapsW = s.KernelW,
        StepH = s.StrideH,
        StepW = s.StrideW,
        OriginH = -s.PaddingH,
        OriginW = -s.PaddingW,
        OutH = s.OutH,
        OutW = s.OutW,
        TargetH = s.OutH,
        TargetW = s.OutW,
        TargetChannels = s.OutChannels,
        TargetStepH = 1,
        TargetStepW = 1,
        TargetOffsetH = 0,
        TargetOffsetW = 0,
    };

    /// <summary>
    /// The gradient of those input pixels whose row + padding is <paramref name="phaseH"/> modulo the stride, and likewise sideways: they
    /// meet only the taps phase, phase + stride, ..., so each phase is a dense correlation of gradY and no zero is multiplied. May have
    /// no taps or no pixels.
    /// </summary>
    /// <remarks>
    /// Pixel row ih = stride * q + phase - padding receives gradY[q - t] * weight[stride * t + phase] for t = 0 .. taps - 1; the taps
    /// are taken in reverse, so that gradY is walked upwards.
    /// </remarks>
    public static Correlation BackwardInput(in Conv2dShape s, int phaseH, int phaseW)
    {
        var (tapsH, firstH, countH) = Phase(s.H, s.KernelH, s.StrideH, s.PaddingH, phaseH);
        var (tapsW, firstW, countW) = Phase(s.W, s.KernelW, s.StrideW, s.PaddingW, phaseW);
        return new()
        {
            N = s.N,
            SourceH = s.OutH,
            SourceW = s.OutW,
            SourceChannels = s.OutChannels,
            TapsH = tapsH,
            TapsW = tapsW,
            StepH = 1,
            StepW = 1,
            OriginH = firstH - (tapsH - 1),
            OriginW = firstW - (tapsW - 1),
            OutH = countH,
            OutW = countW,
            TargetH = s.H,
            TargetW = s.W,
            TargetChannels = s.InChannels,
            TargetStepH = s.StrideH,
            TargetStepW = s.StrideW,
            TargetOffsetH = s.StrideH * firstH + phaseH - s.PaddingH,
            TargetOffsetW = s.StrideW * firstW + phaseW - s.PaddingW,
        };
    }

    private static (int Taps, int First, int Count) Phase(int size, int kernel, int stride, int padding, int phase)
    {
        int taps = phase < kernel ? (kernel - phase + stride - 1) / stride : 0;
        int first = Math.Max(0, (padding - phase + stride - 1) / stride);
        int last = (size - 1 + padding - phase) < 0 ? -1 : (size - 1 + padding - phase) / stride;
        return (taps, first, Math.Max(0, last - first + 1));
    }
}
