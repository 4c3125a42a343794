using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>What an experiment has found, on the console: the table, what is missing, and each claim with its mark and reason.</summary>
internal static class ExperimentTable
{
    /// <summary>Writes it.</summary>
    public static void Write(ExperimentResults results, Terminal terminal)
    {
        var cells = ExperimentCells.Of(results);
        var experiment = results.Plan.Experiment;
        terminal.Line($"{experiment.Title} ({experiment.Source}), {ExperimentWords.Scale(results.Plan)}");
        var table = new TextTable(cells.Words, [.. cells.Titles.Select(Terminal.Clean)]);
        foreach (var row in cells.Rows) table.Add([.. row]);
        table.Write(terminal);
        foreach (string note in cells.Notes) terminal.Line(note);
        if (ExperimentProgress.Left(results) is { } left) terminal.Notice(left);
        foreach (var verdict in Verdict.All(results))
        {
            terminal.Line($"{ExperimentWords.Of(verdict.Mark)}: {verdict.Claim.Says} ({ExperimentWords.Where(verdict)})");
            terminal.Line($"  {verdict.Reason}");
        }
    }
}
