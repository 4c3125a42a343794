using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>The test error over the epochs, the mean of the seeds, a curve for each row.</summary>
internal static class ErrorCurves
{
    private const int Colours = 6, Most = 3 * Colours, MostPoints = 200; // lines, dashes, dots: more could not be told apart

    /// <summary>The chart.</summary>
    public static Html Of(ExperimentResults results, string dataset)
    {
        var cells = results.Cells.Where(c => c.Cell.Dataset == dataset && c.Runs.Count > 0).ToList();
        string title = $"Test error on {dataset}, mean of the seeds{(cells.Count > Most ? $" (the first {Most} rows)" : "")}";
        return new LineChart(title, "epoch", "percent", [.. cells.Take(Most).Select((c, i) => Series(c, i))]) { CountsX = true }.ToHtml();
    }

    /// <summary>A curve in a colour and, when the colours are used up, dashes or dots of its own.</summary>
    public static ChartSeries Styled(string name, IReadOnlyList<(double X, double Y)> points, int place) =>
        new(name, points) { Colour = (place % Colours) + 1, IsDashed = place / Colours == 1, IsDotted = place / Colours >= 2 };

    private static ChartSeries Series(CellResult cell, int place)
    {
        var points = cell.Runs.SelectMany(r => r.Epochs).Where(e => e.TestError is not null).GroupBy(e => e.Epoch)
            .Where(g => g.Count() == cell.Runs.Count).OrderBy(g => g.Key).Select(g => ((double)g.Key, g.Average(e => e.TestError!.Value))).ToList();
        int stride = (points.Count + MostPoints - 1) / MostPoints;
        return Styled(cell.Cell.Row.Name, stride <= 1 ? points : [.. points.Where((_, i) => i % stride == 0 || i == points.Count - 1)], place);
    }
}
