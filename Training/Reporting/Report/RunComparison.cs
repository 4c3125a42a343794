using System.Text.Json.Nodes;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>Several runs: results in a row each, then the options in which they differ.</summary>
internal static class RunComparison
{
    private static readonly HashSet<string> NotCompared = ["output", "resume", "result", "config"];

    /// <summary>Both tables.</summary>
    public static Html Of(IReadOnlyList<RunRecord> runs)
    {
        var keys = runs.SelectMany(r => r.Config.Select(o => o.Key)).Distinct()
            .Where(k => !NotCompared.Contains(k) && runs.Select(r => Text(r.Config, k)).Distinct().Count() > 1).ToList();
        var header = runs.Select((r, i) => Html.Of($"<th>{Key(i)}{r.Name}</th>"));
        var options = keys.Select(k => Html.Of($"<tr><th>{k}</th>{runs.Select(r => Html.Of($"<td>{Text(r.Config, k)}</td>"))}</tr>\n"));
        return Html.Of(
            $"""
            <div class="scroll"><table><thead><tr><th>run</th><th class="number">test error</th><th class="number">best</th><th class="number">at epoch</th><th class="number">epochs</th><th class="number">time</th><th class="number">images/s</th><th class="number">parameters</th><th>state</th></tr></thead><tbody>
            {runs.Select(Row)}</tbody></table></div>
            <h2>Options that differ</h2>
            {(keys.Count == 0 ? Html.Of($"<p class=\"quiet\">None: the runs have the same options.</p>") : Html.Of($"<div class=\"scroll\"><table><thead><tr><th>option</th>{header}</tr></thead><tbody>\n{options}</tbody></table></div>"))}

            """);
    }

    /// <summary>A dot in the colour of a run's curves.</summary>
    public static Html Key(int run) =>
        Html.Of($"<svg class=\"dot\" width=\"12\" height=\"12\" aria-hidden=\"true\"><circle class=\"f{RunCharts.Colour(run)}\" cx=\"6\" cy=\"6\" r=\"5\"/></svg>");

    private static Html Row(RunRecord run, int place)
    {
        string last = run.Epochs.LastOrDefault(e => e.TestError is not null) is { } tested ? $"{tested.TestError:F2} %" : "", best = "", epoch = "";
        if (Headline.Best(run.Epochs) is var (at, error, of)) (best, epoch) = ($"{of} {error:F2} %", $"{at.Epoch}");
        string[] numbers = [last, best, epoch, $"{run.Epochs.Count}", Headline.Time(run), Whole("imagesPerSecond"), Whole("parameters")];
        return Html.Of($"<tr><th>{Key(place)}{run.Name}</th>{numbers.Select(n => Html.Of($"<td class=\"number\">{n}</td>"))}<td>{ReportPage.State(run)}</td></tr>\n");

        string Whole(string key) => run.Outcome.Number(key) is var n && double.IsFinite(n) ? $"{n:N0}" : "";
    }

    /// <summary>An option as one would type it; a list with commas.</summary>
    private static string Text(JsonObject config, string key) => config[key] switch
    {
        JsonValue v when v.TryGetValue(out string? text) => text,
        JsonArray list => string.Join(',', list.Select(e => e?.ToString())),
        { } value => value.ToJsonString(),
        null => "",
    };
}
