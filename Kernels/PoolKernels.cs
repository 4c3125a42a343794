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

/// <summary>Launches the kernels of <c>pool.cu</c>. Images are channels-last and dense; addresses are on the device.</summary>
public sealed class PoolKernels(KernelLibrary library)
{
    private const string Stem = "pool";
    private const int Threads = 256;
    private const int WidestTile = 64;
    private const int Tile = 32;

    // Below this many threads a device is not full and a long window leaves each of them alone with it.
    private const long FewThreads = 1 << 17;
    private const int LargeWindow = 16;

    private readonly PoolKernel _max = new(library, "max_pool");
    private readonly PoolKernel _maxBackward = new(library, "max_pool_backward");
    private readonly PoolKernel _average = new(library, "average_pool");
    private readonly PoolKernel _averageWindow = new(library, "average_pool_window");
    private readonly PoolKernel _averageBackward = new(library, "average_pool_backward");

    /// <summary>y and index [N, outH, outW, C] from x [N, H, W, C].</summary>
    public void Max(CuStream stream, int n, in PoolSizes sizes, nint x, nint y, nint index) =>
        LaunchByPixel(_max, stream, (long)n * sizes.OutH * sizes.OutW, sizes, new PoolArgs { X = x, Y = y, Index = index });

    /// <summary>gradX (+)= each gradY at the place of its maximum.</summary>
    public void MaxBackward(CuStream stream, int n, in PoolSizes sizes, nint index, nint gradY, nint gradX, bool accumulate) =>
        LaunchByPixel(
            _maxBackward, stream, (long)n * sizes.H * sizes.W, sizes, new PoolArgs { X = gradY, Y = gradX, Index = index, Accumulate = accumulate ? 1 : 0 });

    /// <summary>y [N, outH, outW, C] from x [N, H, W, C].</summary>
    public void Average(CuStream stream, int n, in PoolSizes sizes, nint x, nint y)
    {
        long pixels = (long)n * sizes.OutH * sizes.OutW;
        var arguments = new PoolArgs { X = x, Y = y };
        int window = sizes.KernelH * sizes.KernelW;
        if (window < LargeWindow || pixels * sizes.Channels >= FewThreads)
        {
            LaunchByPixel(_average, stream, pixels, sizes, arguments);
            return;
        }
        var (vectorized, columns, tiles) = Columns(sizes, arguments);
        var block = new Dim3(columns, Math.Min((uint)(window + 3) / 4, Threads / columns));
        _averageWindow.For(vectorized).Launch(stream, new Dim3((uint)pixels, tiles), block, arguments with { Sizes = sizes });
    }

    /// <summary>gradX (+)= each gradY / (kH kW) over its window.</summary>
    public void AverageBackward(CuStream stream, int n, in PoolSizes sizes, nint gradY, nint gradX, bool accumulate) =>
        LaunchByPixel(_averageBackward, stream, (long)n * sizes.H * sizes.W, sizes, new PoolArgs { X = gradY, Y = gradX, Accumulate = accumulate ? 1 : 0 });

    private static void LaunchByPixel(PoolKernel kernel, CuStream stream, long pixels, in PoolSizes sizes, in PoolArgs arguments)
    {
        if (pixels >= int.MaxValue - Threads)
            throw new ArgumentException($"a pooling over {pixels} pixels is beyond what one launch counts ({int.MaxValue - Threads}); take a smaller batch");
        var (vectorized, columns, tiles) = Columns(sizes, arguments);
        uint lanes = Threads / columns;
        var grid = new Dim3(((uint)pixels + lanes - 1) / lanes, tiles);
        kernel.For(vectorized).Launch(stream, grid, new Dim3(columns, lanes), arguments with { Sizes = sizes with { Pixels = (int)pixels } });
    }

    private static (bool Vectorized, uint Columns, uint Tiles) Columns(in PoolSizes sizes, in PoolArgs arguments)
    {
        bool vectorized = sizes.Channels % 4 == 0 && ((arguments.X | arguments.Y | arguments.Index) & 15) == 0;
        uint vectors = (uint)(vectorized ? sizes.Channels / 4 : sizes.Channels);
        uint columns = vectors <= WidestTile ? Math.Max(1, vectors) : Tile;
        return (vectorized, columns, (vectors + columns - 1) / columns);
    }

    private sealed class PoolKernel(KernelLibrary library, string name)
    {
        private readonly Kernel<PoolArgs> _scalar = new(library, Stem, name + "_f32"), _vector = new(library, Stem, name + "_vec4_f32");

        public Kernel<PoolArgs> For(bool vectorized) => vectorized ? _vector : _scalar;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PoolArgs
    {
        public nint X, Y, Index;
        public PoolSizes Sizes;
        public int Accumulate, Unused;
    }
}
