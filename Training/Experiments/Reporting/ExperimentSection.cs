using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>An experiment on the page: what was done, the table, the plots, and how to get it again.</summary>
internal static class ExperimentSection
{
    /// <summary>The section.</summary>
    /// <param name="results">The experiment.</param>
    /// <param name="verdicts">Its claims.</param>
    /// <param name="anchor">Its name for links.</param>
    /// <param name="folder">Where the page will be.</param>
    /// <param name="isAlone">The page has no other, so its title is the page's.</param>
    public static Html Of(ExperimentResults results, IReadOnlyList<Verdict> verdicts, string anchor, string folder, bool isAlone)
    {
        var experiment = results.Plan.Experiment;
        var cells = ExperimentCells.Of(results);
        return Html.Of(
            $"""
            <section id="{anchor}"><h2>{(isAlone ? "What was done" : experiment.Title)}</h2>
            <p class="scale"><b>{experiment.Source}</b>, {ExperimentWords.Scale(results.Plan)}.</p>
            <p>{experiment.About}</p>
            {(ExperimentProgress.Left(results) is { } left ? Html.Of($"<p class=\"left\">{left}</p>") : Html.Empty)}
            {Table(cells)}
            <ul class="notes quiet">{cells.Notes.Select(n => Html.Of($"<li>{n}</li>"))}</ul>
            {Plots(results, verdicts)}
            {Pairs(verdicts)}
            {(experiment.Inconsistencies.Count == 0 ? Html.Empty : Html.Of($"<h3>Where the paper disagrees with itself</h3><ul>{experiment.Inconsistencies.Select(i => Html.Of($"<li>{i}</li>"))}</ul>"))}
            <h3>How to get it again</h3>
            {RunList.Of(results, folder)}
            </section>

            """);
    }

    private static Html Table(ExperimentCells cells) => Html.Of(
        $"""
        <div class="scroll"><table class="results"><thead><tr>{cells.Titles.Select((t, i) => i < cells.Words ? Html.Of($"<th>{t}</th>") : Html.Of($"<th class=\"number\">{t}</th>"))}</tr></thead><tbody>
        {cells.Rows.Select(r => Html.Of($"<tr>{r.Select((c, i) => Cell(c, i, cells.Words))}</tr>\n"))}</tbody></table></div>
        """);

    private static Html Cell(string text, int column, int words) =>
        column == 0 ? Html.Of($"<th class=\"name\">{text}</th>") : column < words ? Html.Of($"<td>{text}</td>") : Html.Of($"<td class=\"number\">{text}</td>");

    private static Html Plots(ExperimentResults results, IReadOnlyList<Verdict> verdicts)
    {
        string[] datasets = [.. results.Cells.Where(c => c.Runs.Count > 0).Select(c => c.Cell.Dataset).Distinct()];
        var dots = datasets.Select(d => DotPlot.Of(results, d));
        var effects = verdicts.Where(v => v.Pairs.Any(p => p.Effect is not null)).Select(v => EffectPlot.Of(v, results));
        var measures = results.Plan.Experiment.Measures;
        var curves = measures.HasFlag(ExperimentMeasures.Curve) ? datasets.Select(d => ErrorCurves.Of(results, d)) : [];
        var blocks = measures.HasFlag(ExperimentMeasures.Blocks) ? datasets.Select(d => BlockCharts.Of(results, d)) : [];
        return Html.Of($"{Group("Test errors", dots)}{Group("Curves", curves)}{Group("Comparisons", effects)}{Group("Blocks", blocks)}");
    }

    private static Html Group(string title, IEnumerable<Html> plots)
    {
        var all = Html.Join(plots);
        return all.ToString().Length == 0 ? Html.Empty : Html.Of($"<h3>{title}</h3><div class=\"plots\">{all}</div>\n");
    }

    /// <summary>What each comparison says, in words.</summary>
    private static Html Pairs(IReadOnlyList<Verdict> verdicts)
    {
        var several = verdicts.Where(v => v.Pairs.Count > 1).ToList();
        if (several.Count == 0) return Html.Empty;
        var items = several.SelectMany(v => v.Pairs, (v, p) => Html.Of($"<li>{v.Claim.Name}, {v.Dataset}: <b>{ExperimentWords.Of(p.State)}</b>, {p.Says}.</li>\n"));
        return Html.Of($"<details><summary>Each comparison</summary><ul>{items}</ul></details>\n");
    }
}
