using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cpu.Elementwise;

/// <summary>
/// The axes of a tensor in stored order, outermost first, together with the strides at which two others that broadcast to it are read
/// along them (0 where they repeat). Neighbouring axes that all three run through without a gap are merged, and axes of size 1 dropped, so
/// equal shapes become one axis.
/// </summary>
internal sealed class AxisWalk
{
    /// <summary>A walk over <paramref name="target"/>, to which <paramref name="first"/> and <paramref name="second"/> broadcast.</summary>
    public AxisWalk(Shape target, Shape first, Shape second)
    {
        var (strideA, strideB) = (BroadcastStrides(first, target), BroadcastStrides(second, target));
        var (sizes, a, b) = (new List<int>(), new List<long>(), new List<long>());
        foreach (int axis in StoredAxes(target.Rank))
        {
            int size = target[axis];
            if (size == 1) continue;
            if (sizes.Count > 0 && a[^1] == strideA[axis] * size && b[^1] == strideB[axis] * size)
            {
                sizes[^1] = checked(sizes[^1] * size);
                (a[^1], b[^1]) = (strideA[axis], strideB[axis]);
                continue;
            }
            sizes.Add(size);
            a.Add(strideA[axis]);
            b.Add(strideB[axis]);
        }
        if (sizes.Count == 0) (sizes, a, b) = ([1], [0], [0]);
        (Sizes, StridesA, StridesB) = ([.. sizes], [.. a], [.. b]);
    }

    /// <summary>Elements along each axis.</summary>
    public int[] Sizes { get; }

    /// <summary>Strides of the first tensor, in elements.</summary>
    public long[] StridesA { get; }

    /// <summary>Strides of the second tensor, in elements.</summary>
    public long[] StridesB { get; }

    /// <summary>Elements along the innermost axis.</summary>
    public int RowLength => Sizes[^1];

    /// <summary>Where both tensors start the row with the given number.</summary>
    public (long A, long B) RowOffsets(long row)
    {
        long a = 0, b = 0;
        for (int axis = Sizes.Length - 2; axis >= 0; axis--)
        {
            (row, long coordinate) = Math.DivRem(row, Sizes[axis]);
            a += coordinate * StridesA[axis];
            b += coordinate * StridesB[axis];
        }
        return (a, b);
    }

    /// <summary>The axes of a tensor of some rank, the one with the largest stride first.</summary>
    public static int[] StoredAxes(int rank) => rank == 4 ? [0, 2, 3, 1] : [.. Enumerable.Range(0, rank)];

    /// <summary>Strides of <paramref name="shape"/> along the axes of <paramref name="target"/>: 0 along axes that it lacks or has once.</summary>
    public static long[] BroadcastStrides(Shape shape, Shape target)
    {
        var own = shape.StorageStrides();
        var strides = new long[target.Rank];
        int missing = target.Rank - shape.Rank;
        for (int axis = missing; axis < target.Rank; axis++) strides[axis] = shape[axis - missing] == 1 ? 0 : own[axis - missing];
        return strides;
    }
}
