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

    /// <summary>The algorithm that a plan names; null for another implementation.</summary>
    /// <exception cref="FormatException">It is cuDNN's and cannot be read.</exception>
    public static CuDnnAlgorithm? Parse(string text)
    {
        string[] words = text.Split(' ');
        if (words[0] != Library) return null;
        foreach (var math in Enum.GetValues<CuDnnMathType>())
            if (words.Length == 3 && words[2] == NameOf(math) && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                return new CuDnnAlgorithm(number, math);
        throw new FormatException($"'{text}' names no algorithm of cuDNN");
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
