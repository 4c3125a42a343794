using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>The comparisons of a claim: what came out and its interval, beside the line that the claim draws. Names stand above their line, so that they fit a phone.</summary>
internal static class EffectPlot
{
    private const int Width = 460, Side = 16, Top = 8, Bottom = 40, RowHeight = 40, MostLetters = 56;

    /// <summary>The figure; the claim has a comparison with an interval.</summary>
    public static Html Of(Verdict verdict, ExperimentResults results)
    {
        var claim = verdict.Claim;
        double line = claim.Kind == ClaimKind.Lower ? 0 : claim.Margin;
        double neutral = claim.Kind == ClaimKind.FasterPerMac ? 1 : 0;
        double?[] papers = [.. verdict.Pairs.Select(p => Paper(p, claim.Kind, verdict.Dataset, results))];
        var values = verdict.Pairs.Select(p => p.Effect).OfType<Interval>().SelectMany(e => new[] { e.Low, e.High }).Concat(papers.OfType<double>()).Append(line).Append(neutral).ToList();
        var frame = new ChartFrame(Width, Top + (RowHeight * verdict.Pairs.Count) + Bottom, Side, Side, Top, Bottom);
        var x = ChartAxis.Of(values.Min(), values.Max(), isLog: false);
        string title = $"{claim.Name} on {verdict.Dataset}";
        return Html.Of(
            $"""
            <figure><figcaption><b>{claim.Name}</b> on {verdict.Dataset}. Wanted: {Caption(claim)}.</figcaption>
            <svg viewBox="0 0 {Width} {frame.Height}" width="{Width}" height="{frame.Height}" role="img" aria-label="{title}">
            {frame.XTicks(x, isLong: true)}
            <path class="zero" d="M{frame.X(x, neutral)} {Top}V{frame.BottomEdge}"/>{(line == neutral ? Html.Empty : Html.Of($"<path class=\"zero wanted\" d=\"M{frame.X(x, line)} {Top}V{frame.BottomEdge}\"/>"))}
            {verdict.Pairs.Select((p, i) => Pair(p, papers[i], Top + (RowHeight * i), frame, x))}
            <text x="{Width / 2}" y="{frame.Height - 4}" text-anchor="middle">{Unit(claim)}</text>
            </svg>{(papers.Any(p => p is not null) ? Html.Of($"<div class=\"legend\"><span class=\"key\"><svg width=\"14\" height=\"14\" aria-hidden=\"true\">{DotPlot.Diamond("7", 7, null)}</svg>paper{(results.Plan.IsAsPaper ? "" : ", its own networks and recipe")}</span></div>") : Html.Empty)}</figure>

            """);
    }

    private static Html Pair(PairVerdict pair, double? paper, int top, ChartFrame frame, ChartAxis x)
    {
        string name = pair.First == pair.Second ? pair.First : $"{pair.First} against {pair.Second}", state = ExperimentWords.Of(pair.State);
        int y = top + 28;
        var effect = pair.Effect is not { } e ? Html.Empty : Html.Of(
            $"<g class=\"{state}\"><path class=\"reach\" d=\"M{frame.X(x, e.Low)} {y}H{frame.X(x, e.High)}M{frame.X(x, e.Low)} {y - 4}v8M{frame.X(x, e.High)} {y - 4}v8\"/><circle cx=\"{frame.X(x, e.Centre)}\" cy=\"{y}\" r=\"4.5\"/><title>{pair.Says}</title></g>");
        var mark = paper is not { } p ? Html.Empty : DotPlot.Diamond(frame.X(x, p), y, $"{name}: {ExperimentNumbers.Significant(p)} in the paper");
        return Html.Of(
            $"""
            <text class="name" x="{frame.Left}" y="{top + 14}">{PlotText.Short(name, MostLetters)}</text><text class="{state}" x="{frame.RightEdge}" y="{top + 14}" text-anchor="end">{(pair.Effect is null ? "open: no numbers yet" : state)}</text>
            {mark}{effect}

            """);
    }

    /// <summary>What the paper's figures give for the same comparison.</summary>
    private static double? Paper(PairVerdict pair, ClaimKind kind, string dataset, ExperimentResults results)
    {
        if (kind is not (ClaimKind.Lower or ClaimKind.NotWorse)) return null;
        double? first = Of(pair.First), second = Of(pair.Second);
        return kind == ClaimKind.Lower ? second - first : first - second;

        double? Of(string name) => results.Plan.Experiment.Rows.FirstOrDefault(r => r.Name == name)?.Paper.GetValueOrDefault(dataset);
    }

    private static string Caption(Claim claim) => claim.Kind switch
    {
        ClaimKind.NotWorse => $"the whole interval left of {claim.Margin:0.##}",
        ClaimKind.FasterPerMac => $"the whole range at {claim.Margin:0.##} or more",
        _ => "the whole interval right of zero",
    };

    private static string Unit(Claim claim) => claim.Kind switch
    {
        ClaimKind.NotWorse => "points by which the first one's error is higher",
        ClaimKind.FasterPerMac => "times as long for a multiply-add in the second one",
        _ => "points by which the first one's error is lower",
    };
}
