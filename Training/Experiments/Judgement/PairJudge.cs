using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>Judges a pair of a claim by the claim's kind.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Plan">What was to be done.</param>
/// <param name="Pool">The spread of the rows.</param>
/// <param name="Level">The probability that an interval holds the true difference.</param>
internal sealed record PairJudge(Claim Claim, ExperimentPlan Plan, SpreadPool Pool, double Level)
{
    /// <summary>Judges.</summary>
    public PairVerdict Of(CellResult first, CellResult second) => Claim.Kind switch
    {
        ClaimKind.FasterPerMac => TimeJudge.Of(first, second, Claim.Margin),
        ClaimKind.IdleBlocks => Obstacle(first) is { } obstacle ? Open(first, first, obstacle) : BlockJudge.Of(first, Claim.Margin),
        _ => OfErrors(first, second),
    };

    /// <summary>A pair that is open for a reason.</summary>
    public static PairVerdict Open(CellResult first, CellResult second, string says) =>
        new(first.Cell.Row.Name, second.Cell.Row.Name, PairState.Open, says) { Headroom = double.NegativeInfinity };

    /// <summary>Why a row's errors cannot be judged yet; null where they can.</summary>
    private string? Obstacle(CellResult c)
    {
        string name = c.Cell.Row.Name;
        double[] errors = [.. c.Errors];
        if (c.Cell.Missing is { } missing) return $"{name} is not run: {missing}";
        if (errors.Length < Plan.Seeds.Count) return $"{name} has {errors.Length} of {Plan.Seeds.Count} runs";
        if (errors.Length < 2) return $"{name} has one seed, and a spread needs two";
        if (!errors.All(double.IsFinite)) return $"{name} has a run without a test error";
        double mean = errors.Average();
        return Claim.GuessingCounts || Chance.IsBeatenBy(mean, c.Cell.Dataset) ? null : $"{name} has not learned yet: {mean:F1} % error, and guessing has {Chance.Error(c.Cell.Dataset):0.#} %";
    }

    /// <summary>A comparison of test errors. Missing runs leave it open, but what there is has an interval that can be looked at.</summary>
    private PairVerdict OfErrors(CellResult first, CellResult second)
    {
        bool isLower = Claim.Kind == ClaimKind.Lower;
        var effect = isLower ? Pool.OfDifference(first, second, Level) : Pool.OfDifference(second, first, Level);
        if (effect is { } e && !double.IsFinite(e.Low + e.High)) effect = null;
        string? obstacle = Obstacle(first) ?? Obstacle(second);
        if (obstacle is null && effect is null) obstacle = $"{first.Cell.Row.Name} and {second.Cell.Row.Name} have the same error with every seed, so nothing is known of the spread";
        if (obstacle is not null) return Open(first, second, obstacle) with { Effect = effect };
        var interval = effect!.Value;
        var state = isLower
            ? interval.Low > 0 ? PairState.Holds : interval.High < 0 ? PairState.Refuted : PairState.Open
            : interval.High < Claim.Margin ? PairState.Holds : interval.Low > Claim.Margin ? PairState.Refuted : PairState.Open;
        int a = first.Runs.Count, b = second.Runs.Count;
        string seeds = a == b ? $"{a} seeds each" : $"{a} and {b} seeds";
        return new PairVerdict(first.Cell.Row.Name, second.Cell.Row.Name, state, isLower ? Lower(first, second, interval, seeds) : NotWorse(first, second, interval, seeds))
        {
            Effect = interval,
            Headroom = isLower ? interval.Low : Claim.Margin - interval.High,
        };
    }

    private string Lower(CellResult first, CellResult second, Interval i, string seeds)
    {
        // Said in the direction that it has: 3.1 points above, not -3.1 below.
        bool isBelow = i.Centre >= 0;
        var (centre, low, high) = isBelow ? (i.Centre, i.Low, i.High) : (-i.Centre, -i.High, -i.Low);
        string format = Decimals(centre, low, high);
        return $"{first.Cell.Row.Name} is {Text(centre, format)} points {(isBelow ? "below" : "above")} {second.Cell.Row.Name} "
            + $"({LevelText} interval {Text(low, format)} to {Text(high, format)}, {seeds})";
    }

    private string NotWorse(CellResult first, CellResult second, Interval i, string seeds)
    {
        string format = Decimals(i.Centre, i.Low, i.High);
        return $"{first.Cell.Row.Name} less {second.Cell.Row.Name} is {Text(i.Centre, format)} points of error "
            + $"({LevelText} interval {Text(i.Low, format)} to {Text(i.High, format)}, wanted: below {Claim.Margin:0.##}, {seeds})";
    }

    private string LevelText => $"{100 * Level:0.##} %";

    private static string Decimals(params ReadOnlySpan<double> values)
    {
        double smallest = double.PositiveInfinity;
        foreach (double value in values) smallest = Math.Min(smallest, Math.Abs(value));
        return smallest < 1 ? "F2" : "F1";
    }

    private static string Text(double value, string format) => value.ToString(format, null) is var text && text.TrimStart('-').Trim('0', '.').Length == 0 ? text.TrimStart('-') : text;
}
