using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>What the residual blocks of the rows add, block by block, the mean of the seeds: the ratio of norms, and what it costs to leave a block out.</summary>
internal static class BlockCharts
{
    private const int MostRows = 18, MostInTable = 240;

    /// <summary>Both charts, and the numbers as a table.</summary>
    public static Html Of(ExperimentResults results, string dataset)
    {
        Row[] rows = [.. results.Cells.Where(c => c.Cell.Dataset == dataset).Select(c => new Row(c.Cell.Row.Name, Blocks(c))).Where(r => r.Blocks.Count > 0).Take(MostRows)];
        if (rows.Length == 0) return Html.Empty;
        return Html.Of(
            $"""
            {Chart($"What a block adds on {dataset}: |F(x)| / |shortcut|, mean of the seeds", "ratio", b => b.Ratio ?? double.NaN)}
            {Chart($"What it costs to leave a block out, on {dataset}, mean of the seeds", "points of error", b => b.ErrorWithout - b.ErrorWith)}
            {Table(rows)}
            """);

        Html Chart(string title, string unit, Func<BlockResult, double> value) => new LineChart(
            title, "block, from the input on", unit,
            [.. rows.Select((r, i) => ErrorCurves.Styled(r.Name, [.. r.Blocks.Select((b, at) => ((double)at + 1, value(b)))], i))])
        {
            CountsX = true,
            FromZero = true,
        }.ToHtml();
    }

    private static Html Table(Row[] rows)
    {
        if (rows.Sum(r => r.Blocks.Count) > MostInTable) return Html.Empty;
        var lines = rows.SelectMany(r => r.Blocks, (r, b) => Html.Of(
            $"<tr><td>{r.Name}</td><td>{b.Block}</td><td class=\"number\">{b.Ratio?.ToString("F3", null) ?? "-"}</td><td class=\"number\">{b.ErrorWithout:F2}</td><td class=\"number\">{b.ErrorWith:F2}</td></tr>\n"));
        return Html.Of(
            $"""
            <details class="blocks"><summary>Every block</summary><div class="scroll"><table><thead><tr><th>row</th><th>block</th><th class="number">ratio</th><th class="number">error % without</th><th class="number">with</th></tr></thead><tbody>
            {lines}</tbody></table></div></details>
            """);
    }

    /// <summary>Means over the seeds that have been measured; all have the same blocks.</summary>
    private static IReadOnlyList<BlockResult> Blocks(CellResult cell)
    {
        var measured = cell.Runs.Where(r => r.Blocks.Count > 0).Select(r => r.Blocks).ToList();
        if (measured.Count == 0) return [];
        return
        [
            .. Enumerable.Range(0, measured.Min(b => b.Count)).Select(i => new BlockResult(
                measured[0][i].Block, measured.Average(b => b[i].Ratio), measured.Average(b => b[i].ErrorWithout), measured.Average(b => b[i].ErrorWith))),
        ];
    }

    private sealed record Row(string Name, IReadOnlyList<BlockResult> Blocks);
}
