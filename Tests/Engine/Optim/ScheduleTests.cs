using WrnEngine.Optim;

namespace WrnEngine.Tests.Engine.Optim;

/// <summary>Learning rates against tables worked out by hand.</summary>
public class ScheduleTests
{
    private static void Rates(ISchedule schedule, int stepsPerEpoch, params (int Epoch, int Step, double Rate)[] table)
    {
        foreach (var (epoch, step, rate) in table)
        {
            float actual = schedule.LearningRate(epoch, step, stepsPerEpoch);
            Assert.That(float.IsFinite(actual), $"epoch {epoch}, step {step}");
            Assert.That(actual, Is.EqualTo(rate).Within(1e-5).Percent, $"epoch {epoch}, step {step}");
        }
    }

    [Test]
    public void MultiStepDropsAtTheStartOfAMilestone()
    {
        var schedule = new MultiStepSchedule(0.1f, [60, 120, 160], 0.2f);
        Rates(schedule, 390, (0, 0, 0.1), (58, 389, 0.1), (59, 0, 0.02), (118, 389, 0.02), (119, 0, 0.004), (158, 0, 0.004), (159, 0, 0.0008), (199, 389, 0.0008));
        Assert.That(Enumerable.Range(0, 200).Where(schedule.ResetsMomentum), Is.EqualTo(new[] { 59, 119, 159 }));
        Assert.That(Enumerable.Range(0, 200).Where(new MultiStepSchedule(0.1f, [60], 0.2f, resetMomentum: false).ResetsMomentum), Is.Empty);
    }

    /// <summary>The products of the decimal numbers, to the bit: not those of floats, which are an ulp off.</summary>
    [TestCase(0.1f, 0.2f, 0.02f, 0.004f, 0.0008f)]
    [TestCase(0.01f, 0.1f, 0.001f, 0.0001f, 0.00001f)]
    [TestCase(0.3f, 0.5f, 0.15f, 0.075f, 0.0375f)]
    public void MultiStepRatesAreRoundedOnce(float lr, float rate, float second, float third, float fourth)
    {
        var schedule = new MultiStepSchedule(lr, [2, 3, 4], rate);
        Assert.That(Enumerable.Range(0, 4).Select(epoch => schedule.LearningRate(epoch, 0, 1)), Is.EqualTo(new[] { lr, second, third, fourth }));
    }

    [TestCase(200, 60, 120, 160)]
    [TestCase(10, 3, 6, 8)]
    [TestCase(3, 2, 3, 4)]
    [TestCase(1, 2, 3, 4)]
    [TestCase(5, 2, 3, 4)]
    [TestCase(100, 30, 60, 80)]
    public void ThePaperMilestonesScaleWithTheRun(int epochs, int d1, int d2, int d3) =>
        Assert.That(MultiStepSchedule.PaperMilestones(epochs), Is.EqualTo(new[] { d1, d2, d3 }));

    [Test]
    public void CosineFallsToTheMinimum()
    {
        Rates(new CosineSchedule(0.4f, 4), 2, (0, 0, 0.4), (0, 1, 0.4 * 0.5 * (1 + Math.Cos(Math.PI / 8))), (1, 0, 0.3414213562), (2, 0, 0.2), (3, 0, 0.0585786438));
        Rates(new CosineSchedule(0.4f, 4, minimum: 0.1f), 10, (0, 0, 0.4), (2, 0, 0.25), (4, 0, 0.1), (9, 0, 0.1));
    }

    /// <summary>torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=10): peak at 0.3 * 10 - 1 = step 2, the end at step 9.</summary>
    [Test]
    public void OneCycleRisesAndFalls()
    {
        double Between(double from, double to, double t) => to + (from - to) / 2 * (1 + Math.Cos(Math.PI * t));
        var table = new (int, int, double)[]
        {
            (0, 0, 0.04), (0, 1, 0.52), (0, 2, 1), (0, 3, Between(1, 4e-6, 1 / 7.0)), (0, 4, Between(1, 4e-6, 2 / 7.0)),
            (1, 0, Between(1, 4e-6, 3 / 7.0)), (1, 3, Between(1, 4e-6, 6 / 7.0)), (1, 4, 4e-6),
        };
        Rates(new OneCycleSchedule(1, 2), 5, table);
        Rates(new OneCycleSchedule(0.1f, 100), 390, (0, 0, 0.004), (29, 389, 0.1), (99, 389, 4e-7));
    }

    [TestCase(1, 1)]
    [TestCase(1, 3)]
    [TestCase(2, 1)]
    public void AVeryShortOneCycleStaysFinite(int epochs, int stepsPerEpoch)
    {
        var schedule = new OneCycleSchedule(1, epochs);
        for (int step = 0; step < epochs * stepsPerEpoch; step++)
            Assert.That(schedule.LearningRate(step / stepsPerEpoch, step % stepsPerEpoch, stepsPerEpoch), Is.InRange(0f, 1f));
    }

    [Test]
    public void WarmupRisesLinearlyToTheInnerSchedule()
    {
        var schedule = new WarmupSchedule(new MultiStepSchedule(0.8f, [2, 4], 0.5f), 2);
        Rates(schedule, 4, (0, 0, 0.1), (0, 1, 0.2), (0, 3, 0.4), (1, 0, 0.25), (1, 3, 0.4), (2, 0, 0.4), (3, 0, 0.2));
        Assert.That((schedule.ResetsMomentum(1), schedule.ResetsMomentum(2)), Is.EqualTo((true, false)));
        Rates(new WarmupSchedule(new CosineSchedule(1, 10), 0), 5, (0, 0, 1));
    }

    [Test]
    public void RatesAreMonotonousWhereTheyShouldBe()
    {
        var cosine = new CosineSchedule(0.1f, 7);
        var rates = Enumerable.Range(0, 7 * 13).Select(i => cosine.LearningRate(i / 13, i % 13, 13)).ToArray();
        Assert.That(rates, Is.Ordered.Descending);
        var cycle = new OneCycleSchedule(0.1f, 10);
        var up = Enumerable.Range(0, 30).Select(i => cycle.LearningRate(i / 10, i % 10, 10)).ToArray();
        Assert.That(up, Is.Ordered.Ascending);
        Assert.That(up[^1], Is.EqualTo(0.1f), "the peak is at 0.3 of the steps");
    }
}
