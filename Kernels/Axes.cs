using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace WrnEngine.Kernels;

/// <summary>One number for each axis, the innermost first; twin of the arrays in <c>Common/axes.cuh</c>.</summary>
[InlineArray(Most)]
public struct AxisNumbers
{
    /// <summary>Axes that a kernel can walk, after neighbouring ones that belong together are merged.</summary>
    public const int Most = 8;

    private long _first;

    /// <summary>From numbers of which the last is the innermost axis's.</summary>
    /// <exception cref="NotSupportedException">There are more than <see cref="Most"/>.</exception>
    public static AxisNumbers From(ReadOnlySpan<long> outermostFirst)
    {
        if (outermostFirst.Length > Most)
        {
            throw new NotSupportedException($"kernels walk at most {Most} axes that cannot be merged; this op needs {outermostFirst.Length}: reshape the tensors so that fewer are left");
        }

        var numbers = default(AxisNumbers);
        for (int axis = 0; axis < outermostFirst.Length; axis++)
        {
            numbers[axis] = outermostFirst[^(axis + 1)];
        }

        return numbers;
    }
}

/// <summary>Sizes of the axes of a walk; twin of <c>Axes</c> in <c>Common/axes.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Axes
{
    public AxisNumbers Sizes;
    public int Count;
    public int Padding;

    public static Axes From(ReadOnlySpan<long> sizes) => new() { Sizes = AxisNumbers.From(sizes), Count = sizes.Length };
}
