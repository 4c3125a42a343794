using System.Globalization;
using System.Text.Json.Nodes;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Report;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>On what an experiment ran and when, as its runs have written it down.</summary>
/// <param name="Machines">In words; those that ran a part of it.</param>
/// <param name="Finished">When the last run ended, in UTC; null where no run says it.</param>
/// <param name="Versions">Of the program.</param>
internal sealed record RunFacts(IReadOnlyList<string> Machines, DateTime? Finished, IReadOnlyList<string> Versions)
{
    /// <summary>The date as text, or null.</summary>
    public string? Date => Finished is { } time ? $"{time:yyyy-MM-dd}" : null;

    /// <summary>Reads the runs' outcomes. Where there are none, only times and counts, the machine is this one.</summary>
    public static RunFacts Of(ExperimentResults results)
    {
        var outcomes = results.Cells.SelectMany(c => c.Runs).Select(r => Read(Path.Combine(r.Folder, OutcomeFile.FileName))).OfType<JsonObject>().ToList();
        var machines = outcomes.Select(o => Machine(o.Word("processor"), o.Word("device"), o.Word("system"), o.Word("runtime"))).Distinct().ToList();
        var dates = outcomes.Select(o => o.Word("finished")).OfType<string>()
            .Select(t => DateTime.TryParse(t, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time) ? time : (DateTime?)null);
        return new RunFacts(
            machines.Count > 0 ? machines : [Machine(RunEnvironment.Processor, null, RunEnvironment.System, RunEnvironment.Runtime)],
            dates.Max(), [.. outcomes.Select(o => o.Word("version")).OfType<string>().Distinct()]);
    }

    private static string Machine(params IEnumerable<string?> parts) => string.Join("; ", parts.OfType<string>());

    /// <summary>A file that is not there, or is damaged, only leaves facts out.</summary>
    private static JsonObject? Read(string path)
    {
        try
        {
            return JsonValues.FindObject(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
