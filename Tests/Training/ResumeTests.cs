using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training;

/// <summary>
/// A checkpoint holds parameters, statistics, momentum and position, and equal states give equal bytes: comparing files compares runs.
/// </summary>
[Category("Training")]
public class ResumeTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase(1)] // after the first step
    [TestCase(5)] // where an epoch ends, before its evaluation; the next one drops the rate and the momentum
    [TestCase(8)] // in the middle
    [TestCase(15)] // at the end
    public void ARunInTwoPartsIsTheRunInOne(int steps)
    {
        var plan = TinyRun.Plan(dropout: 0.3f);
        var straight = TinyRun.Run(plan, TinyRun.Data(validationImages: 8, trainImages: 48), _folder["straight"]);
        TinyRun.Run(plan with { MaxSteps = steps }, TinyRun.Data(validationImages: 8, trainImages: 48), _folder["parts"]);
        var parts = TinyRun.Run(plan, TinyRun.Data(validationImages: 8, trainImages: 48), _folder["parts"], resumes: true);
        AssertEqualRuns(straight, parts, "straight", "parts");
        Assert.That(Bytes("parts", "best"), Is.EqualTo(Bytes("straight", "best")));
    }

    [Test]
    public void AStopInTheMiddleLosesNothing([Values(3, 10)] int step)
    {
        var straight = TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["straight"]);
        using (var stop = new StopSignal())
        {
            var log = new TinyRun.Recorder { OnStep = s => { if ((s.Epoch - 1) * 5 + s.Step == step) stop.Request(); } };
            var outcome = TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["parts"], log: log, stop: stop);
            Assert.That((outcome.End, outcome.Steps), Is.EqualTo((TrainingEnd.Stopped, (long)step)));
            Assert.That(log.Steps[^1].IsLast, Is.EqualTo(step % 5 == 0));
        }

        var parts = TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["parts"], resumes: true);
        AssertEqualRuns(straight, parts, "straight", "parts");
    }

    [Test]
    public void AStopDuringAnEvaluationRepeatsTheEvaluation()
    {
        var straight = TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["straight"]);
        using (var stop = new StopSignal())
        {
            var outcome = TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["parts"], log: new TinyRun.Recorder { OnEvaluating = () => stop.Request() }, stop: stop);
            Assert.That((outcome.End, outcome.Steps), Is.EqualTo((TrainingEnd.Stopped, 5L)));
            Assert.That(outcome.Epochs.Single().TestError, Is.Null);
        }

        AssertEqualRuns(straight, TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["parts"], resumes: true), "straight", "parts");
    }

    [Test]
    public void ThreadsDoNotMatter([Values(1, 3)] int threads)
    {
        var two = TinyRun.Run(TinyRun.Plan(epochs: 2, dropout: 0.3f), TinyRun.Data(), _folder["two"], threads: 2);
        var other = TinyRun.Run(TinyRun.Plan(epochs: 2, dropout: 0.3f), TinyRun.Data(), _folder["other"], threads: threads);
        AssertEqualRuns(two, other, "two", "other");
    }

    [Test]
    public void AnotherSeedIsAnotherRun()
    {
        TinyRun.Run(TinyRun.Plan(epochs: 1), TinyRun.Data(), _folder["a"]);
        TinyRun.Run(TinyRun.Plan(epochs: 1) with { Seed = 6 }, TinyRun.Data(), _folder["b"]);
        Assert.That(Bytes("a", "last"), Is.Not.EqualTo(Bytes("b", "last")));
    }

    private void AssertEqualRuns(TrainingOutcome expected, TrainingOutcome actual, string expectedName, string actualName)
    {
        Assert.That(actual.Epochs.Select(e => e with { Seconds = 0 }), Is.EqualTo(expected.Epochs.Select(e => e with { Seconds = 0 })));
        Assert.That(Bytes(actualName, "last"), Is.EqualTo(Bytes(expectedName, "last")));
    }

    private byte[] Bytes(string run, string name) => File.ReadAllBytes(_folder[$"{run}/{name}.safetensors"]);
}
