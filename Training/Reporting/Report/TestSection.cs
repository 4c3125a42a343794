using System.Text.Json.Nodes;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>What the last test of a run found out: confusion matrix, most confused pairs, images with the largest losses.</summary>
internal static class TestSection
{
    private const int MostNamedClasses = 20, Shades = 8, PairsShown = 12, CellSize = 6;

    /// <summary>The section; a sentence where nothing was recorded.</summary>
    public static Html Of(RunRecord run)
    {
        if (run.Test is not { } test)
        {
            string why = run.Outcome is null ? "The run has not ended yet, or was killed: what its test says of single images is written at its end."
                : "The run ended without a test, so nothing is known of single images.";
            return Html.Of($"<p class=\"quiet\">{why}</p>");
        }

        var classes = test.List<string>("classes");
        var worst = test.List<JsonObject>("worst");
        int[][] counts = [.. test.List<JsonArray>("confusion").Select(r => r.Values<int>().ToArray())];
        bool hasMatrix = counts.Length == classes.Count && counts.All(r => r.Length == classes.Count);
        return Html.Of(
            $"""
            {(hasMatrix ? Confusion(counts, classes) : Html.Of($"<p class=\"quiet\">{classes.Count} classes are too many for a matrix.</p>"))}
            <h3>Images with the largest losses</h3>
            <p class="quiet">Where the network is most wrong, or the label is.</p>
            <div class="worst">{worst.Select(w => Worst(w, classes))}</div>

            """);
    }

    private static Html Confusion(int[][] counts, IReadOnlyList<string> classes)
    {
        var pairs = from row in Enumerable.Range(0, counts.Length)
                    from column in Enumerable.Range(0, counts.Length)
                    where row != column && counts[row][column] > 0
                    orderby counts[row][column] descending, row, column
                    select Html.Of(
                        $"<tr><td>{classes[row]}</td><td>{classes[column]}</td><td class=\"number\">{counts[row][column]}</td><td class=\"number\">{100.0 * counts[row][column] / counts[row].Sum():F1} %</td></tr>");
        return Html.Of(
            $"""
            <div class="confusion">
            <figure><figcaption>Confusion matrix: a row is the true class, a column what the network said</figcaption>{(classes.Count <= MostNamedClasses ? Table(counts, classes) : Drawing(counts, classes))}</figure>
            <figure><figcaption>Most confused</figcaption><div class="scroll"><table><thead><tr><th>true</th><th>said</th><th class="number">images</th><th class="number">of the class</th></tr></thead>
            <tbody>{pairs.Take(PairsShown)}</tbody></table></div></figure>
            </div>

            """);
    }

    private static Html Table(int[][] counts, IReadOnlyList<string> classes) => Html.Of(
        $"""
        <div class="scroll"><table class="matrix"><thead><tr><th></th>{classes.Select(c => Html.Of($"<th class=\"said\" title=\"{c}\"><span>{c}</span></th>"))}<th class="number">right</th></tr></thead><tbody>
        {counts.Select((row, i) => Html.Of($"<tr><th>{classes[i]}</th>{row.Select((n, j) => Html.Of($"<td class=\"{(i == j ? "hit" : "miss")}{Shade(n, row)}\" title=\"{classes[i]}, said {classes[j]}: {n}\">{n}</td>"))}<td class=\"number\">{Share(row, i):F1} %</td></tr>\n"))}
        </tbody></table></div>
        """);

    private static Html Drawing(int[][] counts, IReadOnlyList<string> classes)
    {
        int side = CellSize * counts.Length;
        var cells = counts.SelectMany((row, i) => row.Select((n, j) => n == 0 ? Html.Empty : Html.Of(
            $"<rect class=\"{(i == j ? "hit" : "miss")}{Shade(n, row)}\" x=\"{CellSize * j}\" y=\"{CellSize * i}\" width=\"{CellSize}\" height=\"{CellSize}\"><title>{classes[i]}, said {classes[j]}: {n}</title></rect>")));
        return Html.Of($"<svg class=\"matrix\" viewBox=\"0 0 {side} {side}\" width=\"{side}\" height=\"{side}\" role=\"img\" aria-label=\"confusion matrix\">{cells}</svg>");
    }

    /// <summary>0 for nothing, up to 8; by the square root, so that rare confusions are seen.</summary>
    private static int Shade(int count, int[] row) => count == 0 ? 0 : Math.Clamp((int)Math.Ceiling(Shades * Math.Sqrt((double)count / Math.Max(1, row.Sum()))), 1, Shades);

    private static double Share(int[] row, int place) => row.Sum() is var sum && sum > 0 ? 100.0 * row[place] / sum : 0;

    private static Html Worst(JsonObject w, IReadOnlyList<string> classes)
    {
        string label = Class(w.Number("label")), said = Class(w.Number("predicted"));
        // Only base64 may stand in the picture's address, whatever the file says.
        string png = w.Word("png") is { } text && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=') ? "data:image/png;base64," + text : "data:,";
        return Html.Of(
            $"<figure><img class=\"pixels\" src=\"{png}\" alt=\"test image {w.Number("index"):F0}, a {label}\" width=\"96\" height=\"96\"><figcaption><b>{label}</b><br>said {said}, {100 * w.Number("confidence"):F0} %<br>loss {w.Number("loss"):F2}</figcaption></figure>\n");

        string Class(double index) => index >= 0 && index < classes.Count ? classes[(int)index] : "?";
    }
}
