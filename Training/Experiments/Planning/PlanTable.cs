using System.Globalization;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments.Reporting;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Training.Experiments.Planning;

/// <summary>A plan for people.</summary>
internal static class PlanTable
{
    /// <summary>Writes it.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="terminal">Where.</param>
    public static void Write(ExperimentPlan plan, Terminal terminal)
    {
        var experiment = plan.Experiment;
        terminal.Line($"{experiment.Name}: {experiment.Title} ({experiment.Source})");
        var table = new TextTable(3, "Row", "Data set", "Network", "Parameters", "Multiply-adds", "Epochs", "Images", "Images/s", "A run", "Paper %");
        foreach (var cell in plan.Cells)
        {
            bool runs = cell.Epochs > 0;
            table.Add(
                cell.Row.Name, cell.Dataset, cell.Network, $"{cell.Parameters:N0}", $"{cell.Macs:N0}", runs ? $"{cell.Epochs}" : "-", runs ? $"{cell.TrainImages:N0}" : "-",
                runs ? ConsoleLog.Rate(cell.ImagesPerSecond) : "-", runs ? Durations.Text(TimeSpan.FromSeconds(cell.SecondsOfRun)) : "-",
                cell.Row.Paper.TryGetValue(cell.Dataset, out double? paper) && paper is { } p ? ValueText.Of(p)! : "");
        }

        table.Write(terminal);
        foreach (var group in plan.Cells.Where(c => c.Missing is not null).GroupBy(c => (c.Dataset, c.Missing)))
            terminal.Notice($"Not run on {group.Key.Dataset}: {group.Key.Missing}.");
        if (plan.Cells.Any(c => c.Epochs > 0)) terminal.Line($"{experiment.Title}, {ExperimentWords.Scale(plan)}.");
        if (plan.Untrained is [_, ..] untrained) terminal.Line($"Not trained in a budget as small as this: {string.Join(", ", untrained.Select(r => r.Name))}.");
        string steps = plan.SecondsOfStepTime > 0
            ? $"Steps of the paper's own sizes are timed at batch {experiment.StepTimeBatchSize}, {Durations.Text(TimeSpan.FromSeconds(plan.SecondsOfStepTime))} a row. " : "";
        int runCount = plan.Cells.Count(c => c.Epochs > 0) * plan.Seeds.Count;
        terminal.Line($"{steps}{runCount} {(runCount == 1 ? "run" : "runs")}, seeds {string.Join(", ", plan.Seeds)}: {Durations.Text(plan.Time)} in all, until about {End(plan.Time)}.");
        terminal.Out.Flush();
    }

    /// <summary>When something ends that takes so long: with the day where it is another one.</summary>
    public static string End(TimeSpan time)
    {
        var now = DateTime.Now;
        if (time > TimeSpan.FromDays(365 * 100)) return "a century from now";
        var end = now + time;
        return end.ToString(end.Date == now.Date ? "HH:mm" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }
}
