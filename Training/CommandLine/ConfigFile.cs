using System.Text.Json;
using System.Text.Json.Nodes;
using WrnEngine.Optim;

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
        var file = Read(path);
        string[] given = [.. asked.Settings.Where(asked.IsGiven).SelectMany(asked.Arguments)], completed = Missing(path, file, asked);
        try
        {
            var options = WrnCommand.ParseTrain([.. given, .. completed]);
            return MovedDrops(file, asked, options) is { } drops
                ? WrnCommand.ParseTrain([.. given, .. ArgumentList.With(completed, [(RecipeOptions.DecayEpochs, string.Join(',', drops))])]) : options;
        }
        catch (UserException e)
        {
            throw new UserException(ExitCode.Usage, $"{path}: {e.Message}", e);
        }
    }

    /// <summary>The options of the file that are not given, as arguments.</summary>
    private static string[] Missing(string path, JsonObject file, ParsedOptions asked)
    {
        var completed = new List<string>();
        try
        {
            foreach (var (key, value) in file)
            {
                var setting = asked.Settings.FirstOrDefault(s => s.JsonName == key) ?? throw Unusable(path, JsonArguments.Unknown(key, asked.Settings));
                if (OfOneRun.Contains(setting) || asked.IsGiven(setting)) continue;
                var (argument, problem) = JsonArguments.Of(setting, value);
                if (problem is not null) throw Unusable(path, problem);
                if (argument is not null) completed.Add(argument);
            }
        }
        catch (InvalidOperationException e) // half a surrogate pair
        {
            throw new UserException(ExitCode.BadData, $"{path} is not the config.json of a run: it holds text that is no Unicode.", e);
        }

        return [.. completed];
    }

    /// <summary>
    /// The file of a run has its drops of the rate as numbers of epochs; in a run of another length they are at the same parts of it. Null where they stay.
    /// </summary>
    private static int[]? MovedDrops(JsonObject file, ParsedOptions asked, ParsedOptions options)
    {
        if (asked.Get(RecipeOptions.Epochs) is not { } epochs || asked.IsGiven(RecipeOptions.DecayEpochs) || options.Get(RecipeOptions.DecayEpochs) is not { } drops) return null;
        return file[RecipeOptions.Epochs.JsonName] is JsonValue value && value.TryGetValue(out int written) && written > 0 && written != epochs
            ? MultiStepSchedule.Scale(drops, written, epochs) : null;
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

    private static UserException Unusable(string path, string problem) =>
        new(ExitCode.Usage, $"{path}: {problem}{(problem.EndsWith('?') ? "" : ".")}");
}
