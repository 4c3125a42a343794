using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>How the sums of a product are cut into splits, so that few output tiles still fill the device; and the kernel of <c>gemm_splits.cu</c> that adds them.</summary>
public sealed class GemmSplitsKernels(KernelLibrary library)
{
    private const string Stem = "gemm_splits";
    private const int Threads = 256, WarpsPerMultiprocessor = 16, Granularity = 16;

    // Splits that a thread adds before it is worth to share them with others, and with how many at most, as powers of two.
    private const int FewSplits = 8, MostSliceShift = 3;

    private readonly Kernel<SplitsArgs> _vector = new(library, Stem, "gemm_splits_f32");
    private readonly Kernel<SplitsArgs> _any = new(library, Stem, "gemm_splits_any_size_f32");

    /// <summary>Terms of each split and their number, so that about 16 warps come to each multiprocessor.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="tiles">Tiles of the output.</param>
    /// <param name="depth">Terms of each sum.</param>
    /// <param name="leastDepth">Terms that are worth a split.</param>
    /// <param name="multiprocessors">Of the device.</param>
    public static (int Splits, int DepthPerSplit) Plan(GemmTile tile, long tiles, int depth, int leastDepth, int multiprocessors)
    {
        ArgumentNullException.ThrowIfNull(tile);
        long blocks = (long)multiprocessors * WarpsPerMultiprocessor * 32 / tile.Threads;
        long splits = Math.Clamp((blocks + tiles - 1) / tiles, 1, Math.Max(1, depth / leastDepth));
        long perSplit = ((depth + splits - 1) / splits + Granularity - 1) / Granularity * Granularity;
        perSplit = Math.Max(perSplit, Granularity);
        return ((int)Math.Max(1, (depth + perSplit - 1) / perSplit), (int)perSplit);
    }

    /// <summary>y (+)= sum of the splits + bias.</summary>
    /// <param name="stream">Where to enqueue it.</param>
    /// <param name="splitsOfY">[splits, count].</param>
    /// <param name="splits">How many.</param>
    /// <param name="y">[count].</param>
    /// <param name="count">Elements of y.</param>
    /// <param name="accumulate">Add to y.</param>
    /// <param name="bias">[columns], or 0 for none.</param>
    /// <param name="columns">Columns of y.</param>
    public void Sum(CuStream stream, nint splitsOfY, int splits, nint y, long count, bool accumulate, nint bias = 0, int columns = 1)
    {
        bool vector = count % 4 == 0 && (bias == 0 || columns % 4 == 0) && Conv2dKernels.Aligned(splitsOfY, y, bias);
        int shift = 0;
        while (shift < MostSliceShift && splits >> shift > FewSplits)
        {
            shift++;
        }

        int elements = (Threads >> shift) * (vector ? 4 : 1);
        (vector ? _vector : _any).Launch(stream, checked((uint)((count + elements - 1) / elements)), Threads, new SplitsArgs
        {
            SplitsOfY = splitsOfY,
            Y = y,
            Bias = bias,
            Count = count,
            Splits = splits,
            Columns = columns,
            Accumulate = accumulate ? 1 : 0,
            SliceShift = shift,
        });
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct SplitsArgs
    {
        public nint SplitsOfY;
        public nint Y;
        public nint Bias;
        public long Count;
        public int Splits;
        public int Columns;
        public int Accumulate;
        public int SliceShift;
    }
}
