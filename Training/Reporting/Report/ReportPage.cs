using System.Globalization;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>The report of one run, or of several side by side, as one page.</summary>
internal static class ReportPage
{
    /// <summary>The file's name in a run folder.</summary>
    public const string FileName = "report.html";

    /// <summary>More runs than this have results, options and curves only: that many colours can be told apart, and a page stays below 2 MB.</summary>
    public const int MostInDetail = 6;

    /// <summary>Pictures on a page, shared by its runs.</summary>
    private const int Pictures = 36;

    /// <summary>Writes the page of one run into its folder.</summary>
    /// <returns>Where.</returns>
    public static string Write(string folder)
    {
        string path = Path.Combine(folder, FileName);
        Of([RunRecord.Read(folder)]).Save(path);
        return path;
    }

    /// <summary>The page.</summary>
    public static HtmlPage Of(IReadOnlyList<RunRecord> runs)
    {
        bool isAlone = runs.Count == 1;
        string title = isAlone ? Title(runs[0]) : $"{runs.Count} runs";
        string? state = isAlone ? State(runs[0]) : null;
        return new HtmlPage(title, Html.Of(
            $"""
            <header><h1>{title}</h1><p class="quiet">{state}</p></header>
            <main>
            {(isAlone ? Headline.Of(runs[0]) : RunComparison.Of(runs))}
            <h2>Curves</h2>
            {RunCharts.Of(runs)}
            {(runs.Count <= MostInDetail ? Details(runs, isAlone) : Html.Of($"<p class=\"quiet\">Colours repeat after {MostInDetail} runs. With {MostInDetail} runs or fewer, the page also shows what each test found out and how to repeat each run.</p>"))}
            </main>
            """))
        {
            Style = "report.css",
        };
    }

    private static Html Details(IReadOnlyList<RunRecord> runs, bool isAlone)
    {
        var parts = runs.Select((r, i) => Html.Of(
            $"""
            {(isAlone ? Html.Empty : Html.Of($"<h2 class=\"run\">{RunComparison.Key(i)}{r.Name}</h2>"))}
            {Heading("What the network gets wrong")}
            {TestSection.Of(r, Pictures / runs.Count)}
            {Heading("How to repeat it")}
            {Repetition.Of(r)}

            """));
        return Html.Join(parts);

        Html Heading(string text) => isAlone ? Html.Of($"<h2>{text}</h2>") : Html.Of($"<h3>{text}</h3>");
    }

    private static string Title(RunRecord run) => run.Outcome.Word("name") is { } name ? $"{run.Outcome.Word("network")}: {name}" : run.Name;

    /// <summary>How far a run came.</summary>
    public static string State(RunRecord run)
    {
        if (run.Outcome is not { } o)
            return $"Not ended: {run.Epochs.Count} {(run.Epochs.Count == 1 ? "epoch" : "epochs")} so far.";
        string when = DateTime.TryParse(o.Word("finished"), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time)
            ? $", {time:yyyy-MM-dd HH:mm} UTC" : "";
        return $"{End(o.Word("end"))} after {o.Number("steps"):N0} steps{when}.";
    }

    private static string End(string? end) => end switch
    {
        nameof(TrainingEnd.Finished) => "Finished",
        nameof(TrainingEnd.EarlyStopped) => "Stopped early",
        nameof(TrainingEnd.MaxSteps) => "Stopped at its limit of steps",
        nameof(TrainingEnd.MaxTime) => "Stopped at its limit of time",
        _ => "Stopped by a signal",
    };
}
