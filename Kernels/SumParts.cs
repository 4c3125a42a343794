namespace WrnEngine.Kernels;

/// <summary>
/// How a sum is divided into partial sums, of which a thread block or a warp makes one. It depends on the shapes alone, so a sum has the same bits on
/// every device.
/// </summary>
/// <param name="Outputs">Results.</param>
/// <param name="Parts">Partial sums of each.</param>
/// <param name="Chunk">Terms of a part; the last one may have fewer.</param>
public readonly record struct SumParts(long Outputs, int Parts, long Chunk)
{
    /// <summary>Rows up to this long are a warp's work.</summary>
    public const int LongestWarpRow = 2048;

    // Enough to fill the largest device; each has enough to do that its start does not count.
    private const long WantedBlocks = 1024;

    /// <summary>Bytes of working memory for the partial sums.</summary>
    public long ScratchBytes => Outputs * Parts * sizeof(double);

    /// <summary>For sums along the rows of a matrix [outputs, length].</summary>
    public static SumParts OfRows(long outputs, long length) =>
        length <= LongestWarpRow ? new(outputs, 1, Math.Max(1, length)) : Cut(outputs, length, WantedBlocks / outputs, 2 * LongestWarpRow, 4);

    /// <summary>For sums along the middle axis of [batch, rows, columns], by <paramref name="blocksBeside"/> blocks beside each other that take <paramref name="rowsAtOnce"/> rows at once.</summary>
    public static SumParts OfColumns(long batch, long rows, long columns, long blocksBeside, int rowsAtOnce) =>
        Cut(batch * columns, rows, WantedBlocks / (batch * blocksBeside), 16 * rowsAtOnce, 1);

    /// <summary>For sums over scattered axes, by a warp or a thread each.</summary>
    public static SumParts OfAxes(long outputs, long length, bool warps) =>
        warps ? Cut(outputs, length, 8 * WantedBlocks / outputs, 512, 1) : Cut(outputs, length, 64 * WantedBlocks / outputs, 64, 1);

    private static SumParts Cut(long outputs, long length, long wanted, long least, long multiple)
    {
        long parts = Math.Clamp(wanted, 1, Math.Max(1, (length + least - 1) / least));
        long chunk = ((length + parts - 1) / parts + multiple - 1) / multiple * multiple;
        return new(outputs, (int)((length + chunk - 1) / chunk), chunk);
    }
}
