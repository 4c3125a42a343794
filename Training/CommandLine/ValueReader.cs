using System.Globalization;

namespace WrnEngine.Training.CommandLine;

/// <summary>Turns what was typed into a value, or says what it must be: "must be a whole number".</summary>
internal delegate (T? Value, string? Problem) ValueReader<T>(string text);

/// <summary>The kinds of values that options take.</summary>
internal static class Read
{
    /// <summary>A switch, which takes no value.</summary>
    public static ValueReader<bool> Switch { get; } = _ => (true, null);

    /// <summary>Any text but the empty one.</summary>
    public static ValueReader<string?> Text { get; } = text => text.Length > 0 ? (text, null) : (null, "must not be empty");

    /// <summary>A seed: any whole number of 64 bits that is not negative.</summary>
    public static ValueReader<ulong> Seed { get; } = text =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? (value, null) : (0, "must be a whole number from 0 to 18446744073709551615");

    /// <summary>A whole number of at least <paramref name="minimum"/>.</summary>
    public static ValueReader<int> Int(int minimum) => text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= minimum
            ? (value, null) : (0, IntProblem(minimum));

    /// <summary>A whole number that may be left out.</summary>
    public static ValueReader<int?> OptionalInt(int minimum) => text =>
        Int(minimum)(text) is (var value, null) ? (value, null) : (null, IntProblem(minimum));

    /// <summary>A finite number that passes a test; <paramref name="wanted"/> names it, as in "a number above 0".</summary>
    public static ValueReader<float> Float(Func<float, bool> test, string wanted) => text =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value) && test(value)
            ? (value, null) : (0, $"must be {wanted}");

    /// <summary>As <see cref="Float"/>, for a number that may be left out.</summary>
    public static ValueReader<float?> OptionalFloat(Func<float, bool> test, string wanted) => text =>
        Float(test, wanted)(text) is (var value, null) ? (value, null) : (null, $"must be {wanted}");

    /// <summary>A duration, in hours, minutes and seconds, that may be left out.</summary>
    public static ValueReader<TimeSpan?> OptionalDuration { get; } = text =>
        DurationText.Parse(text) is { } value ? (value, null) : (null, "must be a duration such as 90s, 10m or 1h30m");

    /// <summary>As <see cref="Float"/>, in double precision.</summary>
    public static ValueReader<double> Double(Func<double, bool> test, string wanted) => text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && test(value)
            ? (value, null) : (0, $"must be {wanted}");

    /// <summary>One of the names.</summary>
    public static ValueReader<string> OneOf(IReadOnlyList<string> names) => text =>
        names.Contains(text) ? (text, null) : (null, $"must be one of {string.Join(", ", names)}");

    /// <summary>One of the names, which may be left out.</summary>
    public static ValueReader<string?> OptionalOneOf(IReadOnlyList<string> names) => text => OneOf(names)(text);

    /// <summary>Some of the names, separated by commas, or <c>none</c>.</summary>
    public static ValueReader<string> SetOf(IReadOnlyList<string> names) => text =>
        text == "none" || text.Split(',') is var parts && parts.All(names.Contains) && parts.Distinct().Count() == parts.Length
            ? (text, null) : (null, $"must be one of {string.Join(", ", names)}, {string.Join(',', names)}, none");

    /// <summary>Whole numbers of at least 1 in rising order, separated by commas.</summary>
    public static ValueReader<int[]?> RisingInts { get; } = text =>
    {
        const string Problem = "must be rising epoch numbers separated by commas, as in 60,120,160";
        var values = new List<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value <= values.LastOrDefault())
                return (null, Problem);
            values.Add(value);
        }

        return ([.. values], null);
    };

    private static string IntProblem(int minimum) =>
        minimum == int.MinValue ? "must be a whole number" : $"must be a whole number of at least {minimum}";
}
