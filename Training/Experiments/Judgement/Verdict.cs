using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>What a claim has come to.</summary>
internal enum Mark
{
    /// <summary>All its pairs hold.</summary>
    Reproduced,

    /// <summary>One of its pairs is refuted.</summary>
    NotReproduced,

    /// <summary>Neither: the numbers are too few or too close.</summary>
    CannotTell,
}

/// <summary>The judgement of a claim on a data set.</summary>
/// <param name="Claim">What the paper says.</param>
/// <param name="Dataset">On what it was tried; empty where the plan has none of its pairs.</param>
/// <param name="Mark">What it has come to.</param>
/// <param name="Reason">Why: a sentence.</param>
/// <param name="Pairs">Each comparison.</param>
internal sealed record Verdict(Claim Claim, string Dataset, Mark Mark, string Reason, IReadOnlyList<PairVerdict> Pairs)
{
    /// <summary>How often a claim may be judged wrongly by chance; its pairs share it equally (Bonferroni).</summary>
    public const double ErrorRate = 0.05;

    /// <summary>Judges a claim by what an experiment has found so far.</summary>
    public static Verdict Of(Claim claim, ExperimentResults results, string dataset)
    {
        var pairs = claim.Pairs.Where(p => IsOn(p, claim.Kind, results, dataset)).ToList();
        double level = 1 - (ErrorRate / Math.Max(1, pairs.Count));
        var judge = new PairJudge(claim, results.Plan, SpreadPool.Of(results.Cells.Where(c => c.Cell.Dataset == dataset)), level);
        PairVerdict[] verdicts = [.. pairs.Select(p => judge.Of(Cell(results, p.First, dataset)!, Cell(results, p.Second, dataset)!))];
        var mark = verdicts.Any(v => v.State == PairState.Refuted) ? Mark.NotReproduced
            : verdicts.Length > 0 && verdicts.All(v => v.State == PairState.Holds) ? Mark.Reproduced
            : Mark.CannotTell;
        bool isBegun = pairs.SelectMany(p => new[] { p.First, p.Second }).Select(row => Cell(results, row, dataset)!)
            .Any(c => c.Runs.Count > 0 || c.StepTime is not null || c.Cell.Missing is not null);
        string reason = verdicts.Length == 0 ? "The plan has none of its networks."
            : !isBegun ? "None of its runs is done yet."
            : ClaimReason.Of(mark, verdicts);
        return new Verdict(claim, dataset, mark, reason, verdicts);
    }

    /// <summary>Every claim on every data set that it is tried on.</summary>
    public static IReadOnlyList<Verdict> All(ExperimentResults results)
    {
        string[] datasets = [.. results.Cells.Select(c => c.Cell.Dataset).Distinct()];
        return
        [
            .. results.Plan.Experiment.Claims.SelectMany(
                claim => datasets.Where(d => claim.Pairs.Any(p => IsOn(p, claim.Kind, results, d))).DefaultIfEmpty(""), (claim, d) => Of(claim, results, d)),
        ];
    }

    /// <summary>The plan has both networks on the data set, and so has the paper, as far as it has that data set at all; and it trains them, unless only their time counts.</summary>
    private static bool IsOn((string First, string Second) pair, ClaimKind kind, ExperimentResults results, string dataset) =>
        new[] { pair.First, pair.Second }.All(
            row => Cell(results, row, dataset) is { } c && !(c.Cell.Row.Paper.TryGetValue(dataset, out double? error) && error is null)
                && (kind == ClaimKind.FasterPerMac || c.Cell.Epochs > 0 || c.Cell.Missing is not null));

    private static CellResult? Cell(ExperimentResults results, string row, string dataset) =>
        results.Cells.FirstOrDefault(c => c.Cell.Row.Name == row && c.Cell.Dataset == dataset);
}
