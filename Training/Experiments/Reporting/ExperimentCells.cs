using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>The table of an experiment as texts: a row for each network, with the columns that it has anything for.</summary>
/// <param name="Words">How many columns at the left are words; the others are numbers.</param>
/// <param name="Titles">A title for each column.</param>
/// <param name="Rows">A text for each column.</param>
/// <param name="Notes">What is said below: sentences.</param>
internal sealed record ExperimentCells(int Words, IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<string> Notes)
{
    private const string InPaper = "in paper", NotRun = "not run", NotTrained = "not trained", ToDo = "to do";
    private const int LeastForMedian = 3;

    /// <summary>The table of what an experiment has found so far.</summary>
    public static ExperimentCells Of(ExperimentResults results)
    {
        var plan = results.Plan;
        IReadOnlyList<Column> columns = [.. Columns(results)];
        var rows = plan.Experiment.Rows.Select(row =>
        {
            var cells = results.Cells.Where(c => c.Cell.Row.Name == row.Name).ToList();
            return (IReadOnlyList<string>)[.. columns.Select(c => c.Text(row, cells))];
        });
        return new ExperimentCells(columns.Count(c => c.IsWord), [.. columns.Select(c => c.Title)], [.. rows], [.. NotesOf(results, columns)]);
    }

    private static IEnumerable<Column> Columns(ExperimentResults results)
    {
        var plan = results.Plan;
        var rows = plan.Experiment.Rows;
        yield return new Column("row", (row, _) => row.Name) { IsWord = true };
        if (plan.Cells.Any(c => c.Network != c.Row.Name))
            yield return new Column("network", (_, cells) => Distinct(cells.Select(c => c.Cell.Network))) { IsWord = true };
        yield return new Column("parameters", (_, cells) => First(cells, c => $"{c.Cell.Parameters:N0}"));
        if (rows.Any(r => r.PaperParameters is not null)) yield return new Column(InPaper, (row, _) => row.PaperParameters is { } p ? ExperimentNumbers.Millions(p) : "");
        yield return new Column("GMAC", (_, cells) => First(cells, c => ExperimentNumbers.Giga(c.Cell.Macs)));
        if (plan.Cells.Any(c => c.Epochs > 0))
        {
            yield return new Column("epochs", (_, cells) => Distinct(cells.Where(c => c.Cell is { Epochs: > 0, Missing: null }).Select(c => $"{c.Cell.Epochs}")));
            foreach (string dataset in plan.Cells.Where(c => c.Epochs > 0).Select(c => c.Dataset).Distinct())
                foreach (var column in Errors(results, dataset)) yield return column;
        }

        if (!plan.Experiment.Measures.HasFlag(ExperimentMeasures.StepTime)) yield break;
        bool hasPaper = rows.Any(r => r.PaperMilliseconds is not null);
        yield return new Column("step, ms", (_, cells) => Timed(cells, c => ExperimentNumbers.StepMilliseconds(c.StepTime!)));
        if (hasPaper) yield return new Column(InPaper, (row, _) => row.PaperMilliseconds is { } ms ? ExperimentNumbers.Significant(ms) : "");
        yield return new Column("ms per GMAC", (_, cells) => Timed(cells, c => ExperimentNumbers.MillisecondsPerGiga(c, plan.Experiment.StepTimeBatchSize)));
        if (hasPaper) yield return new Column(InPaper, (row, cells) => PaperPerGiga(row, cells));
    }

    private static IEnumerable<Column> Errors(ExperimentResults results, string dataset)
    {
        var plan = results.Plan;
        yield return new Column($"{dataset}, error %", (_, cells) => Of(cells, c =>
            c.Cell.Missing is not null ? NotRun : c.Cell.Epochs == 0 ? NotTrained : c.Runs.Count == 0 ? ToDo : ExperimentNumbers.Errors(Summary.Of(c.Errors), plan.Seeds.Count)));
        if (plan.IsAsPaper && plan.Seeds.Count >= LeastForMedian)
            yield return new Column("median", (_, cells) => Of(cells, c => c.Runs.Count == 0 ? "" : ExperimentNumbers.Error(Summary.Of(c.Errors).Median)));
        if (plan.Experiment.Rows.Any(r => r.Paper.GetValueOrDefault(dataset) is not null))
            yield return new Column(InPaper, (row, _) => row.Paper.GetValueOrDefault(dataset) is { } error ? ExperimentNumbers.Error(error) : row.Paper.ContainsKey(dataset) ? "-" : "");

        string Of(List<CellResult> cells, Func<CellResult, string> text) => cells.FirstOrDefault(c => c.Cell.Dataset == dataset) is { } cell ? text(cell) : "";
    }

    private static IEnumerable<string> NotesOf(ExperimentResults results, IReadOnlyList<Column> columns)
    {
        var plan = results.Plan;
        if (columns.Any(c => c.Title.EndsWith("error %", StringComparison.Ordinal)))
            yield return "Error: mean ± sample standard deviation over the seeds, with their number; after the last epoch.";
        bool hasPaper = columns.Any(c => c.Title == InPaper);
        if (hasPaper && !plan.IsAsPaper) yield return "In paper: figures of its own networks and recipe, no target for smaller ones.";
        if (plan.Experiment.Measures.HasFlag(ExperimentMeasures.StepTime))
            yield return $"Step: forward and backward of {plan.Experiment.StepTimeBatchSize} images, the median; then for each GMAC of an image's forward pass. The paper's times are of another machine: ratios can be compared.";
        foreach (string note in ExperimentProgress.Notes(results)) yield return note;
    }

    private static string PaperPerGiga(ExperimentRow row, List<CellResult> cells) =>
        row.PaperMilliseconds is { } ms && cells.Select(c => c.StepTime).FirstOrDefault(t => t is { Macs: > 0 }) is { } time ? ExperimentNumbers.Significant(1e9 * ms / time.Macs) : "";

    private static string Timed(List<CellResult> cells, Func<CellResult, double> milliseconds) =>
        cells.FirstOrDefault(c => c.StepTime is not null) is { } cell ? ExperimentNumbers.Significant(milliseconds(cell))
        : cells.Count == 0 ? "" : cells.All(c => c.Cell.Missing is not null) ? NotRun : ToDo;

    private static string First(List<CellResult> cells, Func<CellResult, string> text) => cells.Count > 0 ? text(cells[0]) : "";

    private static string Distinct(IEnumerable<string> texts) => string.Join(" / ", texts.Distinct());

    private sealed record Column(string Title, Func<ExperimentRow, List<CellResult>, string> Text)
    {
        public bool IsWord { get; init; }
    }
}
