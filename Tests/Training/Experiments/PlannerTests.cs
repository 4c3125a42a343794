using WrnEngine.Training;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Running;

namespace WrnEngine.Tests.Training.Experiments;

/// <summary>What a budget pays for, on machines of known speed. WRN-40-1 takes 83 million multiply-adds for an image, WRN-40-4 1.3 billion, WRN-16-8 1.55 billion.</summary>
[Category("Training")]
public class PlannerTests
{
    private static readonly ulong[] Seeds = [1, 2];

    private static readonly string ErrorOnly = Descriptions.Table.Replace("\"error\", \"stepTime\", \"blocks\"", "\"error\"").Replace("\"kind\": \"idleBlocks\", \"pairs\": [[\"WRN-40-1\"]]", "\"kind\": \"lower\", \"pairs\": [[\"WRN-40-1\", \"WRN-40-4\"]]");

    private static ExperimentPlan Plan(string description, FakeMachine machine, double? minutes, string? dataset = null) =>
        new Planner(Descriptions.Read(description, "table4"), new PlanRequest(minutes, Seeds, dataset), new Placement(), machine).Make();

    private static string Names(ExperimentPlan plan) => string.Join(", ", plan.Cells.Select(c => $"{c.Row.Name} on {c.Dataset}"));

    [Test]
    public void WithoutABudgetTheRecipeIsDoneInFull()
    {
        var plan = Plan(ErrorOnly, new FakeMachine(1e12), null);
        Assert.Multiple(() =>
        {
            Assert.That((plan.Scale, plan.TrainImages, plan.BudgetMinutes), Is.EqualTo((TwinScale.Full, (int?)null, (double?)null)));
            // The paper left WRN-40-4 on CIFAR-100 out, and WRN-16-8 is for CIFAR-10 alone.
            Assert.That(Names(plan), Is.EqualTo("WRN-40-1 on cifar10, WRN-40-4 on cifar10, WRN-16-8 on cifar10, WRN-40-1 on cifar100"));
            Assert.That(plan.Cells.Select(c => (c.Epochs, c.TrainImages, c.Network)), Is.EqualTo(plan.Cells.Select(c => (200, 50_000, c.Row.Name))));
            Assert.That(plan.Cells[0].Parameters, Is.EqualTo(563_930));
            Assert.That(plan.Cells[3].Parameters, Is.EqualTo(563_930 + (90 * 65)));
        });
    }

    /// <summary>From a machine for which the paper's networks are nothing down to one that needs smaller twins on fewer images.</summary>
    [TestCase(1e14, 1, 1, 200, null)]
    [TestCase(1.5e12, 1, 1, null, null)]
    [TestCase(5e11, 0.5, 1, null, null)]
    [TestCase(9e10, 0.25, 0.5, null, null)]
    [TestCase(8e9, 0.25, 0.5, 4, true)]
    public void TheLargestScaleThatFitsIsTaken(double speed, double width, double blocks, int? epochs, bool? fewerImages)
    {
        const double Minutes = 20;
        var machine = new FakeMachine(speed) { Spent = TimeSpan.FromSeconds(10) };
        var plan = Plan(ErrorOnly, machine, Minutes);
        TestContext.Out.WriteLine($"{plan.Scale} {plan.TrainImages} images, {plan.Cells[0].Epochs} epochs, {plan.Time.TotalMinutes:F2} min; measured {string.Join(' ', machine.Measured)}");
        Assert.Multiple(() =>
        {
            Assert.That(plan.Scale, Is.EqualTo(new TwinScale(width, blocks)));
            Assert.That(plan.Cells.Select(c => c.Epochs).Distinct().Count(), Is.EqualTo(1), "the same for all");
            if (epochs is { } e) Assert.That(plan.Cells[0].Epochs, Is.EqualTo(e));
            else Assert.That(plan.Cells[0].Epochs, Is.InRange(4, 199));
            Assert.That(plan.TrainImages is not null, Is.EqualTo(fewerImages ?? false));
            if (plan.TrainImages is { } images) Assert.That((images % 128, images >= 1000, images < 50_000), Is.EqualTo((0, true, true)));
            double used = (plan.Time.TotalMinutes + machine.Spent.TotalMinutes) / Minutes;
            Assert.That(used, Is.LessThanOrEqualTo(0.95));
            if (epochs != 200) Assert.That(used, Is.GreaterThan(0.7), "an epoch more would not fit");
        });
    }

