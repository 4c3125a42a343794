using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Planning;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>What is said the same way on the console, on the page and in the document.</summary>
internal static class ExperimentWords
{
    /// <summary>How a claim is judged, for readers.</summary>
    public const string Method =
        "Differences of test errors are judged by t intervals over the seeds. Their spread is pooled over an experiment's rows, as networks that are trained alike "
        + "mostly spread alike; a row that spreads significantly more is judged by its own (Welch). The 95 % are the claim's: where it makes several comparisons, "
        + "each is judged at 1 - 0.05 / their number (Bonferroni). What an interval does not settle is left open.";

    /// <summary>What a budget does, for readers.</summary>
    public const string Budget =
        "A budget makes networks narrower and shallower, images smaller and fewer and the training shorter until an experiment fits it, by the same factors for "
        + "all its rows. Their order and their differences can then be set beside the paper's; the errors themselves cannot. A mark holds for that budget: short "
        + "training leaves networks far from fitting even their training images, and says little of what regularises them.";

    /// <summary>A mark in words.</summary>
    public static string Of(Mark mark) => mark switch
    {
        Mark.Reproduced => "reproduced",
        Mark.NotReproduced => "not reproduced",
        _ => "this budget can't tell",
    };

    /// <summary>The state of a comparison in words.</summary>
    public static string Of(PairState state) => state switch
    {
        PairState.Holds => "holds",
        PairState.Refuted => "refuted",
        _ => "open",
    };

    /// <summary>Where a claim stands and on what it was tried.</summary>
    public static string Where(Verdict verdict) => verdict.Dataset.Length == 0 ? verdict.Claim.Source : $"{verdict.Claim.Source}; on {verdict.Dataset}";

    /// <summary>How many claims have which mark: a sentence.</summary>
    public static string Tally(IEnumerable<Verdict> verdicts)
    {
        var marks = verdicts.CountBy(v => v.Mark).ToDictionary();
        int reproduced = marks.GetValueOrDefault(Mark.Reproduced), refuted = marks.GetValueOrDefault(Mark.NotReproduced), open = marks.GetValueOrDefault(Mark.CannotTell);
        int all = reproduced + refuted + open;
        return all == 0 ? "There is no claim to judge."
            : $"Of {all} {(all == 1 ? "claim" : "claims")}, {reproduced} {Are(reproduced)} reproduced, {refuted} {Are(refuted)} not, and {open} cannot be told yet.";

        static string Are(int count) => count == 1 ? "is" : "are";
    }

    /// <summary>What was made of the paper's recipe: "in 20 minutes: widths x 0.25, 8 epochs of 12,800 images, 3 seeds".</summary>
    public static string Scale(ExperimentPlan plan)
    {
        string what = string.Join(", ", Parts(plan));
        bool hasPaper = plan.Experiment.Rows.Any(r => r.Paper.Count > 0 || r.PaperMilliseconds is not null);
        if (plan.IsAsPaper && hasPaper) return plan.Cells.Any(c => c.Epochs > 0) ? $"as in the paper: {what}" : $"the paper's networks, {what}";
        if (plan.IsAsPaper) return $"in full: {what}";
        return plan.BudgetMinutes is { } minutes ? $"in {ExperimentNumbers.Span(TimeSpan.FromMinutes(minutes))}: {what}" : $"less than in the paper: {what}";
    }

    private static IEnumerable<string> Parts(ExperimentPlan plan)
    {
        var scale = plan.Scale;
        if (scale.Width != 1) yield return $"widths x {scale.Width:0.####}";
        if (scale.Blocks != 1) yield return $"blocks x {scale.Blocks:0.####}";
        if (scale.Side != 1) yield return $"sides of images x {scale.Side:0.####}";
        if (scale == TwinScale.Full && !plan.IsAsPaper) yield return "networks in full";
        int[] epochs = [.. plan.Cells.Where(c => c.Missing is null).Select(c => c.Epochs).Where(e => e > 0)];
        if (epochs.Length == 0)
        {
            yield return "nothing is trained";
            yield break;
        }

        string count = epochs.Min() == epochs.Max() ? $"{epochs.Min():N0} {(epochs.Max() == 1 ? "epoch" : "epochs")}" : $"{epochs.Min():N0} to {epochs.Max():N0} epochs";
        yield return $"{count} of {(plan.TrainImages is { } images ? $"{images:N0}" : "all training")} images";
        if (scale.BatchSize is { } batch) yield return $"{batch:N0} images a step";
        if (plan.TestImages is { } tests) yield return $"tests of {tests:N0}";
        if (plan.Experiment.Equal == EqualShare.Time) yield return "the same time for each row";
        yield return plan.Seeds.Count == 1 ? "1 seed" : $"{plan.Seeds.Count} seeds";
    }
}
