using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>The claims of an experiment with their marks: a word and a sign, so that no colour is needed to tell them apart.</summary>
internal static class ClaimList
{
    /// <summary>The list.</summary>
    /// <param name="results">The experiment.</param>
    /// <param name="verdicts">Its claims.</param>
    /// <param name="anchor">Where the experiment is on the page, for a heading that leads there; null without a heading.</param>
    public static Html Of(ExperimentResults results, IReadOnlyList<Verdict> verdicts, string? anchor)
    {
        var heading = anchor is null ? Html.Empty : Html.Of($"<h3><a href=\"#{anchor}\">{results.Plan.Experiment.Title}</a></h3>");
        if (verdicts.Count == 0) return anchor is null ? Html.Empty : Html.Of($"{heading}<p class=\"quiet\">A table without a claim.</p>");
        return Html.Of(
            $"""
            {heading}<ul class="claims">
            {verdicts.Select(Item)}</ul>

            """);
    }

    private static Html Item(Verdict v) => Html.Of(
        $"""
        <li class="{Class(v.Mark)}"><span class="mark"><svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">{Sign(v.Mark)}</svg>{ExperimentWords.Of(v.Mark)}</span>
        <div><p><b>{v.Claim.Says}</b> <span class="quiet">{ExperimentWords.Where(v)}</span></p><p>{v.Reason}</p></div></li>

        """);

    private static string Class(Mark mark) => mark switch
    {
        Mark.Reproduced => "good",
        Mark.NotReproduced => "bad",
        _ => "open",
    };

    /// <summary>A tick, a cross, a question mark, each in a ring.</summary>
    private static Html Sign(Mark mark)
    {
        string path = mark switch
        {
            Mark.Reproduced => "M5.5 10.5l3 3 6-7",
            Mark.NotReproduced => "M6.5 6.5l7 7M13.5 6.5l-7 7",
            _ => "M7.5 8a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M10 14.6v.2",
        };
        return Html.Of($"<circle cx=\"10\" cy=\"10\" r=\"8.75\"/><path d=\"{path}\"/>");
    }
}
