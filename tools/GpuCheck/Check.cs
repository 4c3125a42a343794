using System.Diagnostics;
using System.Runtime.InteropServices;

namespace WrnEngine.Tools.GpuCheck;

/// <summary>Runs the steps one after the other. Each leaves its part in the results folder, so that a run that was cut off goes on where it was.</summary>
internal sealed class Check(CheckSettings settings, ProgramFiles programs, IReadOnlyList<IStep> steps, TextWriter output)
{
    /// <summary>Of the report in the results folder.</summary>
    public const string ReportName = "gpu-report.json";

    /// <summary>Of the table in the results folder.</summary>
    public const string TableName = "gpu-table.md";

    private const int StepFailed = 6;

    private readonly long _start = Stopwatch.GetTimestamp();

    private TimeSpan TimeLeft => settings.Budget - Stopwatch.GetElapsedTime(_start);

    /// <summary>Runs what is not done.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        Directory.CreateDirectory(settings.Results);
        foreach (var step in steps)
        {
            var before = Read(step);
            if (settings.Only.Count > 0 ? !settings.Only.Contains(step.Name) : before?.Step.Outcome == Outcome.Done)
            {
                if (before is not null) Say(before.Step, settings.Only.Count > 0 ? "left as it was" : "done before");
                continue;
            }

            if (TimeLeft <= TimeSpan.Zero)
            {
                output.WriteLine($"{step.Name,-10} not run: the {settings.Budget.TotalMinutes:0.#} minutes are over; start again to go on");
                continue;
            }

            Say(RunStep(step), null);
            WriteReport(); // after every step: a run that is cut off has left one
        }

        var report = WriteReport();
        output.WriteLine($"Report: {Path.Combine(settings.Results, ReportName)}");
        return report.Steps.Any(s => s.Outcome == Outcome.Failed) ? StepFailed : 0;
    }

    private StepReport RunStep(IStep step)
    {
        output.WriteLine($"{step.Name,-10} ...");
        output.Flush();
        string folder = Path.Combine(settings.Results, step.Name);
        Directory.CreateDirectory(folder);
        var result = new StepResult(settings.IsSimulated);
        var started = DateTime.UtcNow;
        long start = Stopwatch.GetTimestamp();
        using (var log = new StreamWriter(Path.Combine(folder, "log.txt"), append: true))
        {
            try
            {
                step.Run(new StepContext(settings, programs, result, folder, log, () => TimeLeft) { Card = Card(), Earlier = Earlier });
            }
            catch (Exception e) when (e is not OutOfMemoryException) // the steps after this one still say something
            {
                log.WriteLine(e);
                result.Failed("step", "", "", $"{e.GetType().Name}: {e.Message}");
            }
        }

        var report = result.Report(step.Name, programs.Build, started, Stopwatch.GetElapsedTime(start).TotalSeconds);
        ReportFile.Write(PartPath(step), new StepPart(report, result.Card, result.Software));
        return report;
    }

    private Card? Card() => steps.Select(Read).FirstOrDefault(p => p?.Card is not null)?.Card;

    private Figure? Earlier(string step, string name) =>
        steps.Where(s => s.Name == step).Select(Read).FirstOrDefault()?.Step.Figures.FirstOrDefault(f => f.Name == name && f.Outcome == Outcome.Done);

    /// <summary>The part that a step of this build left, or null.</summary>
    private StepPart? Read(IStep step) => ReportFile.Read<StepPart>(PartPath(step)) is { Step: { } report } part && report.Build == programs.Build ? part : null;

    private string PartPath(IStep step) => Path.Combine(settings.Results, step.Name + ".json");

    private GpuReport WriteReport()
    {
        StepPart?[] parts = [.. steps.Select(Read)];
        var software = new Dictionary<string, string>();
        foreach (var (name, version) in parts.SelectMany(p => p?.Software ?? [])) software[name] = version;
        var report = new GpuReport(
            GpuReport.CurrentSchema, DateTime.UtcNow, programs.Build, settings.Device, settings.IsSimulated, settings.IsSmall, Card(),
            $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors", software,
            [.. steps.Zip(parts, (s, p) => p?.Step ?? new StepReport(s.Name, Outcome.NotRun, null, programs.Build, DateTime.UnixEpoch, 0, [], [], []))]);
        ReportFile.Write(Path.Combine(settings.Results, ReportName), report);
        File.WriteAllText(Path.Combine(settings.Results, TableName), DocumentTable.Text(report));
        if (programs.Document is { } document)
        {
            DocumentTable.Replace(document, report);
            ReportFile.Write(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(document))!, ReportName), report);
        }

        return report;
    }

    private void Say(StepReport step, string? remark)
    {
        string outcome = step.Outcome.ToString().ToLowerInvariant(), reason = step.Reason is null ? "" : $": {step.Reason}";
        int there = step.Figures.Count(f => f.Outcome == Outcome.Done);
        output.WriteLine($"{step.Name,-10} {outcome}{reason} ({there} of {step.Figures.Count} figures, {step.Seconds:F0} s{(remark is null ? "" : ", " + remark)})");
        output.Flush();
    }
}

/// <summary>What a step leaves in a file of its own.</summary>
internal sealed record StepPart(StepReport Step, Card? Card, Dictionary<string, string> Software);
