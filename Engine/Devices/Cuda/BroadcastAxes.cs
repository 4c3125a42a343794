using WrnEngine.Devices.Cpu.Elementwise;
using WrnEngine.Tensors;

namespace WrnEngine.Devices.Cuda;

/// <summary>
/// The axes of a tensor in stored order, outermost first, with the strides at which two others that broadcast to it are read along them (0 where they
/// repeat). Neighbouring axes that all three run through without a gap are one, and axes of size 1 are left out: equal shapes are one axis, a vector per
/// channel makes two. There is always at least one.
/// </summary>
internal sealed class BroadcastAxes
{
    private readonly List<long> _sizes = [];
    private readonly List<long> _a = [];
    private readonly List<long> _b = [];

    /// <summary>The axes of <paramref name="target"/>, to which <paramref name="a"/> and <paramref name="b"/> broadcast.</summary>
    public BroadcastAxes(Shape target, Shape a, Shape b)
    {
        var (stridesA, stridesB) = (AxisWalk.BroadcastStrides(a, target), AxisWalk.BroadcastStrides(b, target));
        foreach (int axis in AxisWalk.StoredAxes(target.Rank))
            if (target[axis] != 1) Add(target[axis], stridesA[axis], stridesB[axis]);
        if (_sizes.Count == 0) Add(1, 0, 0);
        (Sizes, StridesA, StridesB) = ([.. _sizes], [.. _a], [.. _b]);
    }

    /// <summary>Elements along each axis.</summary>
    public long[] Sizes { get; }

    /// <summary>Strides of the first tensor, in elements.</summary>
    public long[] StridesA { get; }

    /// <summary>Strides of the second tensor, in elements.</summary>
    public long[] StridesB { get; }

    private void Add(long size, long a, long b)
    {
        if (_sizes.Count > 0 && _a[^1] == a * size && _b[^1] == b * size) (_sizes[^1], _a[^1], _b[^1]) = (_sizes[^1] * size, a, b);
        else
        {
            _sizes.Add(size);
            _a.Add(a);
            _b.Add(b);
        }
    }
}
