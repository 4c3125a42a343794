using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting;

/// <summary>What a run says at its end: what it came to, how long it took, and where that lies.</summary>
internal static class RunSummary
{
    /// <summary>Writes it.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="outcome">What came of the run.</param>
    /// <param name="done">How it ended, a sentence.</param>
    /// <param name="run">Its folder.</param>
    /// <param name="time">Of this process, from the first step on.</param>
    /// <param name="memory">Bytes of tensors at most.</param>
    /// <param name="report">The page about the run, if there is one.</param>
    public static void Write(Terminal terminal, string name, TrainingOutcome outcome, string done, RunFolder run, TimeSpan time, long memory, string? report = null)
    {
        var rows = new List<(string, string)>();
        if (outcome.Epochs.Count > 0)
        {
            var last = outcome.Epochs[^1];
            rows.Add(("training", $"loss {last.TrainLoss:F4} error {last.TrainError:F2} % in epoch {last.Epoch}"));
            Add(rows, "val", outcome.Epochs, e => e.ValLoss, e => e.ValError);
            Add(rows, "test", outcome.Epochs, e => e.TestLoss, e => e.TestError);
        }

        rows.Add(("took", $"{Durations.Text(time)}, {ConsoleLog.Speed(outcome.ImagesPerSecond)}, {memory / 1e6:N0} MB of tensors at most"));
        if (report is not null) rows.Add(("report", report));
        // What scripts look for stays the last line of plain output.
        if (terminal.IsLive) rows.Add(("saved", $"{run.LastCheckpoint}{(File.Exists(run.BestCheckpoint) ? $", {Path.GetFileName(run.BestCheckpoint)}" : "")}"));
        terminal.Box(name, rows);
        terminal.Line(terminal.IsLive ? done : $"{done} Checkpoint: {run.LastCheckpoint}");
        terminal.Out.Flush();
    }

    /// <summary>The last result, and the best one where that is another.</summary>
    private static void Add(
        List<(string, string)> rows, string label, IReadOnlyList<EpochRecord> epochs, Func<EpochRecord, double?> loss, Func<EpochRecord, double?> error)
    {
        if (epochs.LastOrDefault(e => error(e) is not null) is not { } last) return;
        var best = epochs.Where(e => error(e) is not null).MinBy(error)!;
        string better = error(best) < error(last) ? $"; the best was {error(best):F2} % in epoch {best.Epoch}" : "";
        rows.Add((label, $"loss {loss(last):F4} error {error(last):F2} % in epoch {last.Epoch}{better}"));
    }
}
