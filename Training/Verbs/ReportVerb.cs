using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn report</c>: a page about a run, or about several side by side.</summary>
internal static class ReportVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new("report", "write a page about a run, or several side by side", "runs/a runs/b -o compare.html", Run, ReportOptions.Group)
    {
        Operands = ReportOptions.Runs,
    };

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        var runs = RunRecord.ReadAll(options.Operands);
        string path = options.Get(ReportOptions.Output) ?? Path.Combine(runs[0].Folder, ReportPage.FileName);
        WriteCheck.File(path, "--output");
        ReportPage.Of(runs).Save(path);
        terminal.Out.WriteLine($"{SafeText.Of(path)}: {(runs.Count == 1 ? "a run" : $"{runs.Count} runs")}, {new FileInfo(path).Length:N0} bytes");
        return ExitCode.Ok;
    }
}
