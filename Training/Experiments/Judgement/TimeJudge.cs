using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>Compares the time that two networks need for a multiply-add of a training step.</summary>
internal static class TimeJudge
{
    private const int LeastSteps = 2; // for a range

    /// <summary>Judges by the ratio second / first: by the medians, and at worst and at best by single steps.</summary>
    public static PairVerdict Of(CellResult first, CellResult second, double margin)
    {
        string a = first.Cell.Row.Name, b = second.Cell.Row.Name;
        if ((Obstacle(first) ?? Obstacle(second)) is { } obstacle) return PairJudge.Open(first, second, obstacle);
        Summary fast = Times(first), slow = Times(second);
        var ratio = new Interval(slow.Median / fast.Median, slow.Smallest / fast.Largest, slow.Largest / fast.Smallest);
        var state = ratio.Low >= margin ? PairState.Holds : ratio.High < margin ? PairState.Refuted : PairState.Open;
        string says = $"{b} needs {ratio.Centre:F2} times as long for a multiply-add as {a} ({ratio.Low:F2} to {ratio.High:F2} over {Math.Min(fast.Count, slow.Count)} steps, wanted: at least {margin:0.##})";
        return new PairVerdict(a, b, state, says) { Effect = ratio, Headroom = (ratio.Low / margin) - 1 };
    }

    /// <summary>Seconds for each multiply-add of the forward pass over the images of a step.</summary>
    public static Summary Times(CellResult c) =>
        Summary.Of(c.StepTime is { } time ? time.Seconds.Select(s => s / ((double)time.BatchSize * time.Macs)) : []);

    private static string? Obstacle(CellResult c) =>
        c.Cell.Missing is { } missing ? $"{c.Cell.Row.Name} is not run: {missing}"
        : c.StepTime is null ? $"the step of {c.Cell.Row.Name} is not measured yet"
        : c.StepTime.Seconds.Count < LeastSteps ? $"{c.Cell.Row.Name} has one measured step, and a range needs {LeastSteps}"
        : c.StepTime.Seconds.All(s => s > 0) && c.StepTime is { Macs: > 0, BatchSize: > 0 } ? null : $"the step of {c.Cell.Row.Name} was over before the clock moved";
}
