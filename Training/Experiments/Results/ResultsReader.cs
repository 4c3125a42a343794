using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Running;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Experiments.Results;

/// <summary>Reads from an experiment's folder what there is so far, whoever put it there.</summary>
internal static class ResultsReader
{
    /// <summary>Everything that is finished.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="command">What goes on, or gets it again.</param>
    public static ExperimentResults Read(ExperimentPlan plan, string folder, string command)
    {
        var times = StepTimeFile.Read(folder);
        var runs = PlannedRun.Of(plan, folder);
        return new ExperimentResults(plan, [.. plan.Cells.Select(cell =>
        {
            PlannedRun[] own = [.. runs.Where(r => ReferenceEquals(r.Cell, cell))];
            SeedResult[] finished = [.. own.Select(r => Finished(plan, r)).OfType<SeedResult>()];
            return new CellResult(cell, finished, cell.Missing is null ? times.GetValueOrDefault(cell.Row.Name) : null)
            {
                Failures = [.. own.Where(r => finished.All(f => f.Seed != r.Seed)).Select(r => RunNote.Read(r.Folder, r.Seed)).OfType<RunFailure>()],
            };
        })], command);
    }

    /// <summary>A run with all that is measured of it; null before.</summary>
    public static SeedResult? Finished(ExperimentPlan plan, PlannedRun run)
    {
        var blocks = plan.Experiment.Measures.HasFlag(ExperimentMeasures.Blocks) ? BlockMeasurement.Read(run.Folder) : [];
        return blocks is null ? null : Trained(run) is { } trained ? trained with { Blocks = blocks } : null;
    }

    /// <summary>A run that is trained to its end; null before.</summary>
    public static SeedResult? Trained(PlannedRun run)
    {
        var json = JsonValues.FindObject(Path.Combine(run.Folder, OutcomeFile.FileName));
        if (json.Word("end") != nameof(TrainingEnd.Finished)) return null;
        var epochs = MetricsCsv.Read(RunFolder.MetricsIn(run.Folder));
        if (epochs.Count == 0 || epochs[^1].Epoch != run.Cell.Epochs || epochs[^1].TestError is not { } error) return null;
        return new SeedResult(run.Seed, run.Folder, error, epochs, []) { Command = json.List<string>("commands") is [var first, ..] ? first : "" };
    }
}
