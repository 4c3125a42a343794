using System.Text;

namespace WrnEngine.Training.Reporting.Pages;

/// <summary>A curve of a chart: points in rising order of x. Those that are not finite interrupt it.</summary>
internal sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Drawn with dashes: a second kind of curve in the colour of the first.</summary>
    public bool IsDashed { get; init; }

    /// <summary>Drawn with dots: a third kind.</summary>
    public bool IsDotted { get; init; }

    /// <summary>The SVG attribute.</summary>
    public string Dashes => IsDashed ? "6 4" : IsDotted ? "2 4" : "none";

    /// <summary>1 to 6; null for the place among the series.</summary>
    public int? Colour { get; init; }
}

/// <summary>A line chart as an SVG element, with a caption, a legend, and a title at each point that a pointer can read.</summary>
/// <param name="Title">The caption.</param>
/// <param name="XLabel">What is along x.</param>
/// <param name="YLabel">What is along y, with its unit.</param>
/// <param name="Series">The curves.</param>
internal sealed record LineChart(string Title, string XLabel, string YLabel, IReadOnlyList<ChartSeries> Series)
{
    private const int Colours = 6, MostMarks = 240; // of all curves together
    private const double Largest = 1e30; // what no axis could be drawn for is not drawn

    private static readonly ChartFrame Frame = new(460, 270, Left: 62, Right: 14, Top: 12, Bottom: 42);

    /// <summary>Decades instead of equal steps along y; values at or below zero are left out.</summary>
    public bool IsLogY { get; init; }

    /// <summary>Whether y begins at zero.</summary>
    public bool FromZero { get; init; }

    /// <summary>Whether x begins at zero and has whole numbers only: epochs.</summary>
    public bool CountsX { get; init; }

    /// <summary>Whether x has whole numbers only, from the first point on: places in a row.</summary>
    public bool NumbersX { get; init; }

    /// <summary>The figure.</summary>
    public Html ToHtml()
    {
        var points = Series.SelectMany(s => s.Points).Where(IsShown).ToList();
        if (points.Count == 0) return Html.Of($"<figure><figcaption>{Title}: nothing was recorded.</figcaption></figure>");
        double left = points.Min(p => p.X);
        var x = ChartAxis.Of(CountsX ? Math.Min(0, left) : left, points.Max(p => p.X), isLog: false, CountsX || NumbersX ? 1 : 0);
        double low = points.Min(p => p.Y), high = points.Max(p => p.Y);
        var y = ChartAxis.Of(FromZero && !IsLogY ? Math.Min(0, low) : low, high, IsLogY);
        return Html.Of(
            $"""
            <figure><figcaption>{Title}</figcaption>
            <svg viewBox="0 0 {Frame.Width} {Frame.Height}" width="{Frame.Width}" height="{Frame.Height}" role="img" aria-label="{Title}">
            {Grid(x, y)}{Series.Select((s, i) => Curve(s, i, x, y))}
            {Frame.Names(XLabel, YLabel)}
            </svg>{Legend()}</figure>

            """);
    }

    private static Html Grid(ChartAxis x, ChartAxis y) => Html.Of(
        $"""
        {Frame.YTicks(y)}
        {Frame.XTicks(x, isLong: false)}
        <path class="axis" d="M{Frame.Left} {Frame.BottomEdge}H{Frame.RightEdge}"/>
        """);

    private Html Curve(ChartSeries series, int place, ChartAxis x, ChartAxis y)
    {
        int colour = ColourOf(series, place);
        var path = new StringBuilder();
        bool isDown = false;
        foreach (var p in series.Points)
        {
            if (!IsShown(p))
            {
                isDown = false;
                continue;
            }

            path.Append(isDown ? 'L' : 'M').Append(Frame.X(x, p.X)).Append(' ').Append(Frame.Y(y, p.Y));
            isDown = true;
        }

        var shown = series.Points.Where(IsShown).ToList();
        var marks = Series.Sum(s => s.Points.Count) > MostMarks ? [] : shown.Select(p => Html.Of(
            $"<circle class=\"f{colour}\" cx=\"{Frame.X(x, p.X)}\" cy=\"{Frame.Y(y, p.Y)}\" r=\"3\"><title>{series.Name}: {p.Y:G5} at {XLabel} {p.X:G5}</title></circle>"));
        return Html.Of($"<path class=\"series s{colour}\" stroke-dasharray=\"{series.Dashes}\" d=\"{path.ToString()}\"/>{marks}");
    }

    private Html Legend()
    {
        if (Series.Count < 2) return Html.Empty;
        var items = Series.Select((s, i) => Html.Of(
            $"<span class=\"key\"><svg width=\"22\" height=\"10\" aria-hidden=\"true\"><path class=\"series s{ColourOf(s, i)}\" stroke-dasharray=\"{s.Dashes}\" d=\"M0 5H22\"/></svg>{s.Name}</span> "));
        return Html.Of($"<div class=\"legend\">{items}</div>");
    }

    private bool IsShown((double X, double Y) p) => Math.Abs(p.X) < Largest && Math.Abs(p.Y) < Largest && (!IsLogY || p.Y > 0);

    private static int ColourOf(ChartSeries series, int place) => series.Colour ?? (place % Colours) + 1;
}
