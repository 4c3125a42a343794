using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Kernels.Simulator.Instructions;

/// <summary>Element type of a matrix operand.</summary>
internal sealed record MatrixElement(string Name, int Bits)
{
    public bool IsInteger => Name[0] is 's' or 'u' || Name == "b1";

    /// <summary>Elements in one register; registers have 32 bits, or 64 for f64.</summary>
    public int PerRegister => Bits == 64 ? 1 : 32 / Bits;

    public int RegisterBytes => Bits == 64 ? 8 : 4;

    public static MatrixElement Of(string name) => new(name, name switch
    {
        "f64" => 64,
        "f32" or "tf32" or "s32" => 32,
        "f16" or "bf16" => 16,
        "s4" or "u4" => 4,
        "b1" => 1,
        _ => 8,
    });

    public int RegistersFor(int elements) => Math.Max(1, elements / 32 / PerRegister);

    /// <summary>The number an element's bits stand for.</summary>
    public double Decode(ulong bits) => Name switch
    {
        "f64" => BitConverter.UInt64BitsToDouble(bits),
        "f32" => BitConverter.UInt32BitsToSingle((uint)bits),
        // The unit looks at the upper 19 bits only.
        "tf32" => BitConverter.UInt32BitsToSingle((uint)bits & 0xFFFF_E000),
        "f16" => HalfMath.ToDouble(bits, false),
        "bf16" => HalfMath.ToDouble(bits, true),
        "s32" => (int)bits,
        "s8" => (sbyte)bits,
        "s4" => (long)(bits << 60) >> 60,
        "e4m3" => FloatFormat.E4M3.ToDouble(bits),
        "e5m2" => FloatFormat.E5M2.ToDouble(bits),
        _ => bits,
    };

    public ulong Encode(double value) => Name switch
    {
        "f64" => BitConverter.DoubleToUInt64Bits(value),
        "f32" => double.IsNaN(value) ? 0x7FFF_FFFF : BitConverter.SingleToUInt32Bits((float)value),
        "f16" => HalfMath.FromDouble(value, false),
        _ => (uint)(long)value,
    };
}

/// <summary>A matrix spread over the registers of a warp.</summary>
internal abstract unsafe class MatrixFragment(int[] slots, MatrixElement element, int rows, int columns)
{
    protected readonly int[] Slots = slots;

    public MatrixElement Element { get; } = element;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    /// <summary>Where element number <paramref name="index"/> of a lane belongs: row * columns + column.</summary>
    protected abstract int PlaceOf(int lane, int index);

    public void Read(Warp w, Span<double> matrix)
    {
        int per = Element.PerRegister;
        ulong low = Element.Bits == 64 ? ulong.MaxValue : (1UL << Element.Bits) - 1;
        for (int lane = 0; lane < Warp.Lanes; lane++)
        {
            for (int r = 0; r < Slots.Length; r++)
            {
                ulong bits = Lanes.Get(w.R + Slots[r], Element.RegisterBytes, lane);
                for (int e = 0; e < per; e++)
                {
                    matrix[_places[(((lane * Slots.Length) + r) * per) + e]] = Element.Decode(bits >> (e * Element.Bits) & low);
                }
            }
        }
    }

    public void Write(Warp w, ReadOnlySpan<double> matrix)
    {
        int per = Element.PerRegister;
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            for (int r = 0; r < Slots.Length; r++)
            {
                ulong bits = 0;
                for (int e = 0; e < per; e++)
                {
                    bits |= Element.Encode(matrix[_places[(((lane * Slots.Length) + r) * per) + e]]) << (e * Element.Bits);
                }
                Lanes.Set(w.R + Slots[r], Element.RegisterBytes, lane, bits);
            }
        }
    }

    private int[] _places = [];

    protected void FindPlaces()
    {
        int perLane = Slots.Length * Element.PerRegister;
        _places = new int[Warp.Lanes * perLane];
        for (int lane = 0; lane < Warp.Lanes; lane++)
        {
            for (int index = 0; index < perLane; index++)
            {
                _places[(lane * perLane) + index] = PlaceOf(lane, index);
            }
        }
    }

    /// <summary>Visits the elements of the active lanes: lane, register, element in it, place.</summary>
    public void ForEach(Warp w, Action<int, int, int, int> visit)
    {
        int per = Element.PerRegister;
        for (uint left = w.Mask; left != 0; left &= left - 1)
        {
            int lane = Lanes.First(left);
            for (int r = 0; r < Slots.Length; r++)
            {
                for (int e = 0; e < per; e++)
                {
                    visit(lane, Slots[r], e, _places[(((lane * Slots.Length) + r) * per) + e]);
                }
            }
        }
    }
}

internal enum FragmentRole
{
    A,
    B,
    Accumulator,
}

/// <summary>The layouts the PTX manual draws for <c>mma.sync</c>: groups of four lanes share a row of A and C, or a column of B.</summary>
internal sealed class MmaFragment : MatrixFragment
{
    private readonly FragmentRole _role;

    public MmaFragment(int[] slots, MatrixElement element, FragmentRole role, int rows, int columns)
        : base(slots, element, rows, columns)
    {
        _role = role;
        FindPlaces();
    }

    protected override int PlaceOf(int lane, int index)
    {
        int group = lane >> 2;
        int inGroup = lane & 3;
        int per = Element.PerRegister;
        int register = index / per;
        int part = index % per;
        switch (_role)
        {
            case FragmentRole.A:
                int tall = Rows == 16 ? 2 : 1;
                int row = group + (8 * (register % tall));
                int column = (inGroup * per) + part + (4 * per * (register / tall));
                return (row * Columns) + column;
            case FragmentRole.B:
                return (((inGroup * per) + part + (4 * per * register)) * Columns) + group;
            default:
                return ((group + (8 * (index >> 1))) * Columns) + (2 * inGroup) + (index & 1);
        }
    }
}

/// <summary>A <c>wmma</c> fragment, whose layout the ISA leaves open: lanes hold runs of the row-major matrix, repeated when there is room.</summary>
internal sealed class LogicalFragment : MatrixFragment
{
    public LogicalFragment(int[] slots, MatrixElement element, int rows, int columns)
        : base(slots, element, rows, columns) => FindPlaces();

    protected override int PlaceOf(int lane, int index) => ((lane * Slots.Length * Element.PerRegister) + index) % (Rows * Columns);
}
