using System.Runtime.CompilerServices;

namespace WrnEngine.Tensors;

/// <summary>
/// The logical sizes of a tensor's axes, outermost first: <c>[N, C, H, W]</c> for images, <c>[outC, inC, kH, kW]</c> for convolution
/// weights. Immutable. How elements lie in memory is <see cref="Tensor"/>'s business: rank 4 is stored channels-last.
/// </summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>
{
    private readonly int[]? _dims;

    /// <summary>A shape with the given sizes; no sizes make a scalar.</summary>
    /// <exception cref="ArgumentException">A size is negative.</exception>
    public Shape(params ReadOnlySpan<int> dims)
    {
        foreach (int d in dims)
            if (d < 0) throw new ArgumentException($"a shape cannot hold the negative size {d}");
        _dims = dims.ToArray();
    }

    /// <summary>The shape of a scalar: rank 0, one element.</summary>
    public static Shape Scalar => default;

    /// <summary>Builds a shape from a collection expression.</summary>
    public static Shape Create(ReadOnlySpan<int> dims) => new(dims);

    private int[] Array => _dims ?? [];

    /// <summary>Number of axes.</summary>
    public int Rank => Array.Length;

    /// <summary>Number of elements.</summary>
    public long Numel
    {
        get
        {
            long n = 1;
            foreach (int d in Array) n = checked(n * d);
            return n;
        }
    }

    /// <summary>The size of one axis; negative indices count from the end.</summary>
    public int this[int axis] => Array[NormalizeAxis(axis)];

    /// <summary>The sizes, outermost first.</summary>
    public ReadOnlySpan<int> Dims => Array;

    /// <summary>Turns a possibly negative axis into one of 0 .. Rank - 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public int NormalizeAxis(int axis)
    {
        int a = axis < 0 ? axis + Rank : axis;
        if (a < 0 || a >= Rank) throw new ArgumentOutOfRangeException(nameof(axis), $"axis {axis} does not exist in shape {this} of rank {Rank}");
        return a;
    }

    /// <summary>Strides of the logical row-major order, in elements (not bytes).</summary>
    public int[] RowMajorStrides()
    {
        var strides = new int[Rank];
        int s = 1;
        for (int i = Rank - 1; i >= 0; i--)
        {
            strides[i] = s;
            s = checked(s * Array[i]);
        }
        return strides;
    }

    /// <summary>
    /// Strides of the stored order, in elements (not bytes): channels-last for rank 4 (axis 1 is innermost), row-major otherwise.
    /// </summary>
    public int[] StorageStrides()
    {
        if (Rank != 4) return RowMajorStrides();
        var (c, h, w) = (Array[1], Array[2], Array[3]);
        return [checked(c * h * w), 1, checked(c * w), c];
    }

    /// <summary>The shape with NumPy broadcasting applied: axes align at the end, sizes agree or one of them is 1.</summary>
    /// <returns>False when the shapes cannot be broadcast together.</returns>
    public static bool TryBroadcast(Shape a, Shape b, out Shape result)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        var dims = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            int da = i < rank - a.Rank ? 1 : a[i - (rank - a.Rank)];
            int db = i < rank - b.Rank ? 1 : b[i - (rank - b.Rank)];
            if (da != db && da != 1 && db != 1)
            {
                result = default;
                return false;
            }
            dims[i] = da == 1 ? db : da;
        }
        result = new Shape(dims);
        return true;
    }

    /// <summary>The shape with leading axes of size 1 added until it has <paramref name="rank"/> axes.</summary>
    public Shape PadLeft(int rank)
    {
        if (rank <= Rank) return this;
        var dims = new int[rank];
        System.Array.Fill(dims, 1, 0, rank - Rank);
        Array.CopyTo(dims, rank - Rank);
        return new Shape(dims);
    }

    /// <summary>Enumerates the sizes, outermost first.</summary>
    public ReadOnlySpan<int>.Enumerator GetEnumerator() => Dims.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Shape other) => Dims.SequenceEqual(other.Dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int d in Array) hash.Add(d);
        return hash.ToHashCode();
    }

    /// <summary>Equal sizes in the same order.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Different rank or sizes.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>The sizes in brackets, as in <c>[128, 3, 32, 32]</c>.</summary>
    public override string ToString() => "[" + string.Join(", ", Array) + "]";
}
