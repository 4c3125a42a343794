namespace WrnEngine.Training.Data.Whitening;

/// <summary>
/// Products A'B of double matrices, divided over threads by blocks of the result: each number is summed by one thread, over k in order,
/// so the result is the same bits for any number of threads.
/// </summary>
internal static unsafe class PanelProduct
{
    private const int ChunkOfK = 128; // a chunk of a panel is 24 KB and of a block of panels 192 KB: they stay in the L1 and L2 caches
    private const int PanelsPerBlock = 8;

    /// <summary>C (+)= A'B for A [k, m] and B [k, n].</summary>
    public static void Multiply(PanelMatrix a, PanelMatrix b, PanelMatrix c, int threads, bool accumulate = false) =>
        Run(a, b, c, threads, accumulate, upperOnly: false);

    /// <summary>
    /// C (+)= A'B where that is symmetric but for rounding: the blocks on and above the diagonal. <see cref="Mirror"/> fills the rest.
    /// </summary>
    public static void MultiplyUpper(PanelMatrix a, PanelMatrix b, PanelMatrix c, int threads, bool accumulate = false) =>
        Run(a, b, c, threads, accumulate, upperOnly: true);

    /// <summary>Copies what is above the diagonal below it.</summary>
    public static void Mirror(PanelMatrix c, int threads) => Parallel.For(0, c.PanelCount, Options(threads), panel =>
    {
        int first = panel * PanelKernel.Width;
        for (int row = first + 1; row < c.Rows; row++)
        {
            double* target = c.Row(panel, row);
            int end = Math.Min(PanelKernel.Width, row - first);
            for (int j = 0; j < end; j++) target[j] = c[first + j, row];
        }
    });

    /// <summary>Transposes a square matrix in its place.</summary>
    public static void Transpose(PanelMatrix c, int threads) => Parallel.For(0, c.PanelCount, Options(threads), panel =>
    {
        int first = panel * PanelKernel.Width;
        for (int row = first + 1; row < c.Rows; row++)
        {
            double* target = c.Row(panel, row);
            int end = Math.Min(PanelKernel.Width, row - first);
            for (int j = 0; j < end; j++)
            {
                ref double other = ref c[first + j, row];
                (target[j], other) = (other, target[j]);
            }
        }
    });

    /// <summary>How much of the machine a loop may take.</summary>
    public static ParallelOptions Options(int threads) => new() { MaxDegreeOfParallelism = Math.Max(1, threads) };

    private static void Run(PanelMatrix a, PanelMatrix b, PanelMatrix c, int threads, bool accumulate, bool upperOnly)
    {
        if (a.Rows != b.Rows || a.Columns != c.Rows || b.Columns != c.Columns)
        {
            throw new ArgumentException(
                $"[{a.Rows}, {a.Columns}]' times [{b.Rows}, {b.Columns}] is not [{c.Rows}, {c.Columns}].");
        }

        int rowBlocks = Blocks(a.PanelCount), columnBlocks = Blocks(b.PanelCount);
        (int Row, int Column)[] blocks =
        [
            .. Enumerable.Range(0, rowBlocks).SelectMany(row => Enumerable.Range(upperOnly ? row : 0, columnBlocks - (upperOnly ? row : 0))
                .Select(column => (row, column))),
        ];
        Parallel.For(0, blocks.Length, Options(threads), i => Block(a, b, c, blocks[i].Row, blocks[i].Column, accumulate));
    }

    private static int Blocks(int panels) => (panels + PanelsPerBlock - 1) / PanelsPerBlock;

    private static void Block(PanelMatrix a, PanelMatrix b, PanelMatrix c, int rowBlock, int columnBlock, bool accumulate)
    {
        int rowEnd = Math.Min(a.PanelCount, (rowBlock + 1) * PanelsPerBlock), columnEnd = Math.Min(b.PanelCount, (columnBlock + 1) * PanelsPerBlock);
        for (int k = 0; k < a.Rows; k += ChunkOfK)
        {
            int run = Math.Min(ChunkOfK, a.Rows - k);
            for (int column = columnBlock * PanelsPerBlock; column < columnEnd; column++)
            {
                double* from = b.Row(column, k);
                for (int row = rowBlock * PanelsPerBlock; row < rowEnd; row++)
                    Panel(a.Row(row, k), from, c, row, column, run, accumulate || k > 0);
            }
        }
    }

    private static void Panel(double* a, double* b, PanelMatrix c, int rowPanel, int columnPanel, int k, bool accumulate)
    {
        int first = rowPanel * PanelKernel.Width, end = Math.Min(c.Rows, first + PanelKernel.Width);
        for (int row = first; row < end; row += PanelKernel.TileRows)
        {
            double* target = c.Row(columnPanel, row);
            if (row + PanelKernel.TileRows <= c.Rows) PanelKernel.Tile(a + (row - first), b, target, k, accumulate);
            else Partial(a + (row - first), b, target, c.Rows - row, k, accumulate);
        }
    }

    /// <summary>A tile that hangs over the end of the matrix.</summary>
    private static void Partial(double* a, double* b, double* target, int rows, int k, bool accumulate)
    {
        double* whole = stackalloc double[PanelKernel.TileRows * PanelKernel.Width];
        PanelKernel.Tile(a, b, whole, k, accumulate: false);
        for (int i = 0; i < rows * PanelKernel.Width; i++) target[i] = accumulate ? target[i] + whole[i] : whole[i];
    }
}