    /// <summary>Where not even the smallest twins fit on all images, dispensable rows leave their time to the others, and tests are shorter too.</summary>
    [Test]
    public void OnFewerImagesTestsAreShorterAndRowsDispensable()
    {
        string description = ErrorOnly.Replace("\"datasets\": [\"cifar10\"] }", "\"datasets\": [\"cifar10\"], \"dispensable\": true }")
            .Replace("{ \"width\": 0.25, \"blocks\": 0.5 }", "{ \"width\": 0.25, \"blocks\": 0.5, \"side\": 0.5, \"batchSize\": 32 }");
        var whole = Plan(description, new FakeMachine(3e10), 20);
        Assert.That((whole.TrainImages, whole.TestImages, whole.Untrained.Count), Is.EqualTo(((int?)null, (int?)null, 0)));
        Assert.That(whole.Cells.Select(c => (c.Side, c.TestImages)), Is.All.EqualTo((16, 10_000)));
        Assert.That(whole.Cells[0].Macs * 4, Is.EqualTo(Plan(ErrorOnly, new FakeMachine(9e10), 20).Cells[0].Macs).Within(2).Percent, "a quarter of the pixels");

        var few = Plan(description, new FakeMachine(8e8), 20);
        Assert.That((few.Scale.BatchSize, few.TestImages), Is.EqualTo(((int?)32, (int?)5000)));
        Assert.That(few.Untrained.Single().Name, Is.EqualTo("WRN-16-8"));
        var dispensed = few.Cells.Single(c => c.Row.Name == "WRN-16-8");
        Assert.That((dispensed.Epochs, dispensed.Missing, dispensed.SecondsOfRun), Is.EqualTo((0, (string?)null, 0.0)));
        Assert.That(few.Cells.Where(c => c.Epochs > 0).Select(c => c.TestImages), Is.All.EqualTo(5000));
        Assert.That(Plan(description, new FakeMachine(8e8) { TestImages = 300 }, 20).Cells[0].TestImages, Is.EqualTo(300), "no more than there are");

        string all = description.Replace("\"options\": { \"depth\"", "\"dispensable\": true, \"options\": { \"depth\"").Replace(", \"dispensable\": true }", " }");
        Assert.That(Plan(all, new FakeMachine(8e8), 60).Cells.Select(c => c.Epochs), Is.All.Positive, "something has to be trained");

        var run = PlannedRun.Of(few, "runs")[0];
        Assert.That(PlannedRun.Of(few, "runs").Select(r => r.Cell.Row.Name), Has.None.EqualTo("WRN-16-8"));
        var options = WrnCommand.ParseTrain([.. run.Arguments(few, new Placement(), resumes: false)]);
        Assert.That(
            (options.Get(DataOptions.TrainImages), options.Get(DataOptions.TestImages), options.Get(DataOptions.ImageSize), options.Get(RecipeOptions.BatchSize)),
            Is.EqualTo(((int?)run.Cell.TrainImages, (int?)5000, (int?)16, 32)));
    }

    [Test]
    public void NoBudgetIsExceeded([Values(1e9, 1e10, 1e11, 1e12, 1e13)] double speed, [Values(1, 5, 30, 200)] double minutes, [Values] bool equalTime, [Values] bool curve)
    {
        string description = ErrorOnly.Replace("\"share\": 20", equalTime ? "\"equal\": \"time\"" : "\"equal\": \"epochs\"");
        if (curve) description = description.Replace("\"measures\": [\"error\"", "\"measures\": [\"error\", \"curve\"");
        try
        {
            var plan = Plan(description, new FakeMachine(speed), minutes);
            Assert.That(plan.Time.TotalMinutes, Is.LessThanOrEqualTo(0.95 * minutes));
            Assert.That(plan.Cells.Select(c => c.Epochs), Is.All.InRange(1, 200));
            if (!equalTime) Assert.That(plan.Cells.Select(c => c.Epochs), Is.All.GreaterThanOrEqualTo(4));
            else Assert.That(plan.Cells.Max(c => c.Epochs), Is.GreaterThanOrEqualTo(4), "the fastest");
        }
        catch (UserException e)
        {
            Assert.That(e.Message, Does.Match(@"^table4 needs at least \d+ minutes on this machine; give a larger --budget or fewer --seeds\.$"));
            Assert.That(e.ExitCode, Is.EqualTo(ExitCode.Usage));
            double needed = double.Parse(e.Message.Split("at least ")[1].Split(' ')[0]);
            Assert.That(needed, Is.GreaterThan(minutes));
            Assert.That(Plan(description, new FakeMachine(speed), needed + 1).Cells, Is.Not.Empty, "what was asked for is enough");
        }
    }

