using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>What of an experiment is done, what is left, and what is not done at all, in sentences.</summary>
internal static class ExperimentProgress
{
    private const int MostNamed = 6;

    /// <summary>How far it is; null where nothing is left.</summary>
    public static string? Left(ExperimentResults results)
    {
        if (results.IsComplete) return null;
        var plan = results.Plan;
        var planned = results.Cells.Where(c => c.Cell.Missing is null).ToList();
        var left = planned.Where(c => !c.IsComplete(plan)).ToList();
        var parts = new List<string>();
        int runs = planned.Count(c => c.Cell.Epochs > 0) * plan.Seeds.Count, times = planned.Count;
        if (runs > 0) parts.Add($"{planned.Where(c => c.Cell.Epochs > 0).Sum(c => c.Runs.Count)} of {runs} runs are done");
        if (plan.Experiment.Measures.HasFlag(ExperimentMeasures.StepTime)) parts.Add($"{planned.Count(c => c.StepTime is not null)} of {times} steps are measured");
        string names = string.Join(", ", left.Take(MostNamed).Select(c => Name(c, plan.Seeds.Count)));
        string more = left.Count > MostNamed ? $" and {left.Count - MostNamed} more" : "";
        return $"Not finished: {string.Join(", ", parts)}. Left: {names}{more}.";
    }

    /// <summary>A sentence for each row that is not run, and what the description says of rows.</summary>
    public static IEnumerable<string> Notes(ExperimentResults results)
    {
        var untrained = results.Plan.Untrained;
        foreach (var row in results.Plan.Experiment.Rows)
        {
            var cells = results.Cells.Where(c => c.Cell.Row.Name == row.Name).ToList();
            if (cells.Count == 0) yield return $"{row.Name} is not in the plan.";
            foreach (var missing in cells.Where(c => c.Cell.Missing is not null).GroupBy(c => c.Cell.Missing))
            {
                string where = missing.Count() == cells.Count ? "" : $" on {string.Join(" and ", missing.Select(c => c.Cell.Dataset))}";
                yield return $"{row.Name} is not run{where}: {missing.Key}.";
            }

            if (untrained.Contains(row)) yield return $"{row.Name} is not trained in a budget as small as this, and claims are judged without it.";
            if (row.Note is { Length: > 0 } note) yield return $"{row.Name}: {note.TrimEnd('.')}.";
        }
    }

    private static string Name(CellResult c, int seeds)
    {
        string runs = c.Cell.Epochs > 0 && c.Runs.Count < seeds ? $" ({c.Runs.Count} of {seeds} runs)" : " (step time)";
        return $"{c.Cell.Row.Name} on {c.Cell.Dataset}{runs}";
    }
}
