using System.Text.Json;
using System.Text.Json.Nodes;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>What a run folder tells of its run, whether it is finished, was stopped, or is still being written.</summary>
/// <param name="Folder">The folder, as the user wrote it.</param>
/// <param name="Config">config.json.</param>
/// <param name="Epochs">metrics.csv; empty before the first epoch's end.</param>
/// <param name="Steps">The lines of log.jsonl that are steps; empty without that log.</param>
/// <param name="Outcome">outcome.json; null as long as the run has not ended.</param>
internal sealed record RunRecord(
    string Folder, JsonObject Config, IReadOnlyList<EpochRecord> Epochs, IReadOnlyList<JsonObject> Steps, JsonObject? Outcome)
{
    /// <summary>What the run is told apart by from others on the page: the folder's own name, if no other has it.</summary>
    public string Name { get; init; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>What the last test found out, if there was one.</summary>
    public JsonObject? Test => Outcome?["test"] as JsonObject;

    /// <summary>Reads folders. Those of the same name are called by what the user wrote.</summary>
    /// <exception cref="UserException">One is no run folder, or one of its files is damaged.</exception>
    public static IReadOnlyList<RunRecord> ReadAll(IEnumerable<string> folders)
    {
        RunRecord[] runs = [.. folders.Select(Read)];
        return [.. runs.Select(r => runs.Count(o => o.Name == r.Name) > 1 ? r with { Name = r.Folder } : r)];
    }

    /// <summary>Reads a folder.</summary>
    /// <exception cref="UserException">It is no run folder, or one of its files is damaged.</exception>
    public static RunRecord Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new UserException(ExitCode.InputOutput, $"there is no run folder {SafeText.Of(folder)}.");
        string config = Path.Combine(folder, "config.json");
        if (!File.Exists(config)) throw new UserException(ExitCode.BadData, $"{SafeText.Of(folder)} is no run folder: it has no config.json.");
        string metrics = RunFolder.MetricsIn(folder), outcome = Path.Combine(folder, OutcomeFile.FileName);
        return new RunRecord(
            folder, Object(config), MetricsCsv.Read(metrics), ReadSteps(Path.Combine(folder, JsonlLog.FileName)),
            File.Exists(outcome) ? Object(outcome) : null);
    }

    private static JsonObject Object(string path)
    {
        try
        {
            return JsonValues.ReadObject(path);
        }
        catch (JsonException e)
        {
            throw new UserException(ExitCode.BadData, $"{SafeText.Of(path)} is damaged: it holds no JSON object.", e);
        }
    }

    /// <summary>Lines that are no step are passed over: epochs, and the last line where it is being written or was torn by a kill.</summary>
    private static List<JsonObject> ReadSteps(string path)
    {
        var steps = new List<JsonObject>();
        if (!File.Exists(path)) return steps;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (JsonValues.ParseObject(line) is { } o && o.Word("type") == "step") steps.Add(o);
        }

        return steps;
    }
}
