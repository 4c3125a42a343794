using WrnEngine.Optim;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training;

[Category("Training")]
public class HyperparametersTests
{
    private const int Steps = 390;

    [TestCase(1, 0.1f)]
    [TestCase(59, 0.1f)]
    [TestCase(60, 0.02f)]
    [TestCase(119, 0.02f)]
    [TestCase(120, 0.004f)]
    [TestCase(159, 0.004f)]
    [TestCase(160, 0.0008f)]
    [TestCase(200, 0.0008f)]
    public void ThePapersRatesByEpoch(int epoch, float lr)
    {
        var schedule = new Hyperparameters().CreateSchedule();
        Assert.That(schedule.LearningRate(epoch - 1, 0, Steps), Is.EqualTo(lr).Within(1).Ulps);
        Assert.That(schedule.LearningRate(epoch - 1, Steps - 1, Steps), Is.EqualTo(lr).Within(1).Ulps);
        Assert.That(schedule.ResetsMomentum(epoch - 1), Is.EqualTo(epoch is 60 or 120 or 160));
    }

    [Test]
    public void EveryScheduleHasAName()
    {
        Assert.That(Hyperparameters.ScheduleNames.Select(n => new Hyperparameters { Schedule = n }.CreateSchedule().GetType()),
            Is.EqualTo(new[] { typeof(MultiStepSchedule), typeof(CosineSchedule), typeof(OneCycleSchedule) }));
        Assert.That(() => new Hyperparameters { Schedule = "step" }.CreateSchedule(), Throws.ArgumentException);
    }

    [Test]
    public void WarmupRisesToTheSchedule()
    {
        var schedule = new Hyperparameters { WarmupEpochs = 1 }.CreateSchedule();
        Assert.That(schedule.LearningRate(0, 0, Steps), Is.EqualTo(0.1f / Steps).Within(1e-9f));
        Assert.That(schedule.LearningRate(1, 0, Steps), Is.EqualTo(0.1f));
        Assert.That(schedule.ResetsMomentum(59), Is.True);
    }
}
