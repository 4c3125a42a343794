using WrnEngine.Tests.Training.Experiments.Reporting;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Tests.Training.Experiments.Judgement;

/// <summary>Each way a claim can end.</summary>
[TestFixture]
[Category("Training")]
internal sealed class VerdictTests
{
    private static readonly double[] Ten = [9.9, 10, 10.1], Thirteen = [12.9, 13, 13.1], Ragged = [8, 10, 13], Guessing = [90, 89, 90.5];

    [Test]
    public void LowerIsReproducedRefutedOrOpen()
    {
        var claim = Lower();
        var lower = Of(claim, Ten, Thirteen);
        Assert.That(lower.Mark, Is.EqualTo(Mark.Reproduced));
        Assert.That(lower.Reason, Is.EqualTo("A is 3.0 points below B (95 % interval 2.8 to 3.2, 3 seeds each)."));
        var higher = Of(claim, Thirteen, Ten);
        Assert.That(higher.Mark, Is.EqualTo(Mark.NotReproduced));
        Assert.That(higher.Reason, Is.EqualTo("A is 3.0 points above B (95 % interval 2.8 to 3.2, 3 seeds each)."));
        Assert.That(higher.Pairs[0].Effect!.Value.Centre, Is.EqualTo(-3).Within(1e-9));
        var open = Of(claim, Ten, Ragged);
        Assert.That(open.Mark, Is.EqualTo(Mark.CannotTell));
        Assert.That(open.Reason, Does.StartWith("Open: A is 0.33 points below B (95 % interval -").And.EndWith(", 3 seeds each)."));
    }

    [Test]
    public void NotWorseMustBeShown()
    {
        Assert.That(Of(NotWorse(0.5), Ten, Ten).Mark, Is.EqualTo(Mark.Reproduced), "an interval of 0.2 around 0");
        Assert.That(Of(NotWorse(0.1), Ten, Ten).Mark, Is.EqualTo(Mark.CannotTell), "equal means are not enough");
        Assert.That(Of(NotWorse(0.5), Thirteen, Ten).Mark, Is.EqualTo(Mark.NotReproduced));
        Assert.That(Of(NotWorse(0.5), Ten, Thirteen).Mark, Is.EqualTo(Mark.Reproduced), "better is not worse");
        Assert.That(Of(NotWorse(0.5), Ten, Ten).Reason, Does.Contain("A less B is 0.00 points of error").And.Contain("wanted: below 0.5, 3 seeds each"));
    }

    [Test]
    public void WhatIsMissingLeavesAClaimOpen()
    {
        Assert.That(Of(Lower(), [10], [13], seeds: 1).Reason, Is.EqualTo("Open: A has one seed, and a spread needs two."));
        var partly = Of(Lower(), Ten, [13, 13.1]);
        Assert.That(partly.Mark, Is.EqualTo(Mark.CannotTell));
        Assert.That(partly.Reason, Is.EqualTo("Open: B has 2 of 3 runs."));
        Assert.That(partly.Pairs[0].Effect, Is.Not.Null, "what there is can be looked at");
        Assert.That(Of(Lower(), [], []).Reason, Is.EqualTo("None of its runs is done yet."));
        Assert.That(Of(Lower(), Ten, [], missing: "it needs 9 GB of memory").Reason, Is.EqualTo("Open: B is not run: it needs 9 GB of memory."));
        Assert.That(Of(Lower(), [10, 10, 10], [13, 13, 13]).Reason, Does.Contain("nothing is known of the spread"));
        Assert.That(Of(Lower(), [10, double.NaN, 10], Ten).Reason, Is.EqualTo("Open: A has a run without a test error."));
        var elsewhere = Lower([("A", "C")]);
        var all = Verdict.All(ExperimentSamples.Pair(elsewhere, Ten, Ten, 3));
        Assert.That((all.Single().Mark, all.Single().Reason, all.Single().Dataset), Is.EqualTo((Mark.CannotTell, "The plan has none of its networks.", "")));
    }

