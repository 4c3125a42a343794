using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>conv2d_backward_weight.cu</c>. Addresses are on the device; tensors are dense, channels last.</summary>
/// <param name="library">The kernels.</param>
/// <param name="multiprocessors">Of the device: pixels are split to fill it.</param>
public sealed class Conv2dBackwardWeightKernels(KernelLibrary library, int multiprocessors)
{
    // With fewer pixels a split would spend too much on writing its sums.
    private const int LeastPixels = 256;

    // Narrow in the output channels, for the reasons given in Conv2dKernels. A 3x3 kernel has nine times as many columns as input channels: 288 and
    // 576 of the 32 and 64 channels of small networks are multiples of 96, and so are the 1440 of 160.
    /// <summary>The tiles for channels that are multiples of 4.</summary>
    public static IReadOnlyList<GemmTile> VectorTiles { get; } =
    [
        new("128x128", 128, 128, 64, 0.9), new("80x128", 80, 128, 64, 0.87), new("64x96", 64, 96, 64, 0.85), new("32x96", 32, 96, 32, 0.72),
        new("16x96", 16, 96, 16, 0.55), new("32x32", 32, 32, 16, 0.5),
    ];

    /// <summary>The tile for any number of channels.</summary>
    public static GemmTile AnyTile { get; } = new("any_channels_32x32", 32, 32, 16, 0.4);

    private readonly Dictionary<GemmTile, Kernel<Args>> _kernels = VectorTiles.Append(AnyTile).ToDictionary(
        tile => tile, tile => new Kernel<Args>(library, "conv2d_backward_weight", $"conv2d_backward_weight_{tile.Name}_f32"));

    /// <summary>The tile and the splits of the pixels. Splits fill the device, so the tile is the one with the least to do in all.</summary>
    public (GemmTile Tile, int Splits, int PixelsPerSplit) Plan(in Conv2dDimensions shape, bool vector)
    {
        var tile = vector ? GemmTile.Choose(VectorTiles, shape.OutChannels, shape.Depth, multiprocessors: 1) : AnyTile;
        var (splits, pixels) = GemmSplitsKernels.Plan(tile, tile.Tiles(shape.OutChannels, shape.Depth), shape.OutPixels, LeastPixels, multiprocessors);
        return (tile, splits, pixels);
    }

    /// <summary>gradWeight (+)= gradient, or the gradients of splits of the pixels one after the other.</summary>
    /// <param name="stream">Where to enqueue it.</param>
    /// <param name="shape">The sizes; the weight must not be empty.</param>
    /// <param name="tile">From <see cref="Plan"/>, as the splits.</param>
    /// <param name="splits">How many; with more than one nothing is accumulated.</param>
    /// <param name="pixelsPerSplit">Pixels of each.</param>
    /// <param name="x">[N, H, W, InChannels].</param>
    /// <param name="gradY">[N, OutH, OutW, OutChannels].</param>
    /// <param name="gradWeight">[splits, OutChannels, KernelH, KernelW, InChannels].</param>
    /// <param name="accumulate">Add to gradWeight.</param>
    /// <param name="scale">[InChannels], or 0 for none.</param>
    /// <param name="shift">[InChannels], together with scale.</param>
    /// <param name="relu">Apply max(x', 0).</param>
    public void Launch(
        CuStream stream, in Conv2dDimensions shape, GemmTile tile, int splits, int pixelsPerSplit,
        nint x, nint gradY, nint gradWeight, bool accumulate, nint scale, nint shift, bool relu)
    {
        ArgumentNullException.ThrowIfNull(tile);
        long blocks = tile.Tiles(shape.OutChannels, shape.Depth);
        _kernels[tile].Launch(stream, new Dim3(checked((uint)blocks), (uint)splits), (uint)tile.Threads, new Args
        {
            X = x,
            GradY = gradY,
            GradWeight = gradWeight,
            Scale = scale,
            Shift = shift,
            Shape = shape,
            Image = new FastDivisor(shape.OutH * shape.OutW),
            Row = new FastDivisor(shape.OutW),
            Relu = relu ? 1 : 0,
            Accumulate = accumulate ? 1 : 0,
            PixelsPerSplit = pixelsPerSplit,
        });
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Args
    {
        public nint X;
        public nint GradY;
        public nint GradWeight;
        public nint Scale;
        public nint Shift;
        public Conv2dDimensions Shape;
        public FastDivisor Image;
        public FastDivisor Row;
        public int Relu;
        public int Accumulate;
        public int PixelsPerSplit;
    }
}
