namespace WrnEngine.Kernels;

/// <summary>
/// One direction of a phase of backward-input: the positions of x that leave one remainder when divided by the stride. Position p = remainder + stride i is
/// reached from output (p + padding - k) / stride by the taps k = first, first + stride, ..., that is from origin + i - r by the r-th of them.
/// </summary>
internal readonly record struct TensorConvPhaseAxis(int Remainder, int Count, int FirstTap, int Taps, int Origin)
{
    public static TensorConvPhaseAxis Of(int remainder, int size, int kernel, int stride, int padding)
    {
        int first = (remainder + padding) % stride;
        int taps = first < kernel ? (kernel - first + stride - 1) / stride : 0;
        return new(remainder, (size - remainder + stride - 1) / stride, first, taps, (remainder + padding - first) / stride);
    }
}

/// <summary>The pixels of x with one remainder per direction: their gradient is a dense convolution of gradY with some of the filter's taps.</summary>
internal readonly record struct TensorConvPhase(Conv2dDimensions Shape, TensorConvPhaseAxis H, TensorConvPhaseAxis W)
{
    public int Pixels => Shape.N * H.Count * W.Count;

    public int Tiles => MmaTiling.Tiles(Pixels, MmaTiling.Rows);

    public TensorGather Gather => new()
    {
        // A phase that no tap reaches has no depth: its gradient is zero without a product.
        Rows = new(H.Count),
        Columns = new(W.Count),
        TapsW = new(W.Taps),
        Channels = new(Shape.OutChannels),
        SourceH = Shape.OutH,
        SourceW = Shape.OutW,
        Depth = H.Taps * W.Taps * Shape.OutChannels,
        StepH = 1,
        StepW = 1,
        OriginH = H.Origin,
        OriginW = W.Origin,
        TapStepH = -1,
        TapStepW = -1,
    };

    public TensorFilterTaps Taps => new()
    {
        KernelH = Shape.KernelH,
        KernelW = Shape.KernelW,
        FirstH = H.FirstTap,
        FirstW = W.FirstTap,
        StepH = Shape.StrideH,
        StepW = Shape.StrideW,
    };

    /// <summary>The phases of a shape that have pixels.</summary>
    public static IEnumerable<TensorConvPhase> Of(Conv2dDimensions s)
    {
        for (int h = 0; h < Math.Min(s.StrideH, s.H); h++)
        {
            for (int w = 0; w < Math.Min(s.StrideW, s.W); w++)
            {
                yield return new(s, TensorConvPhaseAxis.Of(h, s.H, s.KernelH, s.StrideH, s.PaddingH), TensorConvPhaseAxis.Of(w, s.W, s.KernelW, s.StrideW, s.PaddingW));
            }
        }
    }
}