    [Test]
    public void InEqualTimeAFasterNetworkSeesMore()
    {
        var plan = Plan(ErrorOnly.Replace("\"share\": 20", "\"equal\": \"time\""), new FakeMachine(3e12), 60, dataset: "cifar10");
        var byRow = plan.Cells.ToDictionary(c => c.Row.Name);
        Assert.That(byRow["WRN-40-1"].Epochs, Is.GreaterThan(4 * byRow["WRN-40-4"].Epochs));
        double[] seconds = [.. plan.Cells.Where(c => c.Epochs < 200).Select(c => c.Epochs * 50_000 / c.ImagesPerSecond)];
        Assert.That(seconds.Max() / seconds.Min(), Is.LessThan(1.5));
    }

    [Test]
    public void ACurveIsTestedAlongTheWay()
    {
        var curve = Descriptions.Read(ErrorOnly.Replace("\"measures\": [\"error\"", "\"measures\": [\"error\", \"curve\""));
        var plain = Descriptions.Read(ErrorOnly);
        foreach (var (epochs, every) in new[] { (1, 1), (5, 1), (10, 1), (11, 2), (100, 10), (200, 20) })
        {
            Assert.That(RunCost.EvalEvery(curve, epochs), Is.EqualTo(every));
            Assert.That(RunCost.EvalEvery(plain, epochs), Is.EqualTo(epochs));
        }
    }

    /// <summary>The largest network shows that a scale is out of reach, and the others of it are not measured.</summary>
    [Test]
    public void AScaleThatIsOutOfReachIsGivenUpAtItsLargestNetwork()
    {
        var machine = new FakeMachine(9e10);
        _ = Plan(ErrorOnly, machine, 20);
        Assert.That(string.Join(' ', machine.Measured), Does.StartWith("WRN-16-8 WRN-16-4 WRN-10-2 ").And.Not.Contain("WRN-40-"));
    }

    [Test]
    public void WhatIsMissingIsLeftOutAndTheOthersRun()
    {
        var plan = Plan(ErrorOnly, new FakeMachine(1e14) { Missing = ["cifar100"] }, 20);
        Assert.That(plan.Cells.Where(c => c.Missing is null).Select(c => (c.Dataset, c.Epochs)), Is.All.EqualTo(("cifar10", 200)));
        var missing = plan.Cells.Single(c => c.Missing is not null);
        Assert.That((missing.Dataset, missing.Missing, missing.Epochs, missing.SecondsOfRun, missing.Parameters), Is.EqualTo(("cifar100", "cifar100 is not here", 0, 0.0, 569_780L)));
        var nothing = Plan(ErrorOnly, new FakeMachine(1e14) { Missing = ["cifar10", "cifar100"] }, 20);
        Assert.That(nothing.Cells.Select(c => c.Missing), Is.All.Not.Null);
    }

    [Test]
    public void ADatasetOfTheExperimentIsAFilterAndAnotherIsForAllRows()
    {
        Assert.That(Names(Plan(ErrorOnly, new FakeMachine(1e14), 20, "cifar100")), Is.EqualTo("WRN-40-1 on cifar100"));
        Assert.That(Names(Plan(ErrorOnly, new FakeMachine(1e14), 20, "synthetic")), Is.EqualTo("WRN-40-1 on synthetic, WRN-40-4 on synthetic, WRN-16-8 on synthetic"));
    }

    [Test]
    public void WhatIsOnlyTimedNeedsNoImages()
    {
        string description = ErrorOnly.Replace("\"measures\": [\"error\"]", "\"measures\": [\"stepTime\"]");
        description = description[..description.IndexOf("\"claims\"", StringComparison.Ordinal)] + "}";
        var plan = Plan(description, new FakeMachine(1e12) { Missing = ["cifar10", "cifar100"] }, 5);
        Assert.That(plan.Cells.Select(c => (c.Missing, c.Epochs, c.SecondsOfRun)), Is.All.EqualTo(((string?)null, 0, 0.0)));
        Assert.That(plan.SecondsOfStepTime, Is.EqualTo(20));
        Assert.That(plan.Time.TotalSeconds, Is.InRange(60, 70));
        Assert.That(Plan(description, new FakeMachine(1e12), 0.5).Time.TotalSeconds, Is.InRange(20, 0.95 * 30));
    }

    [Test]
    public void StepTimesAndBlocksAreInTheBudget()
    {
        var plan = Plan(Descriptions.Table, new FakeMachine(1.5e12), 30);
        Assert.That(plan.Time.TotalMinutes, Is.LessThanOrEqualTo(0.95 * 30));
        Assert.That(plan.SecondsBeside, Is.GreaterThan(60), "three rows of twenty seconds, and data sets");
    }
}
