namespace WrnEngine.Kernels;

/// <summary>A tile of the float32 products (<c>Common/gemm_tile.cuh</c>) and what choosing it costs.</summary>
/// <param name="Name">As in the kernels' names.</param>
/// <param name="M">Rows of a block's tile.</param>
/// <param name="N">Columns of a block's tile.</param>
/// <param name="PerThread">Elements that one thread computes.</param>
/// <param name="Efficiency">Share of its instructions that are multiply-adds, roughly: the more elements a thread has, the fewer loads for each.</param>
public sealed record GemmTile(string Name, int M, int N, int PerThread, double Efficiency)
{
    private const int SchedulersPerMultiprocessor = 4;

    /// <summary>Threads of a block.</summary>
    public int Threads => M * N / PerThread;

    private int Warps => Threads / 32;

    /// <summary>Tiles down an m x n matrix.</summary>
    public long TilesM(long m) => (m + M - 1) / M;

    /// <summary>Tiles of an m x n matrix.</summary>
    public long Tiles(long m, long n) => TilesM(m) * ((n + N - 1) / N);

    /// <summary>
    /// The tile with which the slowest scheduler of the device has least to do: blocks are spread over the multiprocessors, their warps over the four
    /// schedulers of each. So padding counts, and a last wave that fills only a part of the device, and a tile too large to keep all schedulers busy.
    /// What a scheduler has to do on average is added, so that of tiles that leave the device half empty the one with less padding wins.
    /// </summary>
    /// <param name="tiles">The larger ones first: of equals the first is taken.</param>
    /// <param name="m">Rows of the product.</param>
    /// <param name="n">Columns of the product.</param>
    /// <param name="multiprocessors">Of the device.</param>
    public static GemmTile Choose(IReadOnlyList<GemmTile> tiles, long m, long n, int multiprocessors)
    {
        ArgumentNullException.ThrowIfNull(tiles);
        return tiles.MinBy(tile => tile.Time(m, n, multiprocessors))!;
    }

    private double Time(long m, long n, int multiprocessors)
    {
        long tiles = Tiles(m, n), blocks = (tiles + multiprocessors - 1) / multiprocessors;
        long slowest = (blocks * Warps + SchedulersPerMultiprocessor - 1) / SchedulersPerMultiprocessor;
        double average = (double)tiles * Warps / (SchedulersPerMultiprocessor * multiprocessors);
        return (slowest + average) * PerThread / Efficiency;
    }
}
