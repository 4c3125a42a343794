using WrnEngine.Models.Safetensors;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;

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

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(8)]
    public void SoItIsWithEveryOptionOfTheRecipe(int steps)
    {
        DatasetSplit Data() => TinyRun.Data(validationImages: 8, trainImages: 48);
        var plan = TinyRun.Plan(dropout: 0.3f) with { Patience = 3 };
        plan = plan with { Recipe = plan.Recipe with { Mixup = 0.4f, Cutout = 8, ClipGrad = 0.5f, ModelEmaDecay = 0.9f } };
        var straight = TinyRun.Run(plan, Data(), _folder["straight"]);
        TinyRun.Run(plan with { MaxSteps = steps }, Data(), _folder["parts"]);
        var parts = TinyRun.Run(plan, Data(), _folder["parts"], resumes: true, threads: 3);
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
            var log = new TinyRun.Recorder { OnEvaluating = () => stop.Request() };
            var outcome = TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["parts"], log: log, stop: stop);
            Assert.That((outcome.End, outcome.Steps), Is.EqualTo((TrainingEnd.Stopped, 5L)));
            Assert.That(outcome.Epochs.Single().TestError, Is.Null);
        }

        AssertEqualRuns(straight, TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["parts"], resumes: true), "straight", "parts");
    }

    /// <summary>A crash between best.safetensors and last.safetensors: the best is a whole epoch ahead of the checkpoint that the run goes on from.</summary>
    [Test]
    public void ABestCheckpointAheadOfTheLastIsWrittenAgain()
    {
        DatasetSplit Data() => TinyRun.Data(validationImages: 8, trainImages: 48);
        var plan = TinyRun.Plan(dropout: 0.3f);
        TinyRun.Run(plan with { MaxSteps = 7, SaveEvery = 7 }, Data(), _folder["parts"]);
        byte[] last = Bytes("parts", "last");
        TinyRun.Run(plan with { MaxSteps = 10, EvaluateAtMaxSteps = true }, Data(), _folder["parts"], resumes: true);
        File.WriteAllBytes(_folder["parts/last.safetensors"], last);
        var parts = TinyRun.Run(plan, Data(), _folder["parts"], resumes: true);
        AssertEqualRuns(TinyRun.Run(plan, Data(), _folder["straight"]), parts, "straight", "parts");
        Assert.That(Bytes("parts", "best"), Is.EqualTo(Bytes("straight", "best")));
    }

    /// <summary>An evaluation that the recipe doesn't have, because the step limit asked for it, leaves no trace in the run.</summary>
    [TestCase(7)] // inside the second epoch
    [TestCase(5)] // at the end of the first, which is not evaluated otherwise
    public void AnEvaluationAtTheStepLimitChoosesNothing(int steps)
    {
        DatasetSplit Data() => TinyRun.Data(validationImages: 8, trainImages: 48);
        var plan = TinyRun.Plan(dropout: 0.3f) with { EvalEvery = 2 };
        var straight = TinyRun.Run(plan, Data(), _folder["straight"]);
        var first = TinyRun.Run(plan with { MaxSteps = steps, EvaluateAtMaxSteps = true }, Data(), _folder["parts"]);
        Assert.That(first.Epochs[^1].ValError, Is.Not.Null);
        Assert.That(_folder["parts/best.safetensors"], Does.Not.Exist);
        TinyRun.Run(plan, Data(), _folder["parts"], resumes: true);
        Assert.That(Bytes("parts", "last"), Is.EqualTo(Bytes("straight", "last")));
        Assert.That(Bytes("parts", "best"), Is.EqualTo(Bytes("straight", "best")));
        Assert.That(straight.Epochs.Count(e => e.ValError is not null), Is.EqualTo(2), "epochs 2 and 3");
    }

    [Test]
    public void SavesEverySoManySteps()
    {
        var saved = new List<long>();
        var log = new TinyRun.Recorder { OnStep = _ => saved.Add(File.Exists(_folder["run/last.safetensors"]) ? Processes.RunFiles.Steps(_folder["run"]) : 0) };
        TinyRun.Run(TinyRun.Plan(epochs: 2) with { SaveEvery = 3 }, TinyRun.Data(), _folder["run"], log: log);
        Assert.That(saved, Is.EqualTo(new long[] { 0, 0, 0, 3, 3, 5, 6, 6, 6, 9 }), "as seen after each step, before its own save");
    }

    [Test]
    public void ACheckpointThatLostItsMomentumIsRefused()
    {
        TinyRun.Run(TinyRun.Plan() with { MaxSteps = 7 }, TinyRun.Data(), _folder["run"]);
        WithoutMomentum(_folder["run/last.safetensors"]);
        var error = Assert.Throws<CheckpointException>(() => TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["run"], resumes: true))!;
        Assert.That(error.Message, Does.EndWith(
            "was written after step 7 without momentum, so a run with momentum 0.9 cannot go on from it; resume with --momentum 0, or start a new run."));
        var plain = TinyRun.Plan();
        TinyRun.Run(plain with { Recipe = plain.Recipe with { Momentum = 0 } }, TinyRun.Data(), _folder["run"], resumes: true);
    }

    /// <summary>Where a run has no momentum, its checkpoint needs none: before the first step, and where it is thrown away next.</summary>
    [TestCase(0)]
    [TestCase(5)]
    public void MomentumMayBeMissingWhereARunHasNone(int steps)
    {
        var plan = TinyRun.Plan() with { EvalEvery = 0 };
        var firstEpoch = plan with { Recipe = plan.Recipe with { Epochs = 1 } };
        TinyRun.Run(steps == 0 ? plan with { MaxSteps = 0 } : firstEpoch, TinyRun.Data(), _folder["run"]);
        WithoutMomentum(_folder["run/last.safetensors"]);
        Assert.That(Processes.RunFiles.Steps(_folder["run"]), Is.EqualTo(steps));
        var resumed = TinyRun.Run(plan, TinyRun.Data(), _folder["run"], resumes: true);
        TinyRun.Run(plan, TinyRun.Data(), _folder["straight"]);
        Assert.That(resumed.Steps, Is.EqualTo(15));
        Assert.That(Bytes("run", "last"), Is.EqualTo(Bytes("straight", "last")));
    }

    /// <summary>A momentum that is switched off does not stay behind in the checkpoints.</summary>
    [Test]
    public void MomentumThatIsSwitchedOffIsGone()
    {
        TinyRun.Run(TinyRun.Plan() with { MaxSteps = 2 }, TinyRun.Data(), _folder["run"]);
        var plain = TinyRun.Plan();
        TinyRun.Run(plain with { Recipe = plain.Recipe with { Momentum = 0 }, MaxSteps = 3 }, TinyRun.Data(), _folder["run"], resumes: true);
        using var file = SafetensorsFile.Open(_folder["run/last.safetensors"]);
        Assert.That(file.Tensors.Select(t => t.Name), Has.None.StartsWith("momentum."));
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

    /// <summary>Writes the checkpoint again, as a tool would that knows nothing of momentum.</summary>
    private static void WithoutMomentum(string path)
    {
        var writer = new SafetensorsWriter { IncludeChecksum = true };
        using (var file = SafetensorsFile.Open(path))
        {
            foreach (var (key, value) in file.ReadMetadata()) writer.SetMetadata(key, value);
            foreach (var t in file.Tensors.Where(t => !t.Name.StartsWith("momentum.", StringComparison.Ordinal)))
            {
                byte[] data = new byte[t.SizeInBytes];
                file.Read(t, data);
                writer.Add(t.Name, t.DType, t.Shape, data);
            }
        }

        writer.Save(path);
    }

    private byte[] Bytes(string run, string name) => File.ReadAllBytes(_folder[$"{run}/{name}.safetensors"]);
}
