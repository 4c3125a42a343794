using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>
/// Launches the kernels of <c>conv2d_tf32.cu</c> and <c>conv2d_bf16.cu</c>: convolutions on tensor cores, tf32 (tensors are float32) or bfloat16 (x, y, weight and their gradients
/// are bfloat16, but gradWeight float32; everything per channel is float32). Addresses are on the device and multiples of 16; every tensor is dense, NHWC.
/// What a launch needs as scratch it says beforehand; it may be released as soon as the launch is enqueued.
/// </summary>
/// <param name="library">The kernels; the device must have compute capability 8.0 or later.</param>
/// <param name="multiprocessors">Of the device: shapes and numbers of tiles are chosen to fill them.</param>
/// <param name="tileWidth">The tile width to take (32, 64, 128, 160) in place of the one that is estimated to be the fastest.</param>
public sealed class Conv2dTensorKernels(KernelLibrary library, int multiprocessors, int? tileWidth = null)
{
    private const long MostElements = int.MaxValue - (1 << 20);

    private readonly Dictionary<(string Pass, TensorCoreType Type, int Width), Kernel<TensorConvArgs>> _kernels = [];
    private readonly Dictionary<(TensorCoreType Type, int Width), Kernel<TensorConvWeightArgs>> _weightKernels = [];
    private readonly Conv2dKernels _statistics = new(library, multiprocessors);
    private readonly GemmSplitsKernels _splits = new(library);

    /// <summary>Whether the device has the kernels and they take the shape.</summary>
    public bool Supports(TensorCoreType type, in Conv2dDimensions shape) => library.Has(StemOf(type)) && WhyNot(type, shape) is null;

    /// <summary>Why the kernels do not take a shape, as the end of a sentence that begins with it; null when they do.</summary>
    public static string? WhyNot(TensorCoreType type, in Conv2dDimensions s)
    {
        int multiple = type == TensorCoreType.Tf32 ? 4 : 8;
        if (s.InChannels % multiple != 0 || s.OutChannels % multiple != 0)
        {
            return $"has {s.InChannels} and {s.OutChannels} channels; {type} kernels copy 16 bytes at a time and take multiples of {multiple}";
        }

        // Places are 32-bit numbers in the kernels, and what they compute before they find a place to be outside must not overflow.
        long x = (long)s.N * s.InChannels * (s.H + (2L * s.PaddingH)) * (s.W + (2L * s.PaddingW)), weight = (long)s.Depth * s.OutChannels;
        long y = (long)s.N * s.OutChannels * (s.OutH + s.KernelH) * (s.OutW + s.KernelW);
        return Math.Max(x, Math.Max(y, weight)) > MostElements ? $"has a tensor of more than {MostElements} elements, padding included" : null;
    }

    /// <summary>Columns of the tiles that <see cref="Forward"/> takes.</summary>
    public int ForwardTileWidth(in Conv2dDimensions shape) => WidthFor(shape.OutPixels, shape.OutChannels);

    /// <summary>Scratch for <see cref="Forward"/> with mean and variance; without them it needs none.</summary>
    public static long ForwardScratchBytes(in Conv2dDimensions shape) => Conv2dKernels.TileBytes(MmaTiling.Tiles(shape.OutPixels, MmaTiling.Rows), shape.OutChannels);

    /// <summary>Scratch for <see cref="BackwardInput"/> with a batch norm; without one it needs none.</summary>
    public static long BackwardInputScratchBytes(in Conv2dDimensions shape)
    {
        Conv2dDimensions s = shape;
        return Conv2dKernels.TileBytes(TensorConvPhase.Of(s).Sum(phase => (long)phase.Tiles), s.InChannels);
    }

    /// <summary>Scratch for <see cref="BackwardWeight"/>.</summary>
    public long BackwardWeightScratchBytes(TensorCoreType type, in Conv2dDimensions shape, bool accumulate)
    {
        (_, int splits, _) = SplitOf(type, shape);
        return splits == 1 && !accumulate ? 0 : 4L * splits * shape.OutChannels * shape.Depth;
    }

