using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Reporting.Pages;
using WrnEngine.Training.Reporting.Report;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>The command of an experiment, its machine and date, and the folder of each run.</summary>
internal static class RunList
{
    /// <summary>The end of a section.</summary>
    public static Html Of(ExperimentResults results, string folder)
    {
        var facts = RunFacts.Of(results);
        (string, string?)[] rows =
        [
            ("machine", string.Join(" and ", facts.Machines)), ("finished", facts.Date), ("WrnEngine", facts.Versions.Count > 0 ? string.Join(", ", facts.Versions) : null),
            ("time of the runs", Time(results)), ("SHA-256 of the description", results.Plan.Experiment.Sha256 is { Length: > 0 } hash ? hash : null),
        ];
        return Html.Of(
            $"""
            <pre>{results.Command}</pre>
            <div class="scroll"><table class="facts"><tbody>{rows.Where(r => r.Item2 is not null).Select(r => Html.Of($"<tr><th>{r.Item1}</th><td>{r.Item2}</td></tr>\n"))}</tbody></table></div>
            {Runs(results, folder)}
            """);
    }

    private static Html Runs(ExperimentResults results, string folder)
    {
        var lines = results.Cells.SelectMany(c => c.Runs, (c, r) => Html.Of(
            $"<tr><td>{c.Cell.Row.Name}</td><td>{c.Cell.Dataset}</td><td class=\"number\">{r.Seed}</td><td class=\"number\">{ExperimentNumbers.Error(r.TestError)}</td><td class=\"number\">{Seconds(r.Seconds)}</td><td>{Folder(r.Folder, folder)}</td></tr>\n")).ToList();
        return lines.Count == 0 ? Html.Empty : Html.Of(
            $"""
            <details><summary>Every run</summary><div class="scroll"><table><thead><tr><th>row</th><th>data set</th><th class="number">seed</th><th class="number">error %</th><th class="number">time</th><th>folder</th></tr></thead><tbody>
            {lines}</tbody></table></div></details>
            """);
    }

    private static Html Folder(string run, string page)
    {
        string shown = RunPaths.Relative(run, page);
        return RunPaths.Link(run, page, ReportPage.FileName) is { } link ? Html.Of($"<a href=\"{link}\">{shown}</a>") : Html.Of($"<code>{shown}</code>");
    }

    private static string? Time(ExperimentResults results) =>
        results.Cells.SelectMany(c => c.Runs).Sum(r => r.Seconds) is > 0 and var seconds ? Seconds(seconds) : null;

    private static string Seconds(double seconds) => seconds >= 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? Durations.Text(TimeSpan.FromSeconds(seconds)) : "";
}
