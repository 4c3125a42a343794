namespace WrnEngine.Kernels;

/// <summary>The tiles of <c>Common/mma_tile.cuh</c> (128 rows by 32, 64, 128 or 160 columns) and how a product is cut into them.</summary>
internal static class MmaTiling
{
    public const int Rows = 128;
    public const int Threads = 256;

    // Splits of the depth below this many stages would spend their time on filling the pipeline.
    private const int FewestSteps = 8;
    private const int BlocksPerMultiprocessor = 2;
    private const int MostSplits = 65535;

    private const int Stages = 4;
    private const int DepthBytes = 64;

    /// <summary>Widths of the tiles with what each makes of the tensor cores when it is full: narrow tiles load more per product. An estimate.</summary>
    private static readonly (int Width, double Efficiency)[] Widths = [(160, 1.0), (128, 0.98), (64, 0.75), (32, 0.45)];

    /// <summary>Dynamic shared memory of a kernel: the stages. What its end needs fits in there.</summary>
    public static uint SharedBytes(int width) => (uint)(Stages * (Rows + width) * DepthBytes);

    /// <summary>Elements of depth in a stage.</summary>
    public static int Depth(TensorCoreType type) => type == TensorCoreType.Tf32 ? DepthBytes / 4 : DepthBytes / 2;

    public static int Tiles(int extent, int size) => (extent + size - 1) / size;

    /// <summary>
    /// The width with the most useful work per time: of all tiles computed in whole waves over the multiprocessors, the part inside the product. So 160, 320
    /// and 640 columns get 160, and 128, 256 and 512 get 128.
    /// </summary>
    /// <param name="canSplit">The depth can be split to fill the last wave.</param>
    public static int Width(int rows, int columns, int multiprocessors, bool canSplit)
    {
        (int best, double most) = (0, 0);
        foreach ((int width, double efficiency) in Widths)
        {
            long tiles = (long)Tiles(rows, Rows) * Tiles(columns, width);
            double waves = (double)tiles / multiprocessors;
            double time = (canSplit ? waves : Math.Ceiling(waves)) * width;
            double useful = efficiency * rows * columns / time;
            if (useful > most)
            {
                (best, most) = (width, useful);
            }
        }

        return best;
    }

    /// <summary>Into how many ranges of how many stages the depth is cut: as many as fill the device once, each long enough.</summary>
    public static (int Splits, int StepsPerSplit) Split(long tiles, int steps, int multiprocessors)
    {
        long wanted = Math.Clamp(BlocksPerMultiprocessor * multiprocessors / tiles, 1, Math.Clamp(steps / FewestSteps, 1, MostSplits));
        int perSplit = Math.Max(1, Tiles(steps, (int)wanted));
        return (Math.Max(1, Tiles(steps, perSplit)), perSplit);
    }
}