    /// <summary>y = conv(prologue(x), weight), then the epilogue.</summary>
    /// <exception cref="NotSupportedException">The kernels do not take the shape, or an address.</exception>
    public void Forward(
        CuStream stream, TensorCoreType type, in Conv2dDimensions shape, nint x, nint weight, nint y,
        in TensorConvPrologue prologue = default, in TensorConvEpilogue epilogue = default, nint scratch = 0)
    {
        Require(type, shape, x, weight, y, prologue.Scale, prologue.Shift, epilogue.Residual);
        int tilesM = MmaTiling.Tiles(shape.OutPixels, MmaTiling.Rows), width = ForwardTileWidth(shape);
        var args = new TensorConvArgs
        {
            Source = x,
            Weight = weight,
            Target = y,
            Addend = epilogue.Residual,
            Scale = prologue.Scale,
            Shift = prologue.Shift,
            Relu = prologue.Relu ? 1 : 0,
            TileFirst = epilogue.Mean == 0 ? 0 : scratch,
            TileSecond = epilogue.Mean == 0 ? 0 : scratch + FloatBytes(tilesM, shape.OutChannels),
            Gather = ForwardGather(shape),
            Pixels = shape.OutPixels,
            Outputs = shape.OutChannels,
            TilesN = MmaTiling.Tiles(shape.OutChannels, width),
            Dense = 1,
        };
        KernelFor("forward", type, width).Launch(stream, (uint)(tilesM * args.TilesN), MmaTiling.Threads, args);
        if (epilogue.Mean != 0)
        {
            _statistics.Moments(stream, scratch, tilesM, MmaTiling.Rows, shape.OutPixels, shape.OutChannels, epilogue.Mean, epilogue.Variance);
        }
    }

    /// <summary>gradX (+)= the gradient of the convolution's input, then the epilogue.</summary>
    /// <exception cref="NotSupportedException">The kernels do not take the shape, or an address.</exception>
    public void BackwardInput(
        CuStream stream, TensorCoreType type, in Conv2dDimensions shape, nint gradY, nint weight, nint gradX, bool accumulate,
        in TensorConvBackwardEpilogue epilogue = default, nint scratch = 0)
    {
        Require(type, shape, gradY, weight, gradX, epilogue.X, epilogue.Mean, epilogue.Scale, epilogue.Shift);
        TensorConvPhase[] phases = [.. TensorConvPhase.Of(shape)];
        int allTiles = phases.Sum(phase => phase.Tiles), tiles = 0;
        foreach (TensorConvPhase phase in phases)
        {
            int width = WidthFor(phase.Pixels, shape.InChannels);
            var args = new TensorConvArgs
            {
                Source = gradY,
                Weight = weight,
                Target = gradX,
                Addend = accumulate ? gradX : 0,
                NormX = epilogue.X,
                NormMean = epilogue.Mean,
                Scale = epilogue.Scale,
                Shift = epilogue.Shift,
                Relu = epilogue.Relu ? 1 : 0,
                TileFirst = epilogue.X == 0 ? 0 : scratch + FloatBytes(tiles, shape.InChannels),
                TileSecond = epilogue.X == 0 ? 0 : scratch + FloatBytes(allTiles + tiles, shape.InChannels),
                Gather = phase.Gather,
                Taps = phase.Taps,
                Pixels = phase.Pixels,
                Outputs = shape.InChannels,
                TilesN = MmaTiling.Tiles(shape.InChannels, width),
                Dense = shape.StrideH == 1 && shape.StrideW == 1 ? 1 : 0,
                TargetH = shape.H,
                TargetW = shape.W,
                TargetStepH = shape.StrideH,
                TargetStepW = shape.StrideW,
                TargetOriginH = phase.H.Remainder,
                TargetOriginW = phase.W.Remainder,
            };
            KernelFor("backward_input", type, width).Launch(stream, (uint)(phase.Tiles * args.TilesN), MmaTiling.Threads, args);
            tiles += phase.Tiles;
        }

        if (epilogue.X != 0)
        {
            _statistics.Sums(stream, scratch, allTiles, shape.InChannels, epilogue.SumGrad, epilogue.SumGradDeviation);
        }
    }

