using System.Text.Json.Nodes;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>What the last test of a run found out: confusion matrix, most confused pairs, images with the largest losses.</summary>
internal static class TestSection
{
    private const int LongestName = 40;

    /// <summary>The section; a sentence where nothing was recorded.</summary>
    /// <param name="run">The run.</param>
    /// <param name="pictures">How many images at most.</param>
    public static Html Of(RunRecord run, int pictures)
    {
        if (run.Test is not { } test)
        {
            string why = run.Outcome is null ? "The run has not ended yet, or was killed: what its test says of single images is written at its end."
                : "The run ended without a test, so nothing is known of single images.";
            return Html.Of($"<p class=\"quiet\">{why}</p>");
        }

        string[] classes = [.. test.List<string>("classes").Select(Short)];
        var worst = test.List<JsonObject>("worst");
        return Html.Of(
            $"""
            <p class="quiet">{test.Number("images"):N0} test images ({test.Word("dataset")}), after epoch {test.Number("epoch"):F0}: error {test.Number("error"):F2} %, loss {test.Number("loss"):F4}.</p>
            <div class="confusion">
            <figure><figcaption>Confusion matrix: a row is the true class, a column what the network said</figcaption>{Matrix(test, classes)}</figure>
            <figure><figcaption>Most confused</figcaption>{Pairs(test, classes)}</figure>
            </div>
            <h3>Images with the largest losses</h3>
            <p class="quiet">The true class; what the network said, and how sure it was; the loss.</p>
            <div class="worst">{worst.Take(pictures).Select(w => Picture(w, classes))}</div>

            """);
    }

    private static Html Matrix(JsonObject test, string[] classes)
    {
        if (classes.Length > TestResults.MostClasses) return Sentence($"{classes.Length:N0} classes are too many for a matrix.");
        int[][] counts = [.. test.List<JsonArray>("confusion").Select(r => r.Values<int>().ToArray())];
        bool isWhole = classes.Length > 0 && counts.Length == classes.Length && counts.All(r => r.Length == classes.Length && r.All(n => n >= 0));
        return isWhole ? ConfusionMatrix.Of(counts, classes) : Sentence("The run's files hold no whole matrix.");
    }

    private static Html Pairs(JsonObject test, string[] classes)
    {
        var rows = test.List<JsonObject>("confused").Select(p => Html.Of(
            $"<tr><td>{Class(p, "label", classes)}</td><td>{Class(p, "predicted", classes)}</td><td class=\"number\">{p.Number("count"):N0}</td><td class=\"number\">{100 * p.Number("count") / p.Number("of"):F1} %</td></tr>\n")).ToList();
        return rows.Count == 0 ? Sentence("None.") : Html.Of(
            $"""
            <div class="scroll"><table><thead><tr><th>true</th><th>said</th><th class="number">images</th><th class="number">of the class</th></tr></thead><tbody>
            {rows}</tbody></table></div>
            """);
    }

    private static Html Picture(JsonObject w, string[] classes)
    {
        string label = Class(w, "label", classes);
        // Only base64 may stand in the picture's address, whatever the file says.
        string png = w.Word("png") is { } text && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=') ? "data:image/png;base64," + text : "data:,";
        return Html.Of(
            $"<figure><img class=\"pixels\" src=\"{png}\" alt=\"test image {w.Number("index"):F0}, a {label}\"><figcaption><b>{label}</b><span>{Class(w, "predicted", classes)}, {100 * w.Number("confidence"):F0}&nbsp;%</span><span>loss {w.Number("loss"):F2}</span></figcaption></figure>\n");
    }

    private static string Class(JsonObject o, string key, string[] classes) =>
        o.Number(key) is var index && index >= 0 && index < classes.Length ? classes[(int)index] : "?";

    /// <summary>Names of classes are names of folders, which may be longer than any column.</summary>
    private static string Short(string name) => name.Length <= LongestName ? name : $"{name[..LongestName].TrimEnd()}...";

    private static Html Sentence(string text) => Html.Of($"<p class=\"quiet\">{text}</p>");
}