    [TestCase("cifar10", "guessing has 90 %")]
    [TestCase("synthetic", "guessing has 90 %")]
    [TestCase("folder", null)]
    public void NetworksThatGuessLeaveAClaimOpen(string dataset, string? reason)
    {
        var verdict = Of(Lower(), Ten, Guessing, dataset: dataset);
        Assert.That(verdict.Mark, Is.EqualTo(reason is null ? Mark.Reproduced : Mark.CannotTell));
        if (reason is not null) Assert.That(verdict.Reason, Does.StartWith("Open: B has not learned yet: 89.8 % error").And.Contain(reason));
    }

    [Test]
    public void GuessingCountsWhereAClaimIsAboutIt()
    {
        var claim = Lower() with { GuessingCounts = true };
        Assert.That(Of(claim, Ten, Guessing).Mark, Is.EqualTo(Mark.Reproduced));
        Assert.That(Of(claim, Guessing, Ten).Mark, Is.EqualTo(Mark.NotReproduced));
        Assert.That(Of(claim, Guessing, [89, 90, 91]).Mark, Is.EqualTo(Mark.CannotTell), "two that guess are no different");
    }

    [Test]
    public void GuessingDependsOnTheClasses()
    {
        Assert.That(Chance.IsBeatenBy(86.9, "cifar10"));
        Assert.That(Chance.IsBeatenBy(87, "svhn"), Is.False);
        Assert.That(Chance.IsBeatenBy(95, "cifar100"));
        Assert.That(Chance.IsBeatenBy(96, "cifar100"), Is.False);
    }

    [Test]
    public void AllPairsMustHoldAndShareTheFivePercent()
    {
        var both = Of(Lower([("A", "B"), ("A", "B")]), Ten, Thirteen);
        Assert.That(both.Mark, Is.EqualTo(Mark.Reproduced));
        Assert.That(both.Reason, Does.StartWith("All 2 comparisons hold; the closest: A is 3.0 points below B (97.5 % interval "));
        double alone = Of(Lower(), Ten, Thirteen).Pairs[0].Effect!.Value.Low;
        Assert.That(both.Pairs[0].Effect!.Value.Low, Is.LessThan(alone));
        var contrary = Of(Lower([("A", "B"), ("B", "A")]), Ten, Thirteen);
        Assert.That(contrary.Mark, Is.EqualTo(Mark.NotReproduced));
        Assert.That(contrary.Reason, Does.StartWith("1 of 2 comparisons is refuted: B is 3.0 points above A"));
        var open = Verdict.All(ExperimentSamples.Table4(done: 2));
        Assert.That(open[0].Reason, Does.StartWith("0 of 3 comparisons hold; open: WRN-40-2 has 2 of 3 runs; "));
    }

    [Test]
    public void ADataSetThatThePaperLeftOutForARowHasNoSuchPair()
    {
        var verdicts = Verdict.All(ExperimentSamples.Table4()).Where(v => v.Claim.Name == "widening").ToList();
        Assert.That(verdicts.Select(v => (v.Dataset, v.Pairs.Count)), Is.EqualTo(new[] { ("cifar10", 3), ("cifar100", 2) }));
    }

    /// <summary>A row that the budget did not pay for leaves a claim to the others.</summary>
    [Test]
    public void AnUntrainedRowHasNoPair()
    {
        var results = ExperimentSamples.Untrained(ExperimentSamples.Table4(), "WRN-40-4");
        var widening = Verdict.All(results).First(v => v.Claim.Name == "widening");
        Assert.That(widening.Pairs.Select(p => (p.First, p.Second)), Is.EqualTo(new[] { ("WRN-40-2", "WRN-40-1") }));
        var alone = Verdict.All(results).First(v => v.Claim.Name == "depth-for-width");
        Assert.That((alone.Mark, alone.Reason), Is.EqualTo((Mark.CannotTell, "The plan has none of its networks.")));
        var times = ExperimentSamples.StepTimes();
        Assert.That(Verdict.All(times)[0].Pairs, Has.Count.EqualTo(2), "where times are compared, nothing needs to be trained");
    }

