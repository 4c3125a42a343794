using System.Globalization;

namespace WrnEngine.Devices.Cuda.CuDnn;

/// <summary>One of cuDNN's ways to run a pass of a convolution.</summary>
/// <param name="Number">In the pass's own enumeration.</param>
/// <param name="Math">What the convolution's descriptor must say for it.</param>
internal readonly record struct CuDnnAlgorithm(int Number, CuDnnMathType Math)
{
    private const string Library = "cudnn";

    /// <summary>As in a plan: <c>cudnn 1 fma</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Library} {Number} {NameOf(Math)}");

    /// <summary>The algorithm that a plan names; false for any other text.</summary>
    public static bool TryParse(string text, out CuDnnAlgorithm algorithm)
    {
        string[] words = text.Split(' ');
        algorithm = default;
        if (words is not [Library, var number, var name] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int value)) return false;
        foreach (var math in Enum.GetValues<CuDnnMathType>())
        {
            if (name != NameOf(math)) continue;
            algorithm = new CuDnnAlgorithm(value, math);
            return true;
        }
        return false;
    }

    private static string NameOf(CuDnnMathType math) => math switch
    {
        CuDnnMathType.Default => "default",
        CuDnnMathType.TensorOp => "tensor-op",
        CuDnnMathType.TensorOpAllowConversion => "tensor-op-conversion",
        CuDnnMathType.Fma => "fma",
        _ => throw new ArgumentOutOfRangeException(nameof(math), math, "unknown math type"),
    };
}
