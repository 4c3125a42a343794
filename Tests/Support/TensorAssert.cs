using System.Globalization;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support;

/// <summary>
/// Compares a result with the oracle's: shape first, then where NaN and infinities are, then the error. A NaN never passes for a number.
/// </summary>
public static class TensorAssert
{
    /// <summary>Compares in the tensor's own type.</summary>
    /// <param name="reductionLength">Terms summed into one element, for the tolerance.</param>
    /// <param name="typical">Typical size of the terms; by default the root mean square of the expected values.</param>
    public static void AreClose(Tensor actual, RefArray expected, long reductionLength = 1, double? typical = null, string what = "result")
    {
        string? problem = Compare(RefArray.From(actual), expected, actual.DType, reductionLength, typical);
        if (problem is not null) Assert.Fail($"{what}: {problem}");
    }

    /// <summary>Compares two oracle results that should agree to <paramref name="relative"/> of their typical size.</summary>
    public static void AreClose(RefArray actual, RefArray expected, double relative, string what = "result")
    {
        string? problem = CompareShapes(actual, expected) ?? CompareNonFinite(actual, expected, "f64", stored: v => v);
        double size = expected.Rms();
        problem ??= CompareValues(actual, expected, "f64", e => relative * (Math.Abs(e) + size));
        if (problem is not null) Assert.Fail($"{what}: {problem}");
    }

    /// <summary>The same bits, NaN payloads and signs of zero included.</summary>
    public static void AreBitIdentical(float[] actual, float[] expected, string what = "result")
    {
        if (actual.Length != expected.Length) Assert.Fail($"{what}: {actual.Length} values, expected {expected.Length}");
        for (int i = 0; i < actual.Length; i++)
            if (BitConverter.SingleToInt32Bits(actual[i]) != BitConverter.SingleToInt32Bits(expected[i]))
                Assert.Fail($"{what}: element {i} is {Text(actual[i])}, expected the same bits as {Text(expected[i])}");
    }

    /// <summary>What is wrong with <paramref name="actual"/> in one sentence, or null.</summary>
    public static string? Compare(RefArray actual, RefArray expected, DType dtype, long reductionLength, double? typical)
    {
        double size = typical ?? FiniteRms(expected);
        return CompareShapes(actual, expected)
            ?? CompareNonFinite(actual, expected, dtype.ShortName(), stored: v => RefArray.Stored(v, dtype))
            ?? CompareValues(actual, expected, dtype.ShortName(), e => Tolerance.Absolute(dtype, reductionLength, e, size));
    }

    private static string? CompareShapes(RefArray actual, RefArray expected) =>
        actual.Shape == expected.Shape ? null : $"shape {actual.Shape}, expected {expected.Shape}";

    private static string? CompareNonFinite(RefArray actual, RefArray expected, string typeName, Func<double, double> stored)
    {
        for (int i = 0; i < actual.Count; i++)
        {
            // What overflows the stored type is an infinity there.
            double a = actual.Values[i], e = stored(expected.Values[i]);
            bool same = double.IsNaN(e) ? double.IsNaN(a) : double.IsInfinity(e) ? a == e : double.IsFinite(a);
            if (!same) return $"{typeName}{actual.Shape} at {Place(i, actual.Shape)} is {Text(a)}, expected {Text(expected.Values[i])}";
        }
        return null;
    }

    private static string? CompareValues(RefArray actual, RefArray expected, string typeName, Func<double, double> tolerance)
    {
        int worst = -1, wrong = 0;
        double worstExcess = 0;
        for (int i = 0; i < actual.Count; i++)
        {
            double a = actual.Values[i], e = expected.Values[i];
            if (!double.IsFinite(a)) continue; // its place and kind were compared before
            double allowed = tolerance(e), error = Math.Abs(a - e);
            if (error <= allowed) continue;
            wrong++;
            double excess = error / Math.Max(allowed, double.Epsilon);
            if (worst >= 0 && excess <= worstExcess) continue;
            (worst, worstExcess) = (i, excess);
        }
        if (worst < 0) return null;
        double got = actual.Values[worst], wanted = expected.Values[worst];
        return $"{typeName}{actual.Shape}: {wrong} of {actual.Count} elements are off; the worst, at {Place(worst, actual.Shape)}, is {Text(got)}, "
            + $"expected {Text(wanted)}: error {Text(Math.Abs(got - wanted))}, allowed {Text(tolerance(wanted))}";
    }

    private static double FiniteRms(RefArray x)
    {
        var finite = x.Values.Where(v => float.IsFinite((float)v)).ToArray();
        return finite.Length == 0 ? 0 : Math.Sqrt(finite.Sum(v => v * v) / finite.Length);
    }

    private static string Place(int index, Shape shape)
    {
        var coordinates = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            coordinates[axis] = index % shape[axis];
            index /= shape[axis];
        }
        return "[" + string.Join(", ", coordinates) + "]";
    }

    private static string Text(double value) => value.ToString("g9", CultureInfo.InvariantCulture);
}
