using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Reporting;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Experiments.Running;

namespace WrnEngine.Training.Verbs;

/// <summary>What experiments say at their end, and what they answer.</summary>
internal static class ExperimentEnd
{
    /// <summary>Writes tables, page and document, says what is left, and finds the exit code.</summary>
    /// <param name="session">The command.</param>
    /// <param name="results">What there is.</param>
    /// <param name="runners">What was done.</param>
    /// <param name="folder">The folder of the page.</param>
    /// <param name="document">The document's file, or null.</param>
    public static int Write(
        ExperimentSession session, IReadOnlyList<ExperimentResults> results, IReadOnlyList<ExperimentRunner> runners, string folder, string? document)
    {
        var terminal = session.Terminal;
        ExperimentSession.Report(results, folder, isEnd: true);
        if (document is not null) ExperimentDocument.Write(results, document);
        foreach (var each in results) ExperimentTable.Write(each, terminal);
        int exitCode = Say(session, results, runners);
        terminal.Out.Flush();
        return exitCode;
    }

    private static int Say(ExperimentSession session, IReadOnlyList<ExperimentResults> results, IReadOnlyList<ExperimentRunner> runners)
    {
        var terminal = session.Terminal;
        if (session.Stop.IsRequested)
        {
            terminal.Line("Stopped; what is finished is kept, and so is the run that was under way. Go on with:");
            terminal.Command(session.Command);
            return session.Stop.ExitCode;
        }

        string[] held = [.. runners.SelectMany(r => r.Held).Select(h => $"{h.Key} by {h.Value}")];
        if (held.Length > 0) terminal.Notice($"Others are at what is still open: {string.Join(", ", held)}.");
        var failures = runners.SelectMany(r => r.Failures).ToList();
        if (failures.Count > 0)
        {
            terminal.Notice(failures.Count == 1 ? "A run failed; this tries it again:" : $"{failures.Count} runs failed; this tries them again:");
            terminal.Command(session.Command);
            return failures[0].ExitCode;
        }

        bool isComplete = results.All(r => r.IsComplete);
        return held.Length > 0 && !isComplete && runners.Sum(r => r.Done) == 0 ? ExitCode.InputOutput : ExitCode.Ok;
    }
}
