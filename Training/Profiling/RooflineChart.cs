using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Profiling;

/// <summary>
/// The roofline: operations for each byte along x, speed along y, both by decades; a line that no op crosses unless it leaves out work or finds its data in
/// a cache; and a dot for each op, with the area of its time.
/// </summary>
internal sealed record RooflineChart(Profile Profile, ProfileLimits Limits)
{
    private const double LargestRadius = 16, SmallestRadius = 3;

    private static readonly ChartFrame Frame = new(680, 420, Left: 62, Right: 16, Top: 14, Bottom: 42);

    /// <summary>The figure.</summary>
    public Html ToHtml()
    {
        var rows = Profile.Rows.Where(r => r is { Flops: > 0, Seconds: > 0, Bytes: > 0 }).ToList();
        if (rows.Count == 0) return Html.Of($"<p>No op took long enough to be measured.</p>");
        double peak = Limits.GigaflopsPerSecond;
        var x = ChartAxis.Of(Math.Min(rows.Min(r => r.Intensity), Limits.Ridge), Math.Max(rows.Max(r => r.Intensity), Limits.Ridge), isLog: true);
        var y = ChartAxis.Of(rows.Min(r => r.GigaflopsPerSecond), Math.Max(peak, rows.Max(r => r.GigaflopsPerSecond)), isLog: true);
        double longest = rows.Max(r => r.Seconds), lowest = Math.Max(x.Ticks[0], y.Ticks[0] / Limits.GigabytesPerSecond);
        return Html.Of(
            $"""
            <figure><figcaption>Each dot is an op; its area is its time. The line is what this machine allows: memory on the slope, arithmetic on the flat part.</figcaption>
            <svg viewBox="0 0 {Frame.Width} {Frame.Height}" width="{Frame.Width}" height="{Frame.Height}" role="img" aria-label="Roofline of {Profile.Network}">
            {Frame.YTicks(y)}
            {Frame.XTicks(x, isLong: true)}
            <path class="series s5" d="M{Frame.X(x, lowest)} {Frame.Y(y, Limits.GigaflopsAt(lowest))}L{Frame.X(x, Limits.Ridge)} {Frame.Y(y, peak)}H{Frame.RightEdge}"/>
            <text x="{Frame.RightEdge - 4}" y="{Frame.Y(y, peak, -6)}" text-anchor="end">{ProfileCells.Arithmetic(Limits)}</text>
            {rows.Select(r => Dot(r, x, y, longest))}
            {Frame.Names("operations for each byte", "GFLOP/s")}
            </svg>
            <div class="legend">{Enum.GetValues<StepPhase>().Select(p => Html.Of($"<span class=\"key\"><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><circle class=\"f{Colour(p)}\" cx=\"6\" cy=\"6\" r=\"5\"/></svg>{ProfileCells.PassName(p)}</span> "))}</div></figure>

            """);
    }

    private Html Dot(ProfileRow row, ChartAxis x, ChartAxis y, double longest)
    {
        double radius = Math.Max(SmallestRadius, LargestRadius * Math.Sqrt(row.Seconds / longest));
        string title = $"{row.Op} ({ProfileCells.PassName(row.Phase)}) {row.Detail}: {ProfileCells.Text(1e3 * row.Seconds, "F3")} ms, "
            + $"{ProfileCells.Text(row.GigaflopsPerSecond, "F1")} GFLOP/s at {ProfileCells.Text(row.Intensity, "F2")} FLOP/B, {ProfileCells.Text(100 * row.RoofShare(Limits), "F0")} % of the roof";
        return Html.Of($"<circle class=\"f{Colour(row.Phase)}\" fill-opacity=\"0.6\" cx=\"{Frame.X(x, row.Intensity)}\" cy=\"{Frame.Y(y, row.GigaflopsPerSecond)}\" r=\"{ChartFrame.At(radius)}\"><title>{title}</title></circle>\n");
    }

    private static int Colour(StepPhase phase) => 1 + (int)phase;
}
