using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>A line for each run that is over, with what is left.</summary>
/// <param name="terminal">Where.</param>
internal sealed class RunProgress(Terminal terminal)
{
    private double _planned, _taken;

    /// <summary>A run is finished.</summary>
    /// <param name="run">Which.</param>
    /// <param name="result">What it came to.</param>
    /// <param name="time">What it took in this process.</param>
    /// <param name="isWhole">This process did all of it, so that its time says how good the plan is.</param>
    /// <param name="open">The runs that are left.</param>
    public void Finished(PlannedRun run, SeedResult result, TimeSpan time, bool isWhole, IReadOnlyList<PlannedRun> open)
    {
        if (isWhole) (_planned, _taken) = (_planned + run.Cell.SecondsOfRun, _taken + time.TotalSeconds);
        Write(run, $"error {result.TestError:F2} %  {Durations.Text(time)}", open);
    }

    /// <summary>A run came to nothing.</summary>
    public void Failed(PlannedRun run, RunFailure failure, IReadOnlyList<PlannedRun> open) =>
        Write(run, $"{(failure.IsFinal ? "diverged" : "failed")}: {SafeText.Of(failure.Sentence.TrimEnd('.'))}", open);

    /// <summary>The steps of a row are timed.</summary>
    public void Timed(string row, StepTime time)
    {
        double[] sorted = [.. time.Seconds.Order()];
        terminal.Line($"{SafeText.Of(row)}  {time.Network}  {1000 * sorted[sorted.Length / 2]:F1} ms a step of {time.BatchSize} images (median of {sorted.Length})");
        terminal.Out.Flush();
    }

    private void Write(PlannedRun run, string what, IReadOnlyList<PlannedRun> open)
    {
        // What the runs so far took against their plan is what the others will take.
        double factor = _planned > 0 ? _taken / _planned : 1;
        var left = TimeSpan.FromSeconds(factor * open.Sum(r => r.Cell.SecondsOfRun));
        string rest = open.Count == 0 ? "none left" : $"{open.Count} left, {Durations.Text(left)}, until about {PlanTable.End(left)}";
        terminal.Line($"{run.Cell.Dataset}  {run.Cell.Row.Name}  seed {run.Seed}  {what}  ({rest})");
        terminal.Out.Flush();
    }
}
