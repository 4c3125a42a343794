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
        string[] given = [.. asked.Settings.Where(asked.IsGiven).SelectMany(asked.Arguments)], completed = Missing(path, asked, out int? written);
        try
        {
            var options = WrnCommand.ParseTrain([.. given, .. completed]);
            // The file of a run has its drops as numbers of epochs; in a run of another length they are at the same parts of it.
            if (written is null || asked.IsGiven(RecipeOptions.DecayEpochs) || options.Get(RecipeOptions.DecayEpochs) is not { } drops) return options;
            string name = $"{RecipeOptions.DecayEpochs.Name}=", scaled = string.Join(',', MultiStepSchedule.Scale(drops, written.Value, options.Get(RecipeOptions.Epochs)!.Value));
            return WrnCommand.ParseTrain([.. given, .. completed.Where(a => !a.StartsWith(name, StringComparison.Ordinal)), name + scaled]);
        }
        catch (UserException e)
        {
            throw new UserException(ExitCode.Usage, $"{path}: {e.Message}", e);
        }
    }

    /// <summary>The options of the file that are not given, as arguments.</summary>
    /// <param name="path">The file.</param>
    /// <param name="asked">What is given.</param>
    /// <param name="epochs">The file's number of epochs where another one is given; else null.</param>
    private static string[] Missing(string path, ParsedOptions asked, out int? epochs)
    {
        epochs = null;
        var completed = new List<string>();
        try
        {
            foreach (var (key, value) in Read(path))
            {
                var setting = asked.Settings.FirstOrDefault(s => s.JsonName == key) ?? throw Unusable(path, JsonArguments.Unknown(key, asked.Settings));
                if (setting == RecipeOptions.Epochs && asked.IsGiven(setting) && value is JsonValue number && number.TryGetValue(out int length) && length > 0 && length != asked.Get(RecipeOptions.Epochs))
                    epochs = length;
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
