using WrnEngine.Training.Reporting.Pages;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>The numbers that one looks for first.</summary>
internal static class Headline
{
    /// <summary>A tile for each number that is known.</summary>
    public static Html Of(RunRecord run)
    {
        var tiles = new List<Html>();
        if (run.Epochs.LastOrDefault(e => e.TestError is not null) is { } tested)
            Add("test error", $"{tested.TestError:F2} %", tested == run.Epochs[^1] ? $"loss {tested.TestLoss:F4}" : $"after epoch {tested.Epoch}");
        if (Best(run.Epochs) is var (best, error, of)) Add("best epoch", $"{best.Epoch}", $"{of} error {error:F2} %");
        if (run.Epochs.Count > 0)
        {
            var last = run.Epochs[^1];
            Add("training error", $"{last.TrainError:F2} %", $"loss {last.TrainLoss:F4}");
            Add("time", Time(run), $"{run.Epochs.Count} {(run.Epochs.Count == 1 ? "epoch" : "epochs")}");
        }

        var o = run.Outcome;
        if (double.IsFinite(o.Number("imagesPerSecond"))) Add("images per second", $"{o.Number("imagesPerSecond"):N0}", "in training");
        if (double.IsFinite(o.Number("parameters"))) Add("parameters", $"{o.Number("parameters"):N0}", o.Word("network") ?? "");
        if (double.IsFinite(o.Number("peakBytes"))) Add("memory", $"{o.Number("peakBytes") / 1e6:N0} MB", "of tensors, at most");
        return tiles.Count == 0 ? Html.Of($"<p class=\"quiet\">The first epoch is not over yet.</p>") : Html.Of($"<div class=\"tiles\">{tiles}</div>");

        void Add(string label, string value, string detail) =>
            tiles.Add(Html.Of($"<div class=\"tile\"><span>{label}</span><b>{value}</b><span>{detail}</span></div>\n"));
    }

    /// <summary>The epoch with the lowest error on the images held out, or on the test images where none are; null before the first test.</summary>
    public static (EpochRecord Epoch, double Error, string Of)? Best(IReadOnlyList<EpochRecord> epochs) =>
        epochs.Where(e => e.ValError is not null).MinBy(e => e.ValError) is { } held ? (held, held.ValError!.Value, "held-out")
        : epochs.Where(e => e.TestError is not null).MinBy(e => e.TestError) is { } test ? (test, test.TestError!.Value, "test")
        : null;

    /// <summary>Of all epochs; empty where a file says what is no time.</summary>
    public static string Time(RunRecord run)
    {
        double seconds = run.Epochs.Sum(e => e.Seconds);
        return seconds >= 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? Durations.Text(TimeSpan.FromSeconds(seconds)) : "";
    }
}
