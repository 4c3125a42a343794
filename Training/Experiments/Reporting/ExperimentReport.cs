using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>What experiments have found, as one page: the claims first, then each experiment with its numbers.</summary>
internal static class ExperimentReport
{
    /// <summary>The page's name in its folder.</summary>
    public const string FileName = "report.html";

    /// <summary>Writes the page into a folder that is there.</summary>
    /// <returns>Where.</returns>
    public static string Write(IReadOnlyList<ExperimentResults> results, string folder)
    {
        string path = Path.Combine(folder, FileName);
        Of(results, folder).Save(path);
        return path;
    }

    /// <summary>The page.</summary>
    /// <param name="results">What there is of each experiment.</param>
    /// <param name="folder">Where the page will be: run folders are shown and linked from there.</param>
    public static HtmlPage Of(IReadOnlyList<ExperimentResults> results, string folder)
    {
        IReadOnlyList<Verdict>[] verdicts = [.. results.Select(Verdict.All)];
        bool isAlone = results.Count == 1;
        string title = isAlone ? results[0].Plan.Experiment.Title : "Wide residual networks: what the paper says and what comes out";
        bool hasBudget = results.Any(r => !r.Plan.IsAsPaper), hasClaims = verdicts.Any(v => v.Count > 0);
        return new HtmlPage(title, Html.Of(
            $"""
            <header><h1>{title}</h1><p>{ExperimentWords.Tally(verdicts.SelectMany(v => v))}</p></header>
            <main>
            {results.Select((r, i) => ClaimList.Of(r, verdicts[i], isAlone ? null : Anchor(i)))}
            {(hasClaims ? Html.Of($"<p class=\"quiet\">{ExperimentWords.Method}</p>") : Html.Empty)}
            {(hasBudget ? Html.Of($"<p class=\"quiet\">{ExperimentWords.Budget}</p>") : Html.Empty)}
            {results.Select((r, i) => ExperimentSection.Of(r, verdicts[i], Anchor(i), folder, isAlone))}
            </main>
            """))
        {
            Style = "experiment.css",
        };

        static string Anchor(int place) => $"experiment-{place + 1}";
    }
}