    [TestCase(0.34, 1.5, nameof(Mark.Reproduced))]
    [TestCase(0.06, 1.5, nameof(Mark.NotReproduced))]
    [TestCase(0.09, 1.5, nameof(Mark.CannotTell))]
    public void TimeForAMultiplyAdd(double thin, double margin, string mark)
    {
        var results = ExperimentSamples.StepTimes(thin);
        var claim = results.Plan.Experiment.Claims[0] with { Margin = margin };
        var verdict = Verdict.Of(claim, results, "cifar10");
        Assert.That($"{verdict.Mark}", Is.EqualTo(mark), verdict.Reason);
        Assert.That(verdict.Pairs[0].Effect!.Value.Centre, Is.EqualTo(thin / 0.06).Within(1e-9));
        Assert.That(verdict.Pairs[0].Says, Does.Contain("thin 164 needs").And.Contain("over 20 steps, wanted: at least 1.5"));
    }

    [Test]
    public void AStepThatIsNotMeasuredIsOpen()
    {
        var results = ExperimentSamples.StepTimes();
        results = results with { Cells = [.. results.Cells.Select((c, i) => i == 0 ? c with { StepTime = null } : c)] };
        var verdict = Verdict.All(results).Single();
        Assert.That(verdict.Mark, Is.EqualTo(Mark.CannotTell));
        Assert.That(verdict.Reason, Is.EqualTo("1 of 2 comparisons holds; open: the step of thin 164 is not measured yet."));
    }

    [Test]
    public void IdleBlocks()
    {
        var results = ExperimentSamples.Blocks();
        var claim = results.Plan.Experiment.Claims[0];
        var found = Verdict.Of(claim, results, "cifar10");
        Assert.That(found.Mark, Is.EqualTo(Mark.CannotTell), "a block with the first seed only: with the second the ratio is above the margin or it costs too much");
        Assert.That(Verdict.Of(claim with { Margin = 0.5 }, results, "cifar10").Mark, Is.EqualTo(Mark.Reproduced));
        Assert.That(Verdict.Of(claim with { Margin = 0.01 }, results, "cifar10").Mark, Is.EqualTo(Mark.NotReproduced));
        Assert.That(Verdict.Of(claim with { Margin = 0.01 }, results, "cifar10").Reason, Does.Contain("has no block").And.Contain("the least active: group3.block5 has the ratio"));
        var costly = results with { Cells = [.. results.Cells.Select(c => c with { Runs = [.. c.Runs.Select(r => r with { Blocks = [.. r.Blocks.Select(b => b with { ErrorWithout = 99 })] })] })] };
        Assert.That(Verdict.Of(claim with { Margin = 0.5 }, costly, "cifar10").Mark, Is.EqualTo(Mark.NotReproduced), "none can be left out");
        var unmeasured = results with { Cells = [.. results.Cells.Select(c => c with { Runs = [.. c.Runs.Select(r => r with { Blocks = [] })] })] };
        Assert.That(Verdict.Of(claim, unmeasured, "cifar10").Reason, Is.EqualTo("Open: the blocks of WRN-40-1 are not measured with seed 1."));
    }

    private static Claim Lower(params (string, string)[] pairs) => new("lower", "A is better.", "section 3", ClaimKind.Lower, pairs.Length > 0 ? pairs : [("A", "B")]);

    private static Claim NotWorse(double margin) => new("not-worse", "A is no worse.", "section 3", ClaimKind.NotWorse, [("A", "B")], margin);

    private static Verdict Of(Claim claim, double[] first, double[] second, int seeds = 3, string dataset = "cifar10", string? missing = null) =>
        Verdict.Of(claim, ExperimentSamples.Pair(claim, first, second, seeds, dataset, missing), dataset);
}
