using System.Globalization;
using System.Text.Json.Nodes;

namespace WrnEngine.Training.CommandLine;

/// <summary>Writes option values as text and as JSON, independent of the culture.</summary>
internal static class ValueText
{
    /// <summary>The value as one would type it; null for a value that says nothing.</summary>
    public static string? Of(object? value) => value switch
    {
        null or false => null,
        int[] list => string.Join(',', list),
        TimeSpan duration => DurationText.Of(duration),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    /// <summary>The value as JSON.</summary>
    public static JsonNode? Json(object? value) => value switch
    {
        null => null,
        bool flag => flag,
        int number => number,
        ulong number => number,
        float number => number,
        double number => number,
        string text => text,
        TimeSpan duration => DurationText.Of(duration),
        int[] list => new JsonArray([.. list.Select(i => (JsonNode)i)]),
        _ => throw new ArgumentException($"values of type {value.GetType()} have no form in JSON"),
    };
}
