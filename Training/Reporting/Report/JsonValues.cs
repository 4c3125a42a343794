using System.Text.Json;
using System.Text.Json.Nodes;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>Reads numbers and words from JSON that somebody may have changed: what is not there or is something else is nothing.</summary>
internal static class JsonValues
{
    // A name that is there twice would otherwise be noticed where a value is asked for.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The object that a file holds.</summary>
    /// <exception cref="JsonException">It holds something else.</exception>
    public static JsonObject ReadObject(string path)
    {
        using var stream = File.OpenRead(path);
        return JsonNode.Parse(stream, documentOptions: Strict) as JsonObject ?? throw new JsonException("no object");
    }

    /// <summary>The object that a file holds; null where there is no file, or something else in it.</summary>
    public static JsonObject? FindObject(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return ReadObject(path);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The object that a line holds, or null.</summary>
    public static JsonObject? ParseObject(string line)
    {
        try
        {
            return JsonNode.Parse(line, documentOptions: Strict) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A number, or NaN.</summary>
    public static double Number(this JsonObject? o, string key) => o?[key] is not JsonValue v ? double.NaN
        : v.TryGetValue(out double number) ? number : v.TryGetValue(out int whole) ? whole : v.TryGetValue(out long large) ? large : double.NaN;

    /// <summary>A word, or null.</summary>
    public static string? Word(this JsonObject? o, string key) => o?[key] is JsonValue v && v.TryGetValue(out string? text) ? text : null;

    /// <summary>The elements of an array that are of a type; none where there is no array.</summary>
    public static IReadOnlyList<T> List<T>(this JsonObject? o, string key) => o?[key] is JsonArray a ? a.Values<T>() : [];

    /// <summary>The elements of an array that are of a type.</summary>
    public static IReadOnlyList<T> Values<T>(this JsonArray array) =>
        [.. array.Where(n => n is T || n is JsonValue v && v.TryGetValue(out T? _)).Select(n => n is T t ? t : n!.GetValue<T>())];
}
