using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>layout.cu</c> and <c>layout_bf16.cu</c>. Addresses are on the device; every tensor is dense.</summary>
public sealed class LayoutKernels(KernelLibrary library)
{
    private const string Stem = "layout";
    private const string HalfStem = "layout_bf16";
    private const int Tile = 32;

    // With fewer rows or columns most of a tile would be empty.
    private const int NarrowBelow = 8;

    private readonly Kernel<TransposeArgs> _transpose = new(library, Stem, "transpose_b32"), _transposeHalf = new(library, HalfStem, "transpose_b16");
    private readonly Kernel<TransposeArgs> _narrow = new(library, Stem, "transpose_narrow_b32"), _narrowHalf = new(library, HalfStem, "transpose_narrow_b16");
    private readonly TypedKernel<ResizeChannelsArgs> _resizeChannels = new(library, Stem, "resize_channels");

    /// <summary>y [batch, columns, rows] = x [batch, rows, columns], of any type of 2 or 4 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The elements have another size.</exception>
    public void Transpose(CuStream stream, int elementSize, nint x, nint y, long batch, long rows, long columns)
    {
        if (elementSize is not (2 or 4))
        {
            throw new ArgumentOutOfRangeException(nameof(elementSize), elementSize, "elements of 2 or 4 bytes are moved");
        }

        bool half = elementSize == 2;
        var arguments = new TransposeArgs { X = x, Y = y, Batch = batch, Rows = rows, Columns = columns };
        if (Math.Min(rows, columns) < NarrowBelow)
        {
            (half ? _narrowHalf : _narrow).Launch(stream, LaunchGrid.ForThreads(batch * rows * columns), LaunchGrid.Threads, arguments);
            return;
        }

        long tiles = batch * ((rows + Tile - 1) / Tile) * ((columns + Tile - 1) / Tile);
        (half ? _transposeHalf : _transpose).Launch(stream, LaunchGrid.ForBlocks(tiles), LaunchGrid.Threads, arguments);
    }

    /// <summary>y [pixels, to] (+)= x [pixels, from], with the last channels dropped or zeros behind them.</summary>
    public void ResizeChannels(CuStream stream, ElementType type, nint x, int from, nint y, int to, long pixels, bool accumulate)
    {
        long columns = accumulate ? Math.Min(from, to) : to;
        int pack = type.PackWidth();
        long threads = pixels * (from % pack == 0 && to % pack == 0 ? columns / pack : columns);
        _resizeChannels.For(type).Launch(stream, LaunchGrid.ForThreads(threads), LaunchGrid.Threads,
            new ResizeChannelsArgs { X = x, Y = y, Pixels = pixels, From = from, To = to, Accumulate = accumulate ? 1 : 0 });
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TransposeArgs
    {
        public nint X;
        public nint Y;
        public long Batch;
        public long Rows;
        public long Columns;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ResizeChannelsArgs
    {
        public nint X;
        public nint Y;
        public long Pixels;
        public int From;
        public int To;
        public int Accumulate;
        public int Padding;
    }
}
