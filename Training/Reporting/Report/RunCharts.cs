using WrnEngine.Training.Reporting.Pages;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>The curves of runs: per epoch from metrics.csv, per step from log.jsonl. One run has a colour a curve, several have a colour a run.</summary>
internal static class RunCharts
{
    /// <summary>Every chart.</summary>
    public static Html Of(IReadOnlyList<RunRecord> runs) => Html.Of(
        $"""
        <div class="grid">
        {new LineChart("Error: dashes are training, lines the test (and what was held out)", "epoch", "percent", Curves(runs, e => e.TrainError, e => e.ValError, e => e.TestError)) { FromZero = true }.ToHtml()}
        {new LineChart("Loss", "epoch", "cross entropy, mean", Curves(runs, e => e.TrainLoss, e => e.ValLoss, e => e.TestLoss)) { FromZero = true }.ToHtml()}
        {new LineChart("Learning rate", "epoch", "learning rate", PerStep(runs, "lr", e => e.Lr)) { FromZero = true }.ToHtml()}
        {new LineChart("Training speed", "epoch", "images/s", PerStep(runs, "imagesPerSecond", null)) { FromZero = true }.ToHtml()}
        {new LineChart("Time of an epoch, test included", "epoch", "seconds", PerEpoch(runs, e => e.Seconds)) { FromZero = true }.ToHtml()}
        {new LineChart("Memory of tensors, largest so far", "epoch", "MB", PerStep(runs, "memoryBytes", null, 1e-6)) { FromZero = true }.ToHtml()}
        </div>

        """);

    private static List<ChartSeries> Curves(
        IReadOnlyList<RunRecord> runs, Func<EpochRecord, double?> train, Func<EpochRecord, double?> val, Func<EpochRecord, double?> test)
    {
        var series = new List<ChartSeries>();
        for (int i = 0; i < runs.Count; i++)
        {
            bool isAlone = runs.Count == 1;
            string of = isAlone ? "" : $"{runs[i].Name} ";
            series.Add(new ChartSeries($"{of}training", Points(runs[i], train)) { IsDashed = true, Colour = isAlone ? 1 : Colour(i) });
            if (runs[i].Epochs.Any(e => val(e) is not null)) series.Add(new ChartSeries($"{of}held out", Points(runs[i], val)) { Colour = isAlone ? 3 : Colour(i) });
            if (runs[i].Epochs.Any(e => test(e) is not null)) series.Add(new ChartSeries($"{of}test", Points(runs[i], test)) { Colour = isAlone ? 2 : Colour(i) });
        }

        return series;
    }

    private static List<ChartSeries> PerEpoch(IReadOnlyList<RunRecord> runs, Func<EpochRecord, double?> value) =>
        [.. runs.Select((r, i) => new ChartSeries(r.Name, Points(r, value)) { Colour = Colour(i) })];

    private static List<ChartSeries> PerStep(IReadOnlyList<RunRecord> runs, string key, Func<EpochRecord, double?>? otherwise, double unit = 1) =>
    [
        .. runs.Select((r, i) => new ChartSeries(
            r.Name,
            r.Steps.Count == 0 && otherwise is not null ? Points(r, otherwise) : [.. Thinned(r.Steps).Select(s => (Epoch(s), s.Number(key) * unit))]) { Colour = Colour(i) }),
    ];

    /// <summary>At most some hundred of them, spread over the run.</summary>
    private static IEnumerable<T> Thinned<T>(IReadOnlyList<T> items)
    {
        const int Most = 400;
        int stride = (items.Count + Most - 1) / Most;
        return items.Where((_, i) => i % stride == 0 || i == items.Count - 1);
    }

    /// <summary>How many epochs a run had done: 1.5 in the middle of the second.</summary>
    private static double Epoch(System.Text.Json.Nodes.JsonObject step) => step.Number("epoch") - 1 + (step.Number("step") / step.Number("steps"));

    private static List<(double, double)> Points(RunRecord run, Func<EpochRecord, double?> value) =>
        [.. run.Epochs.Where(e => value(e) is not null).Select(e => ((double)e.Epoch, value(e)!.Value))];

    private static int Colour(int run) => (run % 6) + 1;
}
