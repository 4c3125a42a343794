using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>The sizes of a pooling of N images of [H, W, C] to [outH, outW, C].</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PoolSizes
{
    /// <summary>Channels and the sizes of an input image.</summary>
    public required int Channels { get; init; }

    /// <inheritdoc cref="Channels"/>
    public required int H { get; init; }

    /// <inheritdoc cref="Channels"/>
    public required int W { get; init; }

    /// <summary>The window.</summary>
    public required int KernelH { get; init; }

    /// <inheritdoc cref="KernelH"/>
    public required int KernelW { get; init; }

    /// <summary>From one window to the next.</summary>
    public required int StrideH { get; init; }

    /// <inheritdoc cref="StrideH"/>
    public required int StrideW { get; init; }

    /// <summary>Pixels that a window may reach beyond the image.</summary>
    public required int PaddingH { get; init; }

    /// <inheritdoc cref="PaddingH"/>
    public required int PaddingW { get; init; }

    /// <summary>The sizes of an output image.</summary>
    public required int OutH { get; init; }

    /// <inheritdoc cref="OutH"/>
    public required int OutW { get; init; }

    /// <summary>Pixels of what a kernel writes, over the batch: set by the launcher.</summary>
    internal int Pixels { get; init; }
}

/// <summary>Launches the kernels of <c>pool.cu</c> and <c>pool_bf16.cu</c>. Images are channels-last and dense; addresses are on the device.</summary>
public sealed class PoolKernels(KernelLibrary library)
{
    private const string Stem = "pool";
    private const int Threads = 256;
    private const int WidestTile = 64;
    private const int Tile = 32;

    // Below this many threads a device is not full and a long window leaves each of them alone with it.
    private const long FewThreads = 1 << 17;
    private const int LargeWindow = 16;

    // Four int32 indices are 16 bytes, so maximum pooling takes as many channels of any type.
    private const int MaxVector = 4;

    private readonly VectorKernel<PoolArgs> _max = new(library, Stem, "max_pool", MaxVector);
    private readonly VectorKernel<PoolArgs> _maxBackward = new(library, Stem, "max_pool_backward", MaxVector);
    private readonly VectorKernel<PoolArgs> _average = new(library, Stem, "average_pool");
    private readonly VectorKernel<PoolArgs> _averageWindow = new(library, Stem, "average_pool_window");
    private readonly VectorKernel<PoolArgs> _averageBackward = new(library, Stem, "average_pool_backward");

    /// <summary>y and index [N, outH, outW, C] from x [N, H, W, C].</summary>
    public void Max(CuStream stream, ElementType type, int n, in PoolSizes sizes, nint x, nint y, nint index) =>
        LaunchByPixel(_max, stream, type, (long)n * sizes.OutH * sizes.OutW, sizes, new PoolArgs { X = x, Y = y, Index = index });

    /// <summary>gradX (+)= each gradY at the place of its maximum.</summary>
    public void MaxBackward(CuStream stream, ElementType type, int n, in PoolSizes sizes, nint index, nint gradY, nint gradX, bool accumulate) =>
        LaunchByPixel(
            _maxBackward, stream, type, (long)n * sizes.H * sizes.W, sizes, new PoolArgs { X = gradY, Y = gradX, Index = index, Accumulate = accumulate ? 1 : 0 });

    /// <summary>y [N, outH, outW, C] from x [N, H, W, C].</summary>
    public void Average(CuStream stream, ElementType type, int n, in PoolSizes sizes, nint x, nint y)
    {
        long pixels = (long)n * sizes.OutH * sizes.OutW;
        var arguments = new PoolArgs { X = x, Y = y };
        int window = sizes.KernelH * sizes.KernelW;
        if (window < LargeWindow || pixels * sizes.Channels >= FewThreads)
        {
            LaunchByPixel(_average, stream, type, pixels, sizes, arguments);
            return;
        }
        var (vector, columns, tiles) = Columns(_averageWindow.VectorOf(type), sizes, arguments);
        var block = new Dim3(columns, Math.Min((uint)(window + 3) / 4, Threads / columns));
        _averageWindow.For(type, vector).Launch(stream, new Dim3((uint)pixels, tiles), block, arguments with { Sizes = sizes });
    }

    /// <summary>gradX (+)= each gradY / (kH kW) over its window.</summary>
    public void AverageBackward(CuStream stream, ElementType type, int n, in PoolSizes sizes, nint gradY, nint gradX, bool accumulate) => LaunchByPixel(
        _averageBackward, stream, type, (long)n * sizes.H * sizes.W, sizes, new PoolArgs { X = gradY, Y = gradX, Accumulate = accumulate ? 1 : 0 });

    private static void LaunchByPixel(
        VectorKernel<PoolArgs> kernel, CuStream stream, ElementType type, long pixels, in PoolSizes sizes, in PoolArgs arguments)
    {
        if (pixels >= int.MaxValue - Threads)
            throw new ArgumentException($"a pooling over {pixels} pixels is beyond what one launch counts ({int.MaxValue - Threads}); take a smaller batch");
        var (vector, columns, tiles) = Columns(kernel.VectorOf(type), sizes, arguments);
        uint lanes = Threads / columns;
        var grid = new Dim3(((uint)pixels + lanes - 1) / lanes, tiles);
        kernel.For(type, vector).Launch(stream, grid, new Dim3(columns, lanes), arguments with { Sizes = sizes with { Pixels = (int)pixels } });
    }

    private static (int Vector, uint Columns, uint Tiles) Columns(int widest, in PoolSizes sizes, in PoolArgs arguments)
    {
        int vector = sizes.Channels % widest == 0 && ((arguments.X | arguments.Y | arguments.Index) & 15) == 0 ? widest : 1;
        uint vectors = (uint)(sizes.Channels / vector);
        uint columns = vectors <= WidestTile ? Math.Max(1, vectors) : Tile;
        return (vector, columns, (vectors + columns - 1) / columns);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PoolArgs
    {
        public nint X, Y, Index;
        public PoolSizes Sizes;
        public int Accumulate, Unused;
    }
}
