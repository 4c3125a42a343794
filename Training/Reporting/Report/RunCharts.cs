using System.Text.Json.Nodes;
using WrnEngine.Training.Reporting.Pages;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>The curves of runs: per epoch from metrics.csv, per step from log.jsonl. One run has a colour a curve, several have a colour a run.</summary>
internal static class RunCharts
{
    private const int Colours = 6, MostPoints = 2400, FewestPoints = 50; // of the curves of a chart together; of a curve

    /// <summary>Every chart.</summary>
    public static Html Of(IReadOnlyList<RunRecord> runs)
    {
        string dashes = runs.Count == 1 ? "" : runs.Count > ReportPage.MostInDetail ? " of the test" : " (training dashed)";
        return Html.Of(
            $"""
            <div class="grid charts">
            {Chart($"Error{dashes}", "percent", Curves(runs, e => e.TrainError, e => e.ValError, e => e.TestError))}
            {Chart($"Loss{dashes}", "mean cross entropy", Curves(runs, e => e.TrainLoss, e => e.ValLoss, e => e.TestLoss))}
            {Chart("Learning rate", "learning rate", PerStep(runs, Rates, r => r.Epochs.Select(e => (e.Epoch - 1.0, (double)e.Lr))))}
            {Chart("Training speed", "images/s", PerStep(runs, Speeds))}
            {Chart("Time of an epoch, tests included", "seconds", [.. runs.Select((r, i) => new ChartSeries(r.Name, Points(runs, r, e => e.Seconds)) { Colour = Colour(i) })])}
            {Chart("Memory of tensors, largest so far", "MB", PerStep(runs, r => r.Steps.Select(s => (Epoch(s), s.Number("memoryBytes") / 1e6))))}
            </div>

            """);
    }

    /// <summary>1 to 6: the colour of a run.</summary>
    public static int Colour(int run) => (run % Colours) + 1;

    private static Html Chart(string title, string unit, IReadOnlyList<ChartSeries> series) =>
        new LineChart(title, "epoch", unit, series) { FromZero = true, CountsX = true }.ToHtml();

    /// <summary>Of many runs only the test's, or nobody could tell the curves apart.</summary>
    private static List<ChartSeries> Curves(
        IReadOnlyList<RunRecord> runs, Func<EpochRecord, double?> train, Func<EpochRecord, double?> val, Func<EpochRecord, double?> test)
    {
        bool isAlone = runs.Count == 1, isCrowd = runs.Count > ReportPage.MostInDetail;
        var series = new List<ChartSeries>();
        for (int i = 0; i < runs.Count; i++)
        {
            var run = runs[i];
            string of = isAlone ? "" : $"{run.Name} ";
            if (!isCrowd) series.Add(new ChartSeries($"{of}training", Points(runs, run, train)) { IsDashed = true, Colour = isAlone ? 1 : Colour(i) });
            if (!isCrowd && run.Epochs.Any(e => val(e) is not null))
                series.Add(new ChartSeries($"{of}held out", Points(runs, run, val)) { Colour = isAlone ? 3 : Colour(i), IsDotted = !isAlone });
            if (run.Epochs.Any(e => test(e) is not null)) series.Add(new ChartSeries($"{of}test", Points(runs, run, test)) { Colour = isAlone ? 2 : Colour(i) });
        }

        return series;
    }

    private static List<ChartSeries> PerStep(
        IReadOnlyList<RunRecord> runs, Func<RunRecord, IEnumerable<(double, double)>> value, Func<RunRecord, IEnumerable<(double, double)>>? withoutLog = null) =>
    [
        .. runs.Select((r, i) => new ChartSeries(
            r.Name, Thinned(runs, [.. r.Steps.Count == 0 && withoutLog is not null ? withoutLog(r) : value(r)])) { Colour = Colour(i) }),
    ];

    /// <summary>A rate that falls at the start of an epoch has two points there, so that the line falls there and not between two logged steps.</summary>
    private static IEnumerable<(double, double)> Rates(RunRecord run)
    {
        bool falls = run.Config.Word("schedule") == "multistep";
        (double At, double Rate) before = (double.NaN, double.NaN);
        foreach (var step in run.Steps)
        {
            double rate = step.Number("lr"), at = Epoch(step), start = Math.Floor(at);
            if (falls && rate < before.Rate && before.At <= start && at > start)
            {
                yield return (start, before.Rate);
                yield return (start, rate);
            }

            yield return before = (at, rate);
        }
    }

    /// <summary>From one logged step of an epoch to the next: between epochs there is a test. The steps before the first logged one compile and warm up.</summary>
    private static IEnumerable<(double, double)> Speeds(RunRecord run)
    {
        double batch = run.Config.Number("batchSize");
        for (int i = 1; i < run.Steps.Count; i++)
        {
            JsonObject from = run.Steps[i - 1], to = run.Steps[i];
            double steps = to.Number("step") - from.Number("step"), seconds = to.Number("seconds") - from.Number("seconds");
            if (to.Number("epoch") == from.Number("epoch") && steps > 0 && seconds > 0) yield return (Epoch(to), steps * batch / seconds);
        }
    }

    /// <summary>How many epochs a run had done: 1.5 in the middle of the second.</summary>
    private static double Epoch(JsonObject step) => step.Number("epoch") - 1 + (step.Number("step") / step.Number("steps"));

    private static IReadOnlyList<(double, double)> Points(IReadOnlyList<RunRecord> runs, RunRecord run, Func<EpochRecord, double?> value) =>
        Thinned(runs, [.. run.Epochs.Where(e => value(e) is not null).Select(e => ((double)e.Epoch, value(e)!.Value))]);

    /// <summary>Spread over the run, with its last; fewer where there are many runs.</summary>
    private static IReadOnlyList<T> Thinned<T>(IReadOnlyList<T> items, int most)
    {
        int stride = (items.Count + most - 1) / most;
        return stride <= 1 ? items : [.. items.Where((_, i) => i % stride == 0 || i == items.Count - 1)];
    }

    private static IReadOnlyList<T> Thinned<T>(IReadOnlyList<RunRecord> runs, IReadOnlyList<T> items) =>
        Thinned(items, Math.Max(FewestPoints, MostPoints / 3 / runs.Count));
}
