using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>
/// Launches the kernels of <c>conv2d_tensor.cu</c>: convolutions on tensor cores, tf32 (tensors are float32) or bfloat16 (x, y, weight and their gradients
/// are bfloat16, but gradWeight float32; everything per channel is float32). Addresses are on the device and multiples of 16; every tensor is dense, NHWC.
/// What a launch needs as scratch it says beforehand; it may be released as soon as the launch is enqueued.
/// </summary>
/// <param name="library">The kernels; the device must have compute capability 8.0 or later.</param>
/// <param name="multiprocessors">Of the device: shapes and numbers of tiles are chosen to fill them.</param>
/// <param name="tileWidth">The tile width to take (32, 64, 128, 160) in place of the one that is estimated to be the fastest.</param>
public sealed class Conv2dTensorKernels(KernelLibrary library, int multiprocessors, int? tileWidth = null)
{
    private const string Stem = "conv2d_tensor";
    private const int ReduceColumns = 32;
    private const int ReduceRows = 16;

    private readonly Dictionary<(string Pass, TensorCoreType Type, int Width), Kernel<TensorConvArgs>> _kernels = [];
    private readonly Dictionary<(TensorCoreType Type, int Width), Kernel<TensorConvWeightArgs>> _weightKernels = [];
    private readonly Kernel<TensorAddPartialsArgs> _addPartials = new(library, Stem, "conv2d_tensor_add_partials_f32");
    private readonly Kernel<TensorReduceTilesArgs> _reduceTiles = new(library, Stem, "conv2d_tensor_reduce_tiles_f32");

    /// <summary>Whether the device has the kernels and they take the shape.</summary>
    public bool Supports(TensorCoreType type, in Conv2dTensorShape shape) => library.Has(Stem) && shape.WhyNot(type) is null;

    /// <summary>Scratch for <see cref="Forward"/> with mean and variance; without them it needs none.</summary>
    public static long ForwardScratchBytes(in Conv2dTensorShape shape) => PartialBytes(MmaTiling.Tiles(shape.OutPixels, MmaTiling.Rows), shape.OutChannels);

    /// <summary>Scratch for <see cref="BackwardInput"/> with a batch norm; without one it needs none.</summary>
    public static long BackwardInputScratchBytes(in Conv2dTensorShape shape)
    {
        Conv2dTensorShape s = shape;
        return PartialBytes(TensorConvPhase.Of(s).Sum(phase => phase.Tiles), s.InChannels);
    }

    /// <summary>Scratch for <see cref="BackwardWeight"/>.</summary>
    public long BackwardWeightScratchBytes(TensorCoreType type, in Conv2dTensorShape shape, bool accumulate)
    {
        (_, int splits, _) = SplitOf(type, shape);
        return splits == 1 && !accumulate ? 0 : 4L * splits * shape.OutChannels * shape.Taps * shape.InChannels;
    }

    /// <summary>y = conv(prologue(x), weight), then the epilogue.</summary>
    /// <exception cref="NotSupportedException">The shape is not one of those.</exception>
    public void Forward(
        CuStream stream, TensorCoreType type, in Conv2dTensorShape shape, nint x, nint weight, nint y,
        in TensorConvPrologue prologue = default, in TensorConvEpilogue epilogue = default, nint scratch = 0)
    {
        Require(type, shape);
        int tilesM = MmaTiling.Tiles(shape.OutPixels, MmaTiling.Rows), width = WidthFor(shape.OutPixels, shape.OutChannels);
        var args = new TensorConvArgs
        {
            Source = x, Weight = weight, Target = y, Addend = epilogue.Residual, Scale = prologue.Scale, Shift = prologue.Shift, Relu = prologue.Relu ? 1 : 0,
            Partials = epilogue.Mean == 0 ? 0 : scratch,
            Gather = ForwardGather(shape),
            Pixels = shape.OutPixels, Outputs = shape.OutChannels, TilesN = MmaTiling.Tiles(shape.OutChannels, width), Dense = 1,
        };
        KernelFor("forward", type, width).Launch(stream, (uint)(tilesM * args.TilesN), MmaTiling.Threads, args);
        if (epilogue.Mean != 0)
        {
            Reduce(stream, scratch, epilogue.Mean, epilogue.Variance, tilesM, shape.OutChannels, shape.OutPixels, moments: true);
        }
    }

    /// <summary>gradX (+)= the gradient of the convolution's input, then the epilogue.</summary>
    /// <exception cref="NotSupportedException">The shape is not one of those.</exception>
    public void BackwardInput(
        CuStream stream, TensorCoreType type, in Conv2dTensorShape shape, nint gradY, nint weight, nint gradX, bool accumulate,
        in TensorConvBackwardEpilogue epilogue = default, nint scratch = 0)
    {
        Require(type, shape);
        int tiles = 0;
        foreach (TensorConvPhase phase in TensorConvPhase.Of(shape))
        {
            int width = WidthFor(phase.Pixels, shape.InChannels);
            var args = new TensorConvArgs
            {
                Source = gradY, Weight = weight, Target = gradX, Addend = accumulate ? gradX : 0,
                NormX = epilogue.X, NormMean = epilogue.Mean, Scale = epilogue.Scale, Shift = epilogue.Shift, Relu = epilogue.Relu ? 1 : 0,
                Partials = epilogue.X == 0 ? 0 : scratch + (nint)PartialBytes(tiles, shape.InChannels),
                Gather = phase.Gather, Taps = phase.Taps,
                Pixels = phase.Pixels, Outputs = shape.InChannels, TilesN = MmaTiling.Tiles(shape.InChannels, width),
                Dense = shape.StrideH == 1 && shape.StrideW == 1 ? 1 : 0,
                TargetH = shape.H, TargetW = shape.W, TargetStepH = shape.StrideH, TargetStepW = shape.StrideW,
                TargetOriginH = phase.H.Remainder, TargetOriginW = phase.W.Remainder,
            };
            KernelFor("backward_input", type, width).Launch(stream, (uint)(phase.Tiles * args.TilesN), MmaTiling.Threads, args);
            tiles += phase.Tiles;
        }

        if (epilogue.X != 0)
        {
            Reduce(stream, scratch, epilogue.SumGrad, epilogue.SumGradDeviation, tiles, shape.InChannels, 0, moments: false);
        }
    }

