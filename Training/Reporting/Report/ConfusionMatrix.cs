using System.Text;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>
/// How often each class was taken for each: a table with counts, or for many classes a drawing. What is right is blue, what is wrong orange, both the
/// stronger the larger their share of the true class, which colour-blind people tell apart too.
/// </summary>
internal static class ConfusionMatrix
{
    private const int MostNamedClasses = 20, Shades = 8, CellSize = 6;

    /// <summary>The matrix.</summary>
    /// <param name="counts">[true class][class said].</param>
    /// <param name="classes">Their names.</param>
    public static Html Of(int[][] counts, IReadOnlyList<string> classes) =>
        classes.Count <= MostNamedClasses ? Table(counts, classes) : Drawing(counts);

    private static Html Table(int[][] counts, IReadOnlyList<string> classes) => Html.Of(
        $"""
        <div class="scroll"><table class="matrix"><thead><tr><th></th>{classes.Select(c => Html.Of($"<th class=\"said\"><span>{c}</span></th>"))}<th class="said"><span>right</span></th></tr></thead><tbody>
        {counts.Select((row, i) => Html.Of($"<tr><th>{classes[i]}</th>{row.Select((n, j) => Html.Of($"<td class=\"{(i == j ? "hit" : "miss")}{Shade(n, Sum(row))}\" title=\"{classes[i]}, said {classes[j]}\">{n}</td>"))}<td class=\"right\">{Share(row, i):F1} %</td></tr>\n"))}
        </tbody></table></div>
        """);

    /// <summary>A path for each shade: a hundred classes have thousands of cells.</summary>
    private static Html Drawing(int[][] counts)
    {
        var paths = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        for (int i = 0; i < counts.Length; i++)
        {
            for (int j = 0; j < counts.Length; j++)
            {
                if (counts[i][j] == 0) continue;
                string shade = $"{(i == j ? "hit" : "miss")}{Shade(counts[i][j], Sum(counts[i]))}";
                if (!paths.TryGetValue(shade, out var path)) paths[shade] = path = new StringBuilder();
                path.Append('M').Append(j * CellSize).Append(' ').Append(i * CellSize).Append('h').Append(CellSize).Append('v').Append(CellSize).Append("h-").Append(CellSize).Append('z');
            }
        }

        int side = CellSize * counts.Length;
        string label = $"confusion matrix of {counts.Length} classes, from the first class at the top left";
        return Html.Of(
            $"<svg class=\"matrix\" viewBox=\"0 0 {side} {side}\" width=\"{side}\" height=\"{side}\" role=\"img\" aria-label=\"{label}\">{paths.Select(p => Html.Of($"<path class=\"{p.Key}\" d=\"{p.Value.ToString()}\"/>"))}</svg>");
    }

    /// <summary>0 for nothing, up to 8; by the square root, so that rare confusions are seen.</summary>
    private static int Shade(int count, long sum) => count == 0 ? 0 : Math.Clamp((int)Math.Ceiling(Shades * Math.Sqrt((double)count / sum)), 1, Shades);

    private static double Share(int[] row, int place) => Sum(row) is var sum && sum > 0 ? 100.0 * row[place] / sum : 0;

    private static long Sum(int[] row) => row.Sum(n => (long)n);
}
