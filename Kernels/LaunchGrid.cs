using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Grids of kernels whose threads go on by the size of the grid until everything is done.</summary>
internal static class LaunchGrid
{
    /// <summary>Threads of a block, where a kernel has no reason for another number.</summary>
    public const int Threads = 256;

    // Beyond this many blocks a thread takes several places in turn: enough to fill the largest device several times over.
    private const long MostBlocks = 4096;

    /// <summary>Blocks for so many threads' work.</summary>
    public static Dim3 ForThreads(long threads) => ForBlocks((threads + Threads - 1) / Threads);

    /// <summary>Blocks for so many blocks' work.</summary>
    public static Dim3 ForBlocks(long blocks) => (uint)Math.Min(MostBlocks, blocks);

    /// <summary>Blocks for an elementwise kernel: a pack of elements to a thread.</summary>
    public static Dim3 ForElements(long elements, int pack = 4) => ForThreads((elements + pack - 1) / pack);

    /// <summary>Blocks for a kernel that takes a matrix in packs of columns where it can, and one by one where it can't.</summary>
    public static Dim3 ForRows(long rows, long columns, int pack = 4) => ForThreads(columns % pack == 0 ? rows * (columns / pack) : rows * columns);
}
