namespace WrnEngine.Devices.Cpu.Gemm;

/// <summary>
/// The cut of a matrix's columns into panels for the micro-kernel: all of <see cref="GemmKernel.MaxWidth"/> columns but the last, which
/// is rounded up to whole vectors only. A packed panel holds its columns contiguously for each k; panels follow one another.
/// </summary>
internal readonly struct Panels(int columns)
{
    /// <summary>Columns of the matrix.</summary>
    public int Columns { get; } = columns;

    /// <summary>Number of panels.</summary>
    public int Count { get; } = (columns + GemmKernel.MaxWidth - 1) / GemmKernel.MaxWidth;

    /// <summary>The columns of the matrix in a panel.</summary>
    public int ColumnsIn(int panel) => Math.Min(GemmKernel.MaxWidth, Columns - panel * GemmKernel.MaxWidth);

    /// <summary>The width of a panel with its padding.</summary>
    public int WidthOf(int panel) => GemmKernel.RoundUp(ColumnsIn(panel));

    /// <summary>Where a packed panel starts when there are <paramref name="k"/> rows.</summary>
    public static long OffsetOf(int panel, int k) => (long)panel * GemmKernel.MaxWidth * k;

    /// <summary>Length of all packed panels with <paramref name="k"/> rows.</summary>
    public long PackedLength(int k) => Count == 0 ? 0 : OffsetOf(Count - 1, k) + (long)WidthOf(Count - 1) * k;
}
