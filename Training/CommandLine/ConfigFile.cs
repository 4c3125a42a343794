using System.Text.Json;
using System.Text.Json.Nodes;

namespace WrnEngine.Training.CommandLine;

/// <summary>
/// <c>--config</c>: the config.json of a run, or a part of one, as options. What is on the command line comes first. A value is read as if it were typed, so it is
/// refused in the same words.
/// </summary>
internal static class ConfigFile
{
    private const string FileName = "config.json";
    private const int LargestFile = 1 << 20;

    // What belongs to the run that wrote the file: taken over, it would lead the new run into the old one's folder.
    private static readonly Setting[] OfOneRun = [RunOptions.Output, RunOptions.Resume, RunOptions.Config, RunOptions.Result];

    /// <summary>The options with those of the file that they name; without a file, as they are.</summary>
    /// <exception cref="UserException">The file is missing or no such file, or an option in it is unknown or has an unusable value.</exception>
    public static ParsedOptions Complete(ParsedOptions asked)
    {
        if (!asked.Settings.Contains(RunOptions.Config) || asked.Get(RunOptions.Config) is not { } path) return asked;
        if (Directory.Exists(path)) path = Path.Combine(path, FileName);
        string[] given = [.. asked.Settings.Where(asked.IsGiven).SelectMany(asked.Arguments)], completed = Missing(path, asked);
        try
        {
            return WrnCommand.ParseTrain([.. given, .. completed]);
        }
        catch (UserException e)
        {
            throw new UserException(ExitCode.Usage, $"{path}: {e.Message}", e);
        }
    }

    /// <summary>The options of the file that are not given, as arguments.</summary>
    private static string[] Missing(string path, ParsedOptions asked)
    {
        var completed = new List<string>();
        try
        {
            foreach (var (key, value) in Read(path))
            {
                var setting = asked.Settings.FirstOrDefault(s => s.JsonName == key) ?? throw Unknown(path, key, asked);
                if (OfOneRun.Contains(setting) || asked.IsGiven(setting) || Argument(path, setting, value) is not { } argument) continue;
                completed.Add(argument);
            }
        }
        catch (InvalidOperationException e) // half a surrogate pair
        {
            throw new UserException(ExitCode.BadData, $"{path} is not the config.json of a run: it holds text that is no Unicode.", e);
        }

        return [.. completed];
    }

    /// <summary>An option as one argument; null where the file has what holds anyway.</summary>
    private static string? Argument(string path, Setting setting, JsonNode? value)
    {
        if (value is null) return null;
        if (setting.ValueName.Length == 0)
        {
            return value.GetValueKind() switch
            {
                JsonValueKind.True => setting.Name,
                JsonValueKind.False => null,
                _ => throw Unusable(path, $"{setting.Name} must be true or false, not {value.ToJsonString()}"),
            };
        }

        string text = value switch
        {
            JsonArray list when list.All(item => item is JsonValue) => string.Join(',', list.Select(item => item!.ToString())),
            JsonValue => value.ToString(),
            _ => throw Unusable(path, $"{setting.Name} must be a number, a text or a list of numbers, not {Shortened(value.ToJsonString())}"),
        };
        if (text.Any(char.IsControl)) throw Unusable(path, $"{setting.Name} has control characters in its value");
        // Leaving a default out keeps it a default: what is decided where nothing was asked for is decided as in the run that wrote the file.
        return text == setting.DefaultText ? null : $"{setting.Name}={text}";
    }

    private static JsonObject Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LargestFile) throw new UserException(ExitCode.BadData, $"{path} has {stream.Length:N0} bytes: it is not the config.json of a run.");
            var root = JsonNode.Parse(stream, null, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return root as JsonObject ?? throw new UserException(ExitCode.BadData, $"{path} is not the config.json of a run: it holds no object with options.");
        }
        catch (JsonException e)
        {
            throw new UserException(ExitCode.BadData, $"{path} is not the config.json of a run: it is no JSON{(e.LineNumber is { } line ? $" in line {line + 1}" : "")}, or names an option twice.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string why = e is FileNotFoundException or DirectoryNotFoundException ? "it is not there" : e.Message.TrimEnd('.');
            throw new UserException(ExitCode.InputOutput, $"--config {path} cannot be read: {why}.", e);
        }
    }

    private static UserException Unknown(string path, string key, ParsedOptions asked)
    {
        string? near = Nearest.To(key, asked.Settings.Select(s => s.JsonName))
            ?? asked.Settings.FirstOrDefault(s => Nearest.To(AsTyped(key), [s.Name]) is not null)?.JsonName;
        return Unusable(path, $"there is no option \"{Shortened(key)}\"{(near is null ? "" : $"; did you mean \"{near}\"?")}");
    }

    /// <summary><c>learningRate</c> is <c>--learning-rate</c>.</summary>
    private static string AsTyped(string key) => "--" + string.Concat(key.Select(c => char.IsAsciiLetterUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{c}"));

    private static UserException Unusable(string path, string problem) =>
        new(ExitCode.Usage, $"{path}: {problem}{(problem.EndsWith('?') ? "" : ".")}");

    private static string Shortened(string text)
    {
        const int Longest = 80;
        return text.Length > Longest ? text[..Longest] + "..." : text;
    }
}
