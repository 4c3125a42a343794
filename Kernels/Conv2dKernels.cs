using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>conv2d.cu</c> and <c>conv2d_statistics.cu</c>. Addresses are on the device; tensors are dense, channels last.</summary>
/// <param name="library">The kernels.</param>
/// <param name="multiprocessors">Of the device: tiles are chosen to fill it.</param>
public sealed class Conv2dKernels(KernelLibrary library, int multiprocessors)
{
    private const string Stem = "conv2d";

    // Below this many channels too much of a piece of 16 would be padding.
    private const int FewestVectorChannels = 12;

    // Which of them lie in the image is kept in the bits of a number.
    private const int MostVectorTaps = 32;

    // 128x80 fits the 160, 320 and 640 channels of width 10, of which 128-wide tiles leave up to a third empty; narrow tiles fit small networks; 32x32
    // is for few pixels (small batches, 8x8 images), where larger tiles would leave most of the device idle.
    /// <summary>The tiles for channels that are multiples of 4.</summary>
    public static IReadOnlyList<GemmTile> VectorTiles { get; } =
    [
        new("128x128", 128, 128, 64, 0.9), new("128x80", 128, 80, 64, 0.87), new("128x64", 128, 64, 64, 0.87), new("128x32", 128, 32, 32, 0.75),
        new("128x16", 128, 16, 32, 0.65), new("32x32", 32, 32, 16, 0.55),
    ];

    /// <summary>The tiles for any number of channels.</summary>
    public static IReadOnlyList<GemmTile> AnyTiles { get; } = [new("any_channels_128x64", 128, 64, 64, 0.7), new("any_channels_128x16", 128, 16, 16, 0.5)];

    private readonly Dictionary<GemmTile, Kernel<ForwardArgs>> _forward = KernelsOf(library);
    private readonly Kernel<MomentsArgs> _moments = new(library, "conv2d_statistics", "conv2d_moments_f32");
    private readonly Kernel<SumsArgs> _sums = new(library, "conv2d_statistics", "conv2d_sums_f32");

    /// <summary>True where tensors of these channels, at these addresses, may be read and written four channels at a time.</summary>
    public static bool IsVector(in Conv2dDimensions shape, params ReadOnlySpan<nint> addresses) =>
        shape.InChannels % 4 == 0 && shape.OutChannels % 4 == 0 && Math.Min(shape.InChannels, shape.OutChannels) >= FewestVectorChannels
        && shape.KernelH * shape.KernelW <= MostVectorTaps && Aligned(addresses);

    /// <summary>The tile of a forward pass.</summary>
    public GemmTile ForwardTile(in Conv2dDimensions shape, bool vector) =>
        GemmTile.Choose(vector ? VectorTiles : AnyTiles, shape.OutPixels, shape.OutChannels, multiprocessors);

    /// <summary>y = conv(relu(x * scale + shift), weight) + residual; then, where <paramref name="tileMoments"/> is given, the moments of y by tiles.</summary>
    /// <param name="stream">Where to enqueue it.</param>
    /// <param name="shape">The sizes; y must not be empty.</param>
    /// <param name="tile">From <see cref="ForwardTile"/>.</param>
    /// <param name="x">[N, H, W, InChannels].</param>
    /// <param name="weight">[OutChannels, KernelH, KernelW, InChannels].</param>
    /// <param name="y">[N, OutH, OutW, OutChannels].</param>
    /// <param name="scale">[InChannels], or 0 for none.</param>
    /// <param name="shift">[InChannels], together with scale.</param>
    /// <param name="relu">Apply max(x', 0).</param>
    /// <param name="residual">As y, or 0 for none.</param>
    /// <param name="tileMoments">[2, tiles of pixels, OutChannels], or 0 for none.</param>
    public void Forward(
        CuStream stream, in Conv2dDimensions shape, GemmTile tile, nint x, nint weight, nint y, nint scale, nint shift, bool relu, nint residual, nint tileMoments)
    {
        ArgumentNullException.ThrowIfNull(tile);
        long tiles = tile.Tiles(shape.OutPixels, shape.OutChannels);
        _forward[tile].Launch(stream, checked((uint)tiles), (uint)tile.Threads, new ForwardArgs
        {
            X = x,
            Weight = weight,
            Y = y,
            Scale = scale,
            Shift = shift,
            Residual = residual,
            TileMean = tileMoments,
            TileSquares = tileMoments == 0 ? 0 : Second(tileMoments, tile.TilesM(shape.OutPixels), shape.OutChannels),
            Shape = shape,
            Relu = relu ? 1 : 0,
            VectorOutput = shape.OutChannels % 4 == 0 && Aligned([y, residual]) ? 1 : 0,
        });
    }

    /// <summary>Mean and biased variance [channels] from those of tiles of rows.</summary>
    public void Moments(CuStream stream, nint tileMoments, long tiles, int rowsPerTile, int rows, int channels, nint mean, nint variance) =>
        _moments.Launch(stream, StatisticsGrid(channels), StatisticsThreads, new MomentsArgs
        {
            TileMean = tileMoments,
            TileSquares = Second(tileMoments, tiles, channels),
            Mean = mean,
            Variance = variance,
            Tiles = checked((int)tiles),
            RowsPerTile = rowsPerTile,
            Rows = rows,
            Channels = channels,
        });

    /// <summary>Two sums [channels] over tiles, from [2, tiles, channels].</summary>
    public void Sums(CuStream stream, nint tileSums, long tiles, int channels, nint first, nint second) =>
        _sums.Launch(stream, StatisticsGrid(channels), StatisticsThreads, new SumsArgs
        {
            TileFirst = tileSums,
            TileSecond = Second(tileSums, tiles, channels),
            First = first,
            Second = second,
            Tiles = checked((int)tiles),
            Channels = channels,
        });

    private const uint StatisticsThreads = 256;

    /// <summary>Bytes of two numbers per tile and channel.</summary>
    public static long TileBytes(long tiles, int channels) => 2 * tiles * channels * sizeof(float);

    internal static bool Aligned(params ReadOnlySpan<nint> addresses)
    {
        foreach (nint address in addresses)
        {
            if (address % 16 != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static Dim3 StatisticsGrid(int channels) => (uint)((channels + 31) / 32);

    private static nint Second(nint numbers, long tiles, int channels) => numbers + (nint)(tiles * channels * sizeof(float));

    private static Dictionary<GemmTile, Kernel<ForwardArgs>> KernelsOf(KernelLibrary library) =>
        VectorTiles.Concat(AnyTiles).ToDictionary(tile => tile, tile => new Kernel<ForwardArgs>(library, Stem, $"conv2d_forward_{tile.Name}_f32"));

    [StructLayout(LayoutKind.Sequential)]
    private struct ForwardArgs
    {
        public nint X;
        public nint Weight;
        public nint Y;
        public nint Scale;
        public nint Shift;
        public nint Residual;
        public nint TileMean;
        public nint TileSquares;
        public Conv2dDimensions Shape;
        public int Relu;
        public int VectorOutput;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MomentsArgs
    {
        public nint TileMean;
        public nint TileSquares;
        public nint Mean;
        public nint Variance;
        public int Tiles;
        public int RowsPerTile;
        public int Rows;
        public int Channels;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct SumsArgs
    {
        public nint TileFirst;
        public nint TileSecond;
        public nint First;
        public nint Second;
        public int Tiles;
        public int Channels;
    }
}
