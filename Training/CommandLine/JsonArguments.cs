using System.Text.Json;
using System.Text.Json.Nodes;

namespace WrnEngine.Training.CommandLine;

/// <summary>Options in JSON, with the keys of config.json, as arguments: a value is read as if it were typed, so it is refused in the same words.</summary>
internal static class JsonArguments
{
    private const int LongestShown = 80;

    /// <summary>An option as one argument, or what is wrong with its value; neither where the value is what holds anyway.</summary>
    public static (string? Argument, string? Problem) Of(Setting setting, JsonNode? value)
    {
        if (value is null) return (null, null);
        if (setting.ValueName.Length == 0)
        {
            return value.GetValueKind() switch
            {
                JsonValueKind.True => (setting.Name, null),
                JsonValueKind.False => (null, null),
                _ => (null, $"{setting.Name} must be true or false, not {value.ToJsonString()}"),
            };
        }

        string? text = value switch
        {
            JsonArray list when list.All(item => item is JsonValue) => string.Join(',', list.Select(item => item!.ToString())),
            JsonValue => value.ToString(),
            _ => null,
        };
        if (text is null) return (null, $"{setting.Name} must be a number, a text or a list of numbers, not {Shortened(value.ToJsonString())}");
        if (text.Any(char.IsControl)) return (null, $"{setting.Name} has control characters in its value");
        // Leaving a default out keeps it a default: what is decided where nothing was asked for is decided as in the run that wrote the file.
        return (text == setting.DefaultText ? null : $"{setting.Name}={text}", null);
    }

    /// <summary>What to say of a key that names no option.</summary>
    public static string Unknown(string key, IReadOnlyList<Setting> settings)
    {
        string? near = Nearest.To(key, settings.Select(s => s.JsonName))
            ?? settings.FirstOrDefault(s => Nearest.To(AsTyped(key), [s.Name]) is not null)?.JsonName;
        return $"there is no option \"{Shortened(key)}\"{(near is null ? "" : $"; did you mean \"{near}\"?")}";
    }

    /// <summary>A text from a file, short enough for a sentence.</summary>
    public static string Shortened(string text) => text.Length > LongestShown ? text[..LongestShown] + "..." : text;

    /// <summary><c>learningRate</c> is <c>--learning-rate</c>.</summary>
    private static string AsTyped(string key) => "--" + string.Concat(key.Select(c => char.IsAsciiLetterUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{c}"));
}
