using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>
/// Launches the kernels of <c>reduce.cu</c> and <c>reduce_bf16.cu</c>. Addresses are on the device. A sum is two launches: one of the three kinds of partial sums, into working memory
/// of <see cref="SumParts.ScratchBytes"/>, then <see cref="Finish"/>.
/// </summary>
public sealed class ReduceKernels(KernelLibrary library)
{
    private const string Stem = "reduce";
    private const int Threads = LaunchGrid.Threads;
    private const int Warps = Threads / 32;
    private const int MostColumnsOfBlock = 128;

    private readonly TypedKernel<RowsArgs> _rowsWarp = new(library, Stem, "reduce_sum_rows_warp");
    private readonly TypedKernel<RowsArgs> _rowsBlock = new(library, Stem, "reduce_sum_rows_block");
    private readonly TypedKernel<ColumnsArgs> _columns = new(library, Stem, "reduce_sum_columns");
    private readonly TypedKernel<ColumnsArgs> _columnsPack = new(library, Stem, "reduce_sum_columns_pack");
    private readonly TypedKernel<AxesArgs> _axesWarp = new(library, Stem, "reduce_sum_axes_warp");
    private readonly TypedKernel<AxesArgs> _axesThread = new(library, Stem, "reduce_sum_axes_thread");
    private readonly TypedKernel<FinishArgs> _finish = new(library, Stem, "reduce_sum_finish");
    private readonly TypedKernel<NonFiniteArgs> _nonFinite = new(library, Stem, "has_non_finite");

    /// <summary>How <see cref="SumColumns"/> divides the sums along the middle axis of x [batch, rows, columns].</summary>
    public static SumParts PartsOfColumns(ElementType type, nint x, long batch, long rows, long columns)
    {
        var (_, tile, tiles) = Columns(type, x, columns);
        return SumParts.OfColumns(batch, rows, columns, tiles, Threads / tile);
    }

    /// <summary>partial = sums along the rows of x [outputs, length], divided as <see cref="SumParts.OfRows"/> does.</summary>
    public void SumRows(CuStream stream, ElementType type, nint x, long length, nint partial, SumParts parts)
    {
        var arguments = new RowsArgs { X = x, Partial = partial, Outputs = parts.Outputs, Length = length, Chunk = parts.Chunk, Parts = parts.Parts };
        if (length <= SumParts.LongestWarpRow)
        {
            _rowsWarp.For(type).Launch(stream, LaunchGrid.ForBlocks((parts.Outputs + Warps - 1) / Warps), Threads, arguments);
        }
        else
        {
            _rowsBlock.For(type).Launch(stream, LaunchGrid.ForBlocks(parts.Outputs * parts.Parts), Threads, arguments);
        }
    }

    /// <summary>partial = sums along the middle axis of x [batch, rows, columns], divided as <see cref="PartsOfColumns"/> does.</summary>
    public void SumColumns(CuStream stream, ElementType type, nint x, long batch, long rows, long columns, nint partial, SumParts parts)
    {
        var (packs, tile, tiles) = Columns(type, x, columns);
        (packs ? _columnsPack : _columns).For(type).Launch(stream, LaunchGrid.ForBlocks(batch * parts.Parts * tiles), Threads, new ColumnsArgs
        {
            X = x,
            Partial = partial,
            Batch = batch,
            Rows = rows,
            Columns = columns,
            Chunk = parts.Chunk,
            Parts = parts.Parts,
            Tile = tile,
        });
    }

    /// <summary>
    /// partial = sums over some axes of x, divided as <see cref="SumParts.OfAxes"/> does; sizes and strides from the outermost axis in.
    /// </summary>
    /// <param name="warps">A warp for each partial sum, for the innermost axis is summed; otherwise a thread.</param>
    public void SumAxes(
        CuStream stream, ElementType type, nint x, ReadOnlySpan<long> keptSizes, ReadOnlySpan<long> keptStrides, ReadOnlySpan<long> summedSizes, ReadOnlySpan<long> summedStrides,
        bool warps, nint partial, SumParts parts)
    {
        long length = 1;
        foreach (long size in summedSizes)
        {
            length *= size;
        }

        long threads = parts.Outputs * parts.Parts * (warps ? 32 : 1);
        (warps ? _axesWarp : _axesThread).For(type).Launch(stream, LaunchGrid.ForThreads(threads), Threads, new AxesArgs
        {
            X = x,
            Partial = partial,
            Outputs = parts.Outputs,
            Length = length,
            Chunk = parts.Chunk,
            Kept = Axes.From(keptSizes),
            KeptStrides = AxisNumbers.From(keptStrides),
            Summed = Axes.From(summedSizes),
            SummedStrides = AxisNumbers.From(summedStrides),
            Parts = parts.Parts,
        });
    }

    /// <summary>y (+)= scale * the sum of each output's parts; output i, row-major over the sizes, lies in y at the strides.</summary>
    public void Finish(
        CuStream stream, nint partial, SumParts parts, ElementType type, nint y, ReadOnlySpan<long> sizes, ReadOnlySpan<long> yStrides, float scale, bool accumulate)
    {
        int lanes = parts.Parts <= 4 ? 1 : parts.Parts <= 64 ? 8 : 32;
        _finish.For(type).Launch(stream, LaunchGrid.ForThreads(parts.Outputs * lanes), Threads, new FinishArgs
        {
            Partial = partial,
            Y = y,
            Outputs = parts.Outputs,
            Kept = Axes.From(sizes),
            YStrides = AxisNumbers.From(yStrides),
            Parts = parts.Parts,
            Lanes = lanes,
            Scale = scale,
            Accumulate = accumulate ? 1 : 0,
        });
    }

    /// <summary>found = 1 where x holds a NaN or an infinity; it has to be 0 before.</summary>
    /// <param name="found">An int32.</param>
    public void HasNonFinite(CuStream stream, ElementType type, nint x, long count, nint found) =>
        _nonFinite.For(type).Launch(stream, LaunchGrid.ForElements(count, type.PackWidth()), Threads, new NonFiniteArgs { X = x, Found = found, Count = count });

    /// <summary>Whether columns go in packs, how many threads of a block are beside each other, and how many blocks that makes.</summary>
    private static (bool Packs, int Tile, long Tiles) Columns(ElementType type, nint x, long columns)
    {
        int pack = type.PackWidth();
        bool packs = columns % pack == 0 && x % 16 == 0;
        long places = packs ? columns / pack : columns;
        long tiles = (places + MostColumnsOfBlock - 1) / MostColumnsOfBlock;
        return (packs, (int)((places + tiles - 1) / tiles), tiles);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct RowsArgs
    {
        public nint X;
        public nint Partial;
        public long Outputs;
        public long Length;
        public long Chunk;
        public int Parts;
        public int Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ColumnsArgs
    {
        public nint X;
        public nint Partial;
        public long Batch;
        public long Rows;
        public long Columns;
        public long Chunk;
        public int Parts;
        public int Tile;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct AxesArgs
    {
        public nint X;
        public nint Partial;
        public long Outputs;
        public long Length;
        public long Chunk;
        public Axes Kept;
        public AxisNumbers KeptStrides;
        public Axes Summed;
        public AxisNumbers SummedStrides;
        public int Parts;
        public int Padding;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FinishArgs
    {
        public nint Partial;
        public nint Y;
        public long Outputs;
        public Axes Kept;
        public AxisNumbers YStrides;
        public int Parts;
        public int Lanes;
        public float Scale;
        public int Accumulate;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NonFiniteArgs
    {
        public nint X;
        public nint Found;
        public long Count;
    }
}