    /// <summary>gradWeight (+)= the gradient of the weight, with the prologue applied to x again.</summary>
    /// <exception cref="NotSupportedException">The shape is not one of those.</exception>
    public void BackwardWeight(
        CuStream stream, TensorCoreType type, in Conv2dTensorShape shape, nint x, nint gradY, nint gradWeight, bool accumulate,
        in TensorConvPrologue prologue = default, nint scratch = 0)
    {
        Require(type, shape);
        (int width, int splits, int stepsPerSplit) = SplitOf(type, shape);
        bool direct = splits == 1 && !accumulate;
        TensorGather gather = ForwardGather(shape);
        var args = new TensorConvWeightArgs
        {
            Source = x, Grad = gradY, Partials = direct ? gradWeight : scratch, Scale = prologue.Scale, Shift = prologue.Shift, Relu = prologue.Relu ? 1 : 0,
            Gather = gather,
            Pixels = shape.OutPixels, Outputs = shape.OutChannels, TilesN = MmaTiling.Tiles(shape.OutChannels, width),
            Steps = MmaTiling.Tiles(shape.OutPixels, MmaTiling.Depth(type)), StepsPerSplit = stepsPerSplit,
        };
        var grid = new Dim3((uint)(MmaTiling.Tiles(gather.Depth, MmaTiling.Rows) * args.TilesN), 1, (uint)splits);
        WeightKernelFor(type, width).Launch(stream, grid, MmaTiling.Threads, args);
        if (!direct)
        {
            long count = (long)shape.OutChannels * gather.Depth;
            _addPartials.Launch(stream, (uint)((count / 4 + MmaTiling.Threads - 1) / MmaTiling.Threads), MmaTiling.Threads, new TensorAddPartialsArgs
            {
                Partials = scratch, Target = gradWeight, Count = count, Parts = splits, Accumulate = accumulate ? 1 : 0,
            });
        }
    }

    private static long PartialBytes(int tiles, int channels) => 8L * tiles * channels;

    private static TensorGather ForwardGather(in Conv2dTensorShape s) => new()
    {
        Rows = new(s.OutH), Columns = new(s.OutW), TapsW = new(s.KernelW), Channels = new(s.InChannels),
        SourceH = s.H, SourceW = s.W, Depth = s.Taps * s.InChannels,
        StepH = s.StrideH, StepW = s.StrideW, OriginH = -s.PaddingH, OriginW = -s.PaddingW, TapStepH = 1, TapStepW = 1,
    };

    private void Require(TensorCoreType type, in Conv2dTensorShape shape)
    {
        if (shape.WhyNot(type) is string reason)
        {
            throw new NotSupportedException($"a convolution on tensor cores cannot take {shape}: it {reason}.");
        }
    }

    private int WidthFor(int rows, int columns) => tileWidth ?? MmaTiling.Width(rows, columns, multiprocessors, canSplit: false);

    private (int Width, int Splits, int StepsPerSplit) SplitOf(TensorCoreType type, in Conv2dTensorShape s)
    {
        int rows = s.Taps * s.InChannels, width = tileWidth ?? MmaTiling.Width(rows, s.OutChannels, multiprocessors, canSplit: true);
        long tiles = (long)MmaTiling.Tiles(rows, MmaTiling.Rows) * MmaTiling.Tiles(s.OutChannels, width);
        (int splits, int steps) = MmaTiling.Split(tiles, MmaTiling.Tiles(s.OutPixels, MmaTiling.Depth(type)), multiprocessors);
        return (width, splits, steps);
    }

    private void Reduce(CuStream stream, nint partials, nint first, nint second, int tiles, int channels, int pixels, bool moments) =>
        _reduceTiles.Launch(stream, (uint)MmaTiling.Tiles(channels, ReduceColumns), new Dim3(ReduceColumns, ReduceRows), new TensorReduceTilesArgs
        {
            Partials = partials, First = first, Second = second, Tiles = tiles, Channels = channels, Pixels = pixels, Moments = moments ? 1 : 0,
        });

    private static string Suffix(TensorCoreType type, int width) => $"{(type == TensorCoreType.Tf32 ? "tf32" : "bf16")}_128x{width}";

    private Kernel<TensorConvArgs> KernelFor(string pass, TensorCoreType type, int width)
    {
        if (!_kernels.TryGetValue((pass, type, width), out Kernel<TensorConvArgs>? kernel))
        {
            kernel = _kernels[(pass, type, width)] = new(library, Stem, $"conv2d_{pass}_{Suffix(type, width)}", MmaTiling.SharedBytes(width));
        }

        return kernel;
    }

    private Kernel<TensorConvWeightArgs> WeightKernelFor(TensorCoreType type, int width)
    {
        if (!_weightKernels.TryGetValue((type, width), out Kernel<TensorConvWeightArgs>? kernel))
        {
            kernel = _weightKernels[(type, width)] = new(library, Stem, $"conv2d_backward_weight_{Suffix(type, width)}", MmaTiling.SharedBytes(width));
        }

        return kernel;
    }
}
