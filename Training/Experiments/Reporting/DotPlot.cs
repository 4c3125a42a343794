using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>
/// Test errors of an experiment on a data set: a line for each row, a dot for each seed, a bar at their mean. The paper's error is a hollow mark where the
/// recipe is the paper's; otherwise only the order of the rows stands beside the paper's.
/// </summary>
internal static class DotPlot
{
    private const int Width = 460, NameRoom = 132, OrderRoom = 84, Top = 22, Bottom = 40, RowHeight = 22, MostLetters = 20;

    /// <summary>The figure.</summary>
    public static Html Of(ExperimentResults results, string dataset)
    {
        Row[] rows = [.. Rows(results, dataset)];
        bool isAsPaper = results.Plan.IsAsPaper, hasPaper = rows.Any(r => r.Paper is not null), hasOrder = hasPaper && !isAsPaper;
        var values = rows.SelectMany(r => r.Errors).Concat(isAsPaper ? rows.Select(r => r.Paper).OfType<double>() : []).ToList();
        string title = $"Test error on {dataset}";
        if (values.Count == 0) return Html.Empty;
        var frame = new ChartFrame(Width, Top + (RowHeight * rows.Length) + Bottom, NameRoom, hasOrder ? OrderRoom : 14, Top, Bottom);
        var x = ChartAxis.Of(values.Min(), values.Max(), isLog: false);
        string note = isAsPaper || !hasPaper ? "" : ". Smaller than in the paper, whose errors are no target: only its order of the rows is shown.";
        return Html.Of(
            $"""
            <figure><figcaption><b>{title}</b>{note}</figcaption>
            <svg viewBox="0 0 {Width} {frame.Height}" width="{Width}" height="{frame.Height}" role="img" aria-label="{title}">
            {frame.XTicks(x, isLong: true)}
            {rows.Select((r, i) => Line(r, Top + (RowHeight * i) + (RowHeight / 2), frame, x, isAsPaper))}
            {(hasOrder ? Order(rows, frame) : Html.Empty)}
            <text x="{(frame.Left + frame.RightEdge) / 2}" y="{frame.Height - 4}" text-anchor="middle">test error in %</text>
            </svg>
            <div class="legend"><span class="key"><svg width="12" height="12" aria-hidden="true"><circle class="f1" cx="6" cy="6" r="4"/></svg>seed</span> <span class="key"><svg width="12" height="14" aria-hidden="true"><path class="mean" d="M6 0V14"/></svg>mean</span>{(isAsPaper && hasPaper ? Html.Of($" <span class=\"key\"><svg width=\"14\" height=\"14\" aria-hidden=\"true\">{Diamond("7", 7, null)}</svg>paper</span>") : Html.Empty)}</div></figure>

            """);
    }

    /// <summary>A hollow mark: the paper's figure.</summary>
    /// <param name="x">Of its middle, as an attribute.</param>
    /// <param name="y">Of its middle.</param>
    /// <param name="title">What a pointer on it says; null for nothing.</param>
    public static Html Diamond(string x, int y, string? title) => Html.Of(
        $"<path class=\"paper\" d=\"M{x} {y - 5}l5 5l-5 5l-5 -5z\">{(title is null ? Html.Empty : Html.Of($"<title>{title}</title>"))}</path>");

    private static IEnumerable<Row> Rows(ExperimentResults results, string dataset) =>
        results.Cells.Where(c => c.Cell.Dataset == dataset && c.Cell.Epochs > 0 && (c.Cell.Missing is null || (results.Plan.IsAsPaper && c.Cell.Row.Paper.GetValueOrDefault(dataset) is not null))).Select(c => new Row(
            c.Cell.Row.Name, [.. c.Errors.Where(double.IsFinite)], c.Cell.Row.Paper.GetValueOrDefault(dataset)));

    private static Html Line(Row row, int y, ChartFrame frame, ChartAxis x, bool isAsPaper)
    {
        var summary = Summary.Of(row.Errors);
        var dots = row.Errors.Select(e => Html.Of($"<circle class=\"f1 seed\" cx=\"{frame.X(x, e)}\" cy=\"{y}\" r=\"4\"><title>{row.Name}: {ExperimentNumbers.Error(e)} %</title></circle>"));
        return Html.Of(
            $"""
            <text class="name" x="{NameRoom - 8}" y="{y + 4}" text-anchor="end">{PlotText.Short(row.Name, MostLetters)}</text><path class="axis" d="M{frame.Left} {y}H{frame.RightEdge}"/>
            {dots}{(summary.Count > 0 ? Html.Of($"<path class=\"mean\" d=\"M{frame.X(x, summary.Mean)} {y - 8}v16\"><title>{row.Name}: mean {ExperimentNumbers.Error(summary.Mean)} %</title></path>") : Html.Empty)}
            {(isAsPaper && row.Paper is { } paper ? Diamond(frame.X(x, paper), y, $"{row.Name}: {ExperimentNumbers.Error(paper)} % in the paper") : Html.Empty)}

            """);
    }

    /// <summary>The places of the rows that both have: here, in the paper.</summary>
    private static Html Order(Row[] rows, ChartFrame frame)
    {
        var both = rows.Where(r => r.Errors.Count > 0 && r.Paper is not null).ToList();
        int here = frame.RightEdge + 28, there = frame.RightEdge + 64;
        var places = rows.Select((r, i) => !both.Contains(r) ? Html.Empty : Html.Of(
            $"<text class=\"name\" x=\"{here}\" y=\"{Y(i)}\" text-anchor=\"middle\">{1 + both.Count(o => Mean(o) < Mean(r))}.</text><text x=\"{there}\" y=\"{Y(i)}\" text-anchor=\"middle\">{1 + both.Count(o => o.Paper < r.Paper)}.</text>"));
        return Html.Of($"<text class=\"name\" x=\"{here}\" y=\"13\" text-anchor=\"middle\">here</text><text x=\"{there}\" y=\"13\" text-anchor=\"middle\">paper</text>{places}");

        static double Mean(Row row) => Math.Round(row.Errors.Average(), 2); // as it is printed, so that equal figures have equal places
        static int Y(int row) => Top + (RowHeight * row) + (RowHeight / 2) + 4;
    }

    private sealed record Row(string Name, IReadOnlyList<double> Errors, double? Paper);
}
