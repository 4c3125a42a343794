using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Training;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training;

[Category("Training")]
public class TrainerTests
{
    [Test]
    public void StepsAreTheRecipeWrittenOut()
    {
        var data = TinyRun.Data();
        var plan = TinyRun.Plan(epochs: 2) with { EvalEvery = 0 };
        using var device = new CpuDevice(2);
        using var stop = new StopSignal();
        using var trainer = new Trainer(plan, data, device, new TinyRun.Recorder(), stop);
        trainer.Run();

        using var model = new WideResNet(plan.Network, device, plan.Seed);
        using var batches = new BatchLoader(
            data.Train, new CropFlipTransform(data.Normalization, 32, plan.Seed), TinyRun.BatchSize, BatchOrder.Training, plan.Seed);
        var optimizer = new Sgd(model.NamedParameters(), 0.1f, 0.9f, 5e-4f, 0, nesterov: true);
        for (int epoch = 0; epoch < 2; epoch++)
        {
            if (epoch == 1) // the first drop: a new optimizer has no momentum
            {
                optimizer.Dispose();
                optimizer = new Sgd(model.NamedParameters(), 0.02f, 0.9f, 5e-4f, 0, nesterov: true);
            }

            batches.StartEpoch(epoch);
            while (batches.Next() is { } batch)
            {
                using var scope = new StepScope();
                using var tape = new GradTape();
                var (images, labels) = batch.ToTensors(data.Train.Source, device);
                optimizer.ZeroGrad();
                model.Forward(images).SoftmaxCrossEntropy(labels).Backward();
                optimizer.Step();
            }
        }

        optimizer.Dispose();
        foreach (var (expected, actual) in model.NamedParameters().Zip(trainer.Model.NamedParameters()))
            Assert.That(actual.Value.ToArray<float>(), Is.EqualTo(expected.Value.ToArray<float>()), expected.Name);
    }

    [Test]
    public void ReportsRatesLossesAndErrors()
    {
        var log = new TinyRun.Recorder();
        var outcome = TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), log: log);
        Assert.That(outcome.End, Is.EqualTo(TrainingEnd.Finished));
        Assert.That(outcome.Steps, Is.EqualTo(15));
        Assert.That(string.Join(' ', outcome.Epochs.Select(e => $"{e.Epoch}:{e.Lr:G6}")), Is.EqualTo("1:0.1 2:0.02 3:0.004"));
        Assert.That(outcome.Epochs, Is.EqualTo(log.Epochs));
        Assert.That(log.Steps, Has.Count.EqualTo(15));
        Assert.That(string.Join(' ', log.Steps.Where(s => s.IsLast).Select(s => $"{s.Epoch}:{s.Step}")), Is.EqualTo("1:5 2:5 3:5"));
        foreach (var e in outcome.Epochs)
        {
            Assert.That(double.IsFinite(e.TrainLoss) && e.TestLoss is { } loss && double.IsFinite(loss));
            Assert.That(e.TrainError * TinyRun.TrainImages / 100 % 1, Is.EqualTo(0).Within(1e-9), "a whole number of images");
            Assert.That(e.TestError!.Value * TinyRun.TestImages / 100 % 1, Is.EqualTo(0).Within(1e-9).Or.EqualTo(1).Within(1e-9));
            Assert.That(e.ValError, Is.Null);
        }
    }

    [Test]
    public void TheIncompleteBatchIsDropped()
    {
        var log = new TinyRun.Recorder();
        TinyRun.Run(TinyRun.Plan(epochs: 1), TinyRun.Data(trainImages: 23), log: log);
        Assert.That(string.Join(' ', log.Steps.Select(s => $"{s.Step}/{s.StepsPerEpoch}")), Is.EqualTo("1/2 2/2"));
    }

    [TestCase(0, new int[0])]
    [TestCase(2, new[] { 2, 3 })]
    [TestCase(5, new[] { 3 })]
    public void EvaluatesEverySoManyEpochsAndAfterTheLast(int every, int[] evaluated)
    {
        var outcome = TinyRun.Run(TinyRun.Plan() with { EvalEvery = every }, TinyRun.Data());
        Assert.That(outcome.Epochs.Where(e => e.TestError is not null).Select(e => e.Epoch), Is.EqualTo(evaluated));
    }

    [TestCase(7, false, 2)]
    [TestCase(7, true, 2)]
    [TestCase(5, false, 1)]
    [TestCase(5, true, 1)]
    public void TheStepLimitEndsARunInsideAnEpoch(int steps, bool evaluates, int epochs)
    {
        var log = new TinyRun.Recorder();
        var outcome = TinyRun.Run(TinyRun.Plan() with { MaxSteps = steps, EvaluateAtMaxSteps = evaluates }, TinyRun.Data(), log: log);
        Assert.That(outcome.End, Is.EqualTo(TrainingEnd.MaxSteps));
        Assert.That(outcome.Steps, Is.EqualTo(steps));
        Assert.That(outcome.Epochs, Has.Count.EqualTo(epochs));
        Assert.That(outcome.Epochs[^1].TestError is not null, Is.EqualTo(evaluates));
        Assert.That(log.Steps[^1].IsLast, Is.True);
    }

    [Test]
    public void ValidationImagesChooseTheBestCheckpoint()
    {
        using var folder = new Data.TempFolder();
        var outcome = TinyRun.Run(TinyRun.Plan(), TinyRun.Data(validationImages: 10), folder["run"]);
        Assert.That(outcome.Epochs.Select(e => e.ValError), Has.None.Null);
        using var best = WrnEngine.Training.Checkpoints.Checkpoint.Open(folder["run/best.safetensors"]);
        int bestEpoch = outcome.Epochs.MinBy(e => e.ValError)!.Epoch;
        Assert.That(best.ReadState().Epoch, Is.EqualTo(bestEpoch));

        TinyRun.Run(TinyRun.Plan(epochs: 1), TinyRun.Data(), folder["plain"]);
        Assert.That(TinyRun.Files(folder["plain"]), Is.EqualTo("config.json last.safetensors metrics.csv"));
    }

    [Test]
    public void TheSpeedProbeLeavesNoTrace()
    {
        using var device = new CpuDevice(2);
        Assert.That(SpeedProbe.MacsPerSecond(device), Is.GreaterThan(0));
        Assert.That(device.Memory.LiveBuffers, Is.Zero);
    }

    [Test]
    public void NoStepAfterTheSecondTakesMemoryFromTheSystem()
    {
        using var device = new CpuDevice(2);
        using var stop = new StopSignal();
        var counts = new List<long>();
        var log = new TinyRun.Recorder { OnStep = _ => counts.Add(device.Memory.SystemAllocations) };
        using var trainer = new Trainer(TinyRun.Plan(epochs: 2, dropout: 0.2f) with { EvalEvery = 0 }, TinyRun.Data(), device, log, stop);
        trainer.Run();
        Assert.That(counts, Has.Count.EqualTo(10));
        Assert.That(counts.Skip(1).Distinct().Count(), Is.EqualTo(1), string.Join(' ', counts));
    }
}
