using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>broadcast.cu</c> and <c>broadcast_bf16.cu</c>. Addresses are on the device; a, b and y are of one element type; y is dense.</summary>
public sealed class BroadcastKernels(KernelLibrary library)
{
    /// <summary>a + b.</summary>
    public BinaryFunction Add { get; } = new(library, "add");

    /// <summary>a - b.</summary>
    public BinaryFunction Subtract { get; } = new(library, "subtract");

    /// <summary>a * b.</summary>
    public BinaryFunction Multiply { get; } = new(library, "multiply");

    /// <summary>a / b.</summary>
    public BinaryFunction Divide { get; } = new(library, "divide");
}

/// <summary>How an operand is read beside a matrix [rows, columns].</summary>
/// <param name="Address">On the device.</param>
/// <param name="RowStride">Elements from one row to the next; 0 where every row has the same.</param>
/// <param name="ColumnStride">1, or 0 where every column has the same.</param>
public readonly record struct RowOperand(nint Address, long RowStride, int ColumnStride);

/// <summary>A function of two numbers.</summary>
public sealed class BinaryFunction
{
    private readonly TypedKernel<RowsArgs> _rows;
    private readonly TypedKernel<AxesArgs> _axes;

    internal BinaryFunction(KernelLibrary library, string name)
    {
        _rows = new(library, "broadcast", name + "_rows");
        _axes = new(library, "broadcast", name + "_axes");
    }

    /// <summary>y [rows, columns] = f(a, b).</summary>
    public void Rows(CuStream stream, ElementType type, RowOperand a, RowOperand b, nint y, long rows, long columns)
    {
        int pack = type.PackWidth();
        var grid = rows == 1 ? LaunchGrid.ForElements(columns, pack) : LaunchGrid.ForRows(rows, columns, pack);
        _rows.For(type).Launch(stream, grid, LaunchGrid.Threads, new RowsArgs
        {
            A = a.Address,
            B = b.Address,
            Y = y,
            Rows = rows,
            Columns = columns,
            RowStrideA = a.RowStride,
            RowStrideB = b.RowStride,
            ColumnStrideA = a.ColumnStride,
            ColumnStrideB = b.ColumnStride,
        });
    }

    /// <summary>y = f(a, b) for operands with any strides along y's axes, given from the outermost in.</summary>
    public void Walk(
        CuStream stream, ElementType type, nint a, ReadOnlySpan<long> stridesA, nint b, ReadOnlySpan<long> stridesB, nint y, ReadOnlySpan<long> sizes)
    {
        long count = 1;
        foreach (long size in sizes)
        {
            count *= size;
        }

        _axes.For(type).Launch(stream, LaunchGrid.ForThreads(count), LaunchGrid.Threads, new AxesArgs
        {
            A = a,
            B = b,
            Y = y,
            Count = count,
            Axes = Axes.From(sizes),
            StridesA = AxisNumbers.From(stridesA),
            StridesB = AxisNumbers.From(stridesB),
        });
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct RowsArgs
    {
        public nint A;
        public nint B;
        public nint Y;
        public long Rows;
        public long Columns;
        public long RowStrideA;
        public long RowStrideB;
        public int ColumnStrideA;
        public int ColumnStrideB;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct AxesArgs
    {
        public nint A;
        public nint B;
        public nint Y;
        public long Count;
        public Axes Axes;
        public AxisNumbers StridesA;
        public AxisNumbers StridesB;
    }
}
