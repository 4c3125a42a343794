using System.Runtime.InteropServices;

namespace WrnEngine.Training.Data.Whitening;

/// <summary>
/// A matrix of doubles in the order that <see cref="PanelKernel"/> reads and writes: panels of <see cref="PanelKernel.Width"/> columns,
/// each with all its rows, so that a product packs nothing. Columns that only fill the last panel up are zero. The memory is native,
/// because a garbage-collected 75 MB would stay around for as long as it likes.
/// </summary>
internal sealed unsafe class PanelMatrix : IDisposable
{
    private const nuint Alignment = 64;

    private double* _data;

    /// <summary>A matrix of zeros.</summary>
    public PanelMatrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        (Rows, Columns) = (rows, columns);
        PanelCount = (columns + PanelKernel.Width - 1) / PanelKernel.Width;
        _data = (double*)NativeMemory.AlignedAlloc((nuint)Length * sizeof(double), Alignment);
        Clear();
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns that mean something.</summary>
    public int Columns { get; }

    /// <summary>Panels.</summary>
    public int PanelCount { get; }

    /// <summary>Numbers stored, the filling included.</summary>
    public long Length => (long)PanelCount * Rows * PanelKernel.Width;

    /// <summary>One number.</summary>
    public ref double this[int row, int column] => ref Row(column / PanelKernel.Width, row)[column % PanelKernel.Width];

    /// <summary>The <see cref="PanelKernel.Width"/> numbers of one row in one panel; the next row of the panel follows.</summary>
    public double* Row(int panel, int row)
    {
        ObjectDisposedException.ThrowIf(_data == null, this);
        return _data + (((long)panel * Rows) + row) * PanelKernel.Width;
    }

    /// <summary>Every number of one panel.</summary>
    public Span<double> Panel(int panel) => new(Row(panel, 0), Rows * PanelKernel.Width);

    /// <summary>Sets every number to zero.</summary>
    public void Clear() => NativeMemory.Clear(_data, (nuint)Length * sizeof(double));

    /// <summary>Copies numbers from row-major order.</summary>
    public void CopyFrom(ReadOnlySpan<double> source)
    {
        if (source.Length != (long)Rows * Columns) throw new ArgumentException($"{Rows} x {Columns} numbers were expected, not {source.Length}.");
        for (int row = 0; row < Rows; row++)
            for (int column = 0; column < Columns; column++)
                this[row, column] = source[(row * Columns) + column];
    }

    /// <summary>The numbers in row-major order.</summary>
    public double[] ToArray()
    {
        var result = new double[Rows * Columns];
        for (int row = 0; row < Rows; row++)
            for (int column = 0; column < Columns; column++)
                result[(row * Columns) + column] = this[row, column];
        return result;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>A data set's transform lives as long as the data set, which nobody disposes of.</summary>
    ~PanelMatrix() => NativeMemory.AlignedFree(_data);
}
