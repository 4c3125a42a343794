using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Kernels.Simulator.Ptx;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>
/// D = A B + C. Products of 16-bit, tf32 and 8-bit floats are summed in double and rounded once; the devices truncate aligned
/// products instead, which differs in the last bits of an f32.
/// </summary>
internal sealed class MmaInstr(MatrixFragment d, MatrixFragment a, MatrixFragment b, MatrixFragment c, int depth, bool saturate, string? bitwise) : CollectiveInstr
{
    public override void Deposit(Warp w)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Complete(Warp w, uint present)
    {
        int rows = d.Rows;
        int columns = d.Columns;
        Span<double> x = stackalloc double[a.Rows * a.Columns];
        Span<double> y = stackalloc double[b.Rows * b.Columns];
        Span<double> z = stackalloc double[rows * columns];
        a.Read(w, x);
        b.Read(w, y);
        c.Read(w, z);
        if (bitwise != null)
        {
            CountBits(x, y, z, rows, columns);
        }
        else
        {
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column += 8)
                {
                    Vector512<double> sum = Vector512.Create<double>(z.Slice((row * columns) + column, 8));
                    for (int k = 0; k < depth; k++)
                    {
                        sum = Vector512.FusedMultiplyAdd(Vector512.Create(x[(row * depth) + k]), Vector512.Create<double>(y.Slice((k * columns) + column, 8)), sum);
                    }
                    sum.CopyTo(z[((row * columns) + column)..]);
                }
            }
        }
        if (saturate && d.Element.IsInteger)
        {
            for (int i = 0; i < z.Length; i++)
            {
                z[i] = Math.Clamp(z[i], int.MinValue, int.MaxValue);
            }
        }
        d.Write(w, z);
    }

    private void CountBits(Span<double> x, Span<double> y, Span<double> z, int rows, int columns)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int count = 0;
                for (int k = 0; k < depth; k++)
                {
                    int p = (int)x[(row * depth) + k];
                    int q = (int)y[(k * columns) + column];
                    count += bitwise == "xor" ? p ^ q : p & q;
                }
                z[(row * columns) + column] += count;
            }
        }
    }
}

/// <summary><c>ldmatrix</c> and <c>stmatrix</c>: 8x8 matrices of 16-bit elements whose rows of 16 bytes lie where eight lanes each point.</summary>
internal sealed unsafe class MatrixTransfer(int[] slots, AddressOperand address, bool transposed, bool load) : CollectiveInstr
{
    public override void Deposit(Warp w)
    {
    }

    public override void Complete(Warp w, uint present)
    {
        uint all = w.Mask;
        // Only the lanes that name a row need a valid address.
        w.Mask = all & (slots.Length == 4 ? Warp.Full : (1u << (8 * slots.Length)) - 1);
        Addressing.Resolve(w, address, 16, 16);
        if (w.Context.Observed)
        {
            AccessKind kind = load ? AccessKind.Read : AccessKind.Write;
            w.Context.Counters?.Access(w, StateSpace.Shared, kind, 16);
            w.Context.Checks?.OnAccess(w, this, address.Space, kind, 16);
        }
        uint rows = w.Mask;
        w.Mask = all;
        for (int matrix = 0; matrix < slots.Length; matrix++)
        {
            for (uint left = all; left != 0; left &= left - 1)
            {
                int lane = Lanes.First(left);
                ushort* register = (ushort*)(w.R + slots[matrix]) + (2 * lane);
                for (int half = 0; half < 2; half++)
                {
                    int row = transposed ? (2 * (lane & 3)) + half : lane >> 2;
                    int column = transposed ? lane >> 2 : (2 * (lane & 3)) + half;
                    int holder = (8 * matrix) + row;
                    if ((rows >> holder & 1) == 0)
                    {
                        continue;
                    }
                    ushort* element = (ushort*)w.Pointers[holder] + column;
                    if (load)
                    {
                        register[half] = *element;
                    }
                    else
                    {
                        *element = register[half];
                    }
                }
            }
        }
    }
}

/// <summary><c>movmatrix.trans</c>: transposes an 8x8 matrix of 16-bit elements.</summary>
internal sealed unsafe class TransposeInstr(int d, int a) : CollectiveInstr
{
    public override void Deposit(Warp w)
    {
    }

    public override void Complete(Warp w, uint present)
    {
        Span<ushort> matrix = stackalloc ushort[64];
        new ReadOnlySpan<ushort>(w.R + a, 64).CopyTo(matrix);
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            ushort* to = (ushort*)(w.R + d) + (2 * lane);
            for (int half = 0; half < 2; half++)
            {
                to[half] = matrix[(8 * ((2 * (lane & 3)) + half)) + (lane >> 2)];
            }
        }
    }
}

/// <summary><c>wmma.load</c> and <c>wmma.store</c>.</summary>
internal sealed unsafe class WarpMatrixMemory(LogicalFragment fragment, AddressOperand address, int stride, bool rowMajor, bool load) : CollectiveInstr
{
    public override void Deposit(Warp w)
    {
    }

    public override void Complete(Warp w, uint present)
    {
        int first = Lanes.First(w.Mask);
        uint all = w.Mask;
        byte* source = w.R + address.Slot;
        ulong start = (address.Wide ? ((ulong*)source)[first] : ((uint*)source)[first]) + (ulong)address.Offset;
        uint leading = ((uint*)(w.R + stride))[first];
        int bytes = Math.Max(fragment.Element.Bits / 8, 1);
        fragment.ForEach(w, (lane, slot, part, place) =>
        {
            int row = place / fragment.Columns;
            int column = place % fragment.Columns;
            ulong at = start + ((rowMajor ? ((ulong)row * leading) + (ulong)column : ((ulong)column * leading) + (ulong)row) * (ulong)bytes);
            byte* memory = Addressing.Pointer(w, address.Space, lane, at, bytes, bytes);
            w.Addresses[lane] = at;
            w.Pointers[lane] = memory;
            if (w.Context.Checks != null)
            {
                w.Mask = 1u << lane;
                w.Context.Checks.OnAccess(w, this, address.Space, load ? AccessKind.Read : AccessKind.Write, bytes);
                w.Mask = all;
            }
            int registerBytes = fragment.Element.RegisterBytes;
            int shift = part * fragment.Element.Bits;
            ulong low = fragment.Element.Bits == 64 ? ulong.MaxValue : (1UL << fragment.Element.Bits) - 1;
            ulong bits = Lanes.Get(w.R + slot, registerBytes, lane);
            if (load)
            {
                Lanes.Set(w.R + slot, registerBytes, lane, (bits & ~(low << shift)) | (Lanes.Get(memory, bytes, 0) << shift));
            }
            else
            {
                Lanes.Set(memory, bytes, 0, bits >> shift & low);
            }
        });
    }
}
