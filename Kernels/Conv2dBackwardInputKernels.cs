using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>conv2d_backward_input.cu</c>. Addresses are on the device; tensors are dense, channels last.</summary>
/// <param name="library">The kernels.</param>
/// <param name="multiprocessors">Of the device: tiles are chosen to fill it.</param>
public sealed class Conv2dBackwardInputKernels(KernelLibrary library, int multiprocessors)
{
    // For the reasons given in Conv2dKernels.
    /// <summary>The tiles for channels that are multiples of 4.</summary>
    public static IReadOnlyList<GemmTile> VectorTiles { get; } =
    [
        new("128x128", 128, 128, 64, 0.9), new("128x80", 128, 80, 64, 0.87), new("128x64", 128, 64, 64, 0.87), new("128x32", 128, 32, 32, 0.75),
        new("128x16", 128, 16, 32, 0.65), new("32x32", 32, 32, 16, 0.55),
    ];

    /// <summary>The tiles for any number of channels.</summary>
    public static IReadOnlyList<GemmTile> AnyTiles { get; } = [new("any_channels_128x64", 128, 64, 64, 0.7), new("any_channels_128x16", 128, 16, 16, 0.5)];

    private readonly Dictionary<GemmTile, Kernel<Args>> _kernels = VectorTiles.Concat(AnyTiles).ToDictionary(
        tile => tile, tile => new Kernel<Args>(library, "conv2d_backward_input", $"conv2d_backward_input_{tile.Name}_f32"));

    /// <summary>The tile, and how many tiles of pixels all phases have together: rows of the scratch memory for sums.</summary>
    public (GemmTile Tile, long Tiles) Plan(in Conv2dDimensions shape, bool vector)
    {
        int phases = Phases(shape);
        var tile = GemmTile.Choose(vector ? VectorTiles : AnyTiles, (long)phases * PhasePixels(shape), shape.InChannels, multiprocessors);
        return (tile, phases * tile.TilesM(PhasePixels(shape)));
    }

    /// <summary>gradX (+)= gradient; then, where x is given, the mask and the sums of a batch norm's backward pass.</summary>
    /// <param name="stream">Where to enqueue it.</param>
    /// <param name="shape">The sizes; gradX must not be empty.</param>
    /// <param name="tile">From <see cref="Plan"/>.</param>
    /// <param name="gradY">[N, OutH, OutW, OutChannels].</param>
    /// <param name="weight">[OutChannels, KernelH, KernelW, InChannels].</param>
    /// <param name="gradX">[N, H, W, InChannels].</param>
    /// <param name="accumulate">Add to gradX.</param>
    /// <param name="norm">The batch norm's numbers; default for none.</param>
    public void Launch(CuStream stream, in Conv2dDimensions shape, GemmTile tile, nint gradY, nint weight, nint gradX, bool accumulate, in NormOfInput norm)
    {
        ArgumentNullException.ThrowIfNull(tile);
        int phases = Phases(shape);
        long tiles = tile.TilesM(PhasePixels(shape));
        long blocks = tile.Tiles(PhasePixels(shape), shape.InChannels);
        _kernels[tile].Launch(stream, new Dim3(checked((uint)blocks), (uint)phases), (uint)tile.Threads, new Args
        {
            GradY = gradY,
            Weight = weight,
            GradX = gradX,
            X = norm.X,
            Mean = norm.Mean,
            Scale = norm.Scale,
            Shift = norm.Shift,
            TileSum = norm.TileSums,
            TileDeviation = norm.TileSums == 0 ? 0 : norm.TileSums + (nint)(phases * tiles * shape.InChannels * sizeof(float)),
            Shape = shape,
            Accumulate = accumulate ? 1 : 0,
            Relu = norm.Relu ? 1 : 0,
            Tiles = checked((int)tiles),
        });
    }

    private static int Phases(in Conv2dDimensions shape) => shape.StrideH * shape.StrideW;

    // Of the largest phase.
    private static int PhasePixels(in Conv2dDimensions shape) =>
        checked(shape.N * ((shape.H + shape.StrideH - 1) / shape.StrideH) * ((shape.W + shape.StrideW - 1) / shape.StrideW));

    /// <summary>The batch norm whose output the convolution read: its input and numbers, 0 for none.</summary>
    /// <param name="X">[N, H, W, InChannels].</param>
    /// <param name="Mean">[InChannels].</param>
    /// <param name="Scale">[InChannels].</param>
    /// <param name="Shift">[InChannels].</param>
    /// <param name="Relu">Whether a ReLU followed it.</param>
    /// <param name="TileSums">[2, tiles, InChannels]: receives the sums by tile; 0 for none.</param>
    public readonly record struct NormOfInput(nint X, nint Mean, nint Scale, nint Shift, bool Relu, nint TileSums);

    [StructLayout(LayoutKind.Sequential)]
    private struct Args
    {
        public nint GradY;
        public nint Weight;
        public nint GradX;
        public nint X;
        public nint Mean;
        public nint Scale;
        public nint Shift;
        public nint TileSum;
        public nint TileDeviation;
        public Conv2dDimensions Shape;
        public int Accumulate;
        public int Relu;
        public int Tiles;
    }
}
