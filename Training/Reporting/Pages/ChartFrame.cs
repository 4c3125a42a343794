using System.Globalization;

namespace WrnEngine.Training.Reporting.Pages;

/// <summary>Where a chart's axes lie in its drawing, and where values lie between them, in pixels from the top left.</summary>
/// <param name="Width">Of the drawing.</param>
/// <param name="Height">Of the drawing.</param>
/// <param name="Left">Room beside the y axis.</param>
/// <param name="Right">Room at the other side.</param>
/// <param name="Top">Room above.</param>
/// <param name="Bottom">Room below the x axis.</param>
internal sealed record ChartFrame(int Width, int Height, int Left, int Right, int Top, int Bottom)
{
    /// <summary>Where the x axis ends.</summary>
    public int RightEdge => Width - Right;

    /// <summary>Where the x axis lies.</summary>
    public int BottomEdge => Height - Bottom;

    /// <summary>Where a value lies along x.</summary>
    public string X(ChartAxis axis, double value) => At(Left + (axis.Share(value) * (RightEdge - Left)));

    /// <summary>Where a value lies along y, moved down by some pixels.</summary>
    public string Y(ChartAxis axis, double value, int down = 0) => At(BottomEdge - (axis.Share(value) * (BottomEdge - Top)) + down);

    /// <summary>A line and a number at each tick of y.</summary>
    public Html YTicks(ChartAxis y) => Html.Of(
        $"{y.Ticks.Select(t => Html.Of($"<path class=\"axis\" d=\"M{Left} {Y(y, t)}H{RightEdge}\"/><text x=\"{Left - 6}\" y=\"{Y(y, t, 4)}\" text-anchor=\"end\">{ChartAxis.Label(t)}</text>"))}");

    /// <summary>A mark and a number at each tick of x.</summary>
    /// <param name="x">The axis.</param>
    /// <param name="isLong">Whether the mark is a line through the chart.</param>
    public Html XTicks(ChartAxis x, bool isLong) => Html.Of(
        $"{x.Ticks.Select(t => Html.Of($"<path class=\"axis\" d=\"M{X(x, t)} {(isLong ? $"{Top}V{BottomEdge}" : $"{BottomEdge}v4")}\"/><text x=\"{X(x, t)}\" y=\"{BottomEdge + 17}\" text-anchor=\"middle\">{ChartAxis.Label(t)}</text>"))}");

    /// <summary>What is along the axes.</summary>
    public Html Names(string x, string y) => Html.Of(
        $"""
        <text x="{(Left + RightEdge) / 2}" y="{Height - 4}" text-anchor="middle">{x}</text>
        <text x="12" y="{(Top + BottomEdge) / 2}" text-anchor="middle" transform="rotate(-90 12 {(Top + BottomEdge) / 2})">{y}</text>
        """);

    /// <summary>A length in pixels as an attribute.</summary>
    public static string At(double pixels) => pixels.ToString("0.##", CultureInfo.InvariantCulture);
}
