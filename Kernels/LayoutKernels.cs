using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>layout.cu</c>. Addresses are on the device; every tensor is dense.</summary>
public sealed class LayoutKernels(KernelLibrary library)
{
    private const string Stem = "layout";
    private const int Tile = 32;

    // With fewer rows or columns most of a tile would be empty.
    private const int NarrowBelow = 8;

    private readonly Kernel<TransposeArgs> _transpose = new(library, Stem, "transpose_b32");
    private readonly Kernel<TransposeArgs> _transposeNarrow = new(library, Stem, "transpose_narrow_b32");
    private readonly Kernel<ResizeChannelsArgs> _resizeChannels = new(library, Stem, "resize_channels_f32");

    /// <summary>y [batch, columns, rows] = x [batch, rows, columns], of any 4-byte type.</summary>
    public void Transpose(CuStream stream, nint x, nint y, long batch, long rows, long columns)
    {
        var arguments = new TransposeArgs { X = x, Y = y, Batch = batch, Rows = rows, Columns = columns };
        if (Math.Min(rows, columns) < NarrowBelow)
        {
            _transposeNarrow.Launch(stream, LaunchGrid.ForThreads(batch * rows * columns), LaunchGrid.Threads, arguments);
            return;
        }

        long tiles = batch * ((rows + Tile - 1) / Tile) * ((columns + Tile - 1) / Tile);
        _transpose.Launch(stream, LaunchGrid.ForBlocks(tiles), LaunchGrid.Threads, arguments);
    }

    /// <summary>y [pixels, to] (+)= x [pixels, from], with the last channels dropped or zeros behind them.</summary>
    public void ResizeChannels(CuStream stream, nint x, int from, nint y, int to, long pixels, bool accumulate)
    {
        long columns = accumulate ? Math.Min(from, to) : to;
        long threads = pixels * (from % 4 == 0 && to % 4 == 0 ? columns / 4 : columns);
        _resizeChannels.Launch(stream, LaunchGrid.ForThreads(threads), LaunchGrid.Threads,
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