    /// <summary>gradWeight (+)= the gradient of the weight, with the prologue applied to x again.</summary>
    /// <exception cref="NotSupportedException">The kernels do not take the shape, or an address.</exception>
    public void BackwardWeight(
        CuStream stream, TensorCoreType type, in Conv2dDimensions shape, nint x, nint gradY, nint gradWeight, bool accumulate,
        in TensorConvPrologue prologue = default, nint scratch = 0)
    {
        Require(type, shape, x, gradY, gradWeight, prologue.Scale, prologue.Shift);
        (int width, int splits, int stepsPerSplit) = SplitOf(type, shape);
        bool direct = splits == 1 && !accumulate;
        TensorGather gather = ForwardGather(shape);
        var args = new TensorConvWeightArgs
        {
            Source = x,
            Grad = gradY,
            Partials = direct ? gradWeight : scratch,
            Scale = prologue.Scale,
            Shift = prologue.Shift,
            Relu = prologue.Relu ? 1 : 0,
            Gather = gather,
            Pixels = shape.OutPixels,
            Outputs = shape.OutChannels,
            TilesN = MmaTiling.Tiles(shape.OutChannels, width),
            Steps = MmaTiling.Tiles(shape.OutPixels, MmaTiling.Depth(type)),
            StepsPerSplit = stepsPerSplit,
        };
        var grid = new Dim3((uint)(MmaTiling.Tiles(gather.Depth, MmaTiling.Rows) * args.TilesN), 1, (uint)splits);
        WeightKernelFor(type, width).Launch(stream, grid, MmaTiling.Threads, args);
        if (!direct)
        {
            _splits.Sum(stream, scratch, splits, gradWeight, (long)shape.OutChannels * gather.Depth, accumulate);
        }
    }

    private static nint FloatBytes(int rows, int columns) => (nint)rows * columns * sizeof(float);

    private static TensorGather ForwardGather(in Conv2dDimensions s) => new()
    {
        Rows = new(s.OutH),
        Columns = new(s.OutW),
        TapsW = new(s.KernelW),
        Channels = new(s.InChannels),
        SourceH = s.H,
        SourceW = s.W,
        Depth = s.Depth,
        StepH = s.StrideH,
        StepW = s.StrideW,
        OriginH = -s.PaddingH,
        OriginW = -s.PaddingW,
        TapStepH = 1,
        TapStepW = 1,
    };

    private static void Require(TensorCoreType type, in Conv2dDimensions shape, params ReadOnlySpan<nint> addresses)
    {
        if (WhyNot(type, shape) is string reason)
        {
            throw new NotSupportedException($"a convolution on tensor cores cannot take {shape}: it {reason}.");
        }

        if (!Conv2dKernels.Aligned(addresses))
        {
            throw new NotSupportedException($"a convolution on tensor cores takes tensors at multiples of 16 bytes; one of {shape} lies elsewhere.");
        }
    }

    private int WidthFor(int rows, int columns) => tileWidth ?? MmaTiling.Width(rows, columns, multiprocessors, canSplit: false);

    private (int Width, int Splits, int StepsPerSplit) SplitOf(TensorCoreType type, in Conv2dDimensions s)
    {
        int rows = s.Depth, width = tileWidth ?? MmaTiling.Width(rows, s.OutChannels, multiprocessors, canSplit: true);
        long tiles = (long)MmaTiling.Tiles(rows, MmaTiling.Rows) * MmaTiling.Tiles(s.OutChannels, width);
        (int splits, int steps) = MmaTiling.Split(tiles, MmaTiling.Tiles(s.OutPixels, MmaTiling.Depth(type)), multiprocessors);
        return (width, splits, steps);
    }

    private static string Name(TensorCoreType type) => type == TensorCoreType.Tf32 ? "tf32" : "bf16";

    private static string StemOf(TensorCoreType type) => $"conv2d_{Name(type)}";

    private static string Suffix(TensorCoreType type, int width) => $"{Name(type)}_128x{width}";

    private Kernel<TensorConvArgs> KernelFor(string pass, TensorCoreType type, int width)
    {
        if (!_kernels.TryGetValue((pass, type, width), out Kernel<TensorConvArgs>? kernel))
        {
            kernel = _kernels[(pass, type, width)] = new(library, StemOf(type), $"conv2d_{pass}_{Suffix(type, width)}", MmaTiling.SharedBytes(width));
        }

        return kernel;
    }

    private Kernel<TensorConvWeightArgs> WeightKernelFor(TensorCoreType type, int width)
    {
        if (!_weightKernels.TryGetValue((type, width), out Kernel<TensorConvWeightArgs>? kernel))
        {
            kernel = _weightKernels[(type, width)] = new(library, StemOf(type), $"conv2d_backward_weight_{Suffix(type, width)}", MmaTiling.SharedBytes(width));
        }

        return kernel;
    }
}
