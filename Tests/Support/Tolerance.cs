using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support;

/// <summary>How far a result may be from the oracle's: one function of the element type and the length of the reduction behind it.</summary>
public static class Tolerance
{
    private const double Float32Unit = 1.0 / (1 << 24);
    private const double BFloat16Unit = 1.0 / (1 << 8);
    private const double SmallestNormal = 1.1754943508222875e-38;

    /// <summary>
    /// The relative error allowed. Arithmetic is in float32 whatever the stored type: a few units for the elementwise arithmetic around a sum, and units of the float32
    /// accumulator growing with the square root of its length: the errors of the additions are as often up as down. bfloat16 adds the one rounding with
    /// which a result is stored.
    /// </summary>
    public static double Relative(DType dtype, long reductionLength = 1) => dtype switch
    {
        DType.Float32 => Float32Unit * (8 + 4 * Math.Sqrt(reductionLength)),
        DType.BFloat16 => BFloat16Unit + Relative(DType.Float32, reductionLength),
        DType.Int32 or DType.UInt8 => 0,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype)),
    };

    /// <summary>
    /// The absolute error allowed for one element: relative to its own size plus the typical size of its neighbours, because a small sum
    /// of large terms cannot be better than its terms. A result may flush to zero where it is not a normal number of the type.
    /// </summary>
    public static double Absolute(DType dtype, long reductionLength, double expected, double typical)
    {
        if (dtype is DType.Int32 or DType.UInt8) return 0;
        double computed = Relative(DType.Float32, reductionLength) * (Math.Abs(expected) + typical) + SmallestNormal;
        // What is rounded is the value with its error, and by half a unit of its own last place, not of its neighbours'.
        return dtype == DType.BFloat16 ? computed + BFloat16Unit * (Math.Abs(expected) + computed) : computed;
    }
}
