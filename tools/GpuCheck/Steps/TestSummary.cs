using System.Globalization;
using System.Text.RegularExpressions;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>The closing lines of the test program.</summary>
internal sealed partial record TestSummary(int Total, int Failed, int Succeeded, int Skipped)
{
    private const int NamesKept = 50;

    /// <summary>Reads them; null where the program did not get that far.</summary>
    public static TestSummary? Parse(string output)
    {
        int? Count(string kind) =>
            Counts().Matches(output).LastOrDefault(m => m.Groups["kind"].Value == kind) is { } m ? int.Parse(m.Groups["count"].Value, CultureInfo.InvariantCulture) : null;
        return Count("total") is { } total ? new TestSummary(total, Count("failed") ?? 0, Count("succeeded") ?? 0, Count("skipped") ?? 0) : null;
    }

    /// <summary>Records how many tests passed, or what went wrong.</summary>
    /// <param name="prefix">Before the figures' names.</param>
    public static void Record(StepResult result, CommandResult run, string command, string prefix = "")
    {
        string name = prefix + "tests passed";
        if (Parse(run.Output) is not { } summary)
        {
            result.Failed(name, "tests", command, run.Reason);
            return;
        }

        foreach (Match failed in FailedTests().Matches(run.Output).Take(NamesKept)) result.Note($"failed: {failed.Groups["name"].Value}");
        if (summary.Skipped > 0 && SkipReason().Match(run.Output) is { Success: true } skipped) result.Note($"{summary.Skipped} skipped, the first because: {skipped.Groups["reason"].Value.Trim()}");
        if (summary.Failed > 0) result.Failed(name, "tests", command, $"{summary.Failed} of {summary.Total} tests failed; the log names them");
        else if (run.Problem is not null) result.Failed(name, "tests", command, run.Problem);
        else if (summary.Succeeded == 0) result.Absent(name, "tests", command, $"none of {summary.Total} tests could be run here");
        else result.Measured(name, summary.Succeeded, "tests", command);
        if (summary.Succeeded > 0) result.Measured(prefix + "tests skipped", summary.Skipped, "tests", command);
    }

    [GeneratedRegex(@"^\s*(?<kind>total|failed|succeeded|skipped): (?<count>\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex Counts();

    [GeneratedRegex(@"^failed (?<name>\S.*?) \([^()]*\)\s*$", RegexOptions.Multiline)]
    private static partial Regex FailedTests();

    [GeneratedRegex(@"^skipped .*\n(?<reason>\s+\S.*)$", RegexOptions.Multiline)]
    private static partial Regex SkipReason();
}
