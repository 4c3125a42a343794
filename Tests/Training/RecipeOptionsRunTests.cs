using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training;

/// <summary>Options that are off by default, in whole runs.</summary>
[Category("Training")]
public class RecipeOptionsRunTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void StepsAreTheOptionsWrittenOut()
    {
        var data = TinyRun.Data();
        var plan = With(TinyRun.Plan(epochs: 1), r => r with { Mixup = 0.4f, Cutout = 8, ClipGrad = 0.5f, ModelEmaDecay = 0.9f });
        using var device = new CpuDevice(2);
        using (var run = RunFolder.Claim(_folder["run"], resumes: false))
        using (var stop = new StopSignal())
        using (var trainer = new Trainer(plan with { EvalEvery = 0 }, data, device, new TinyRun.Recorder(), stop))
            trainer.Run(run);

        using var model = new WideResNet(plan.Network with { NumClasses = data.ClassCount }, device, plan.Seed);
        var named = model.NamedParameters().Concat(model.NamedBuffers()).ToArray();
        float[][] average = [.. named.Select(t => t.Value.ToArray<float>())];
        using var batches = new BatchLoader(
            data.Train, new CutoutTransform(new CropFlipTransform(data.Normalization, 32, plan.Seed), 8, plan.Seed), TinyRun.BatchSize, BatchOrder.Training, plan.Seed);
        using var optimizer = new Sgd(model.NamedParameters(), 0.1f, 0.9f, 5e-4f, 0, nesterov: true);
        var mixup = new Mixup(0.4f, plan.Seed, TinyRun.BatchSize);
        batches.StartEpoch(0);
        for (uint step = 0; batches.Next() is { } batch; step++)
        {
            using var scope = new StepScope();
            using var tape = new GradTape();
            mixup.Draw(step);
            var (images, labels) = batch.ToTensors(data.Train.Source, device);
            int size = data.Train.Source.ImageSize;
            float[] pixels = images.ToArray<float>(), partners = [.. mixup.Partners.ToArray().SelectMany(p => pixels[(p * size)..((p + 1) * size)])];
            int[] own = labels.ToArray<int>(), others = [.. mixup.Partners.ToArray().Select(p => own[p])];
            float share = mixup.Share, rest = 1 - share;
            var logits = model.Forward(images * share + Tensors.Tensor.From(partners, images.Shape, device) * rest);
            optimizer.ZeroGrad();
            (logits.SoftmaxCrossEntropy(labels) * share + logits.SoftmaxCrossEntropy(Tensors.Tensor.From(others, [own.Length], device)) * rest).Backward();
            GradientClipping.ClipGradNorm(model.NamedParameters(), 0.5f);
            optimizer.Step();
            for (int i = 0; i < named.Length; i++)
                average[i] = [.. average[i].Zip(named[i].Value.ToArray<float>(), (a, w) => MathF.FusedMultiplyAdd(1 - 0.9f, w - a, a))];
        }

        using var kept = Checkpoint.Open(_folder["run"]);
        using var actual = new WideResNet(model.Options, device);
        kept.LoadInto(actual, null);
        foreach (var (e, a) in model.NamedParameters().Zip(actual.NamedParameters())) Assert.That(a.Value.ToArray<float>(), Is.EqualTo(e.Value.ToArray<float>()), e.Name);
        kept.LoadInto(actual); // what the run would have evaluated
        foreach (var (a, i) in actual.NamedParameters().Concat(actual.NamedBuffers()).Select((a, i) => (a, i)))
            Assert.That(a.Value.ToArray<float>().Zip(average[i], (x, y) => Math.Abs(x - y)), Has.All.LessThan(1e-5f), a.Name);
    }

    [Test]
    public void TheAverageIsWhatIsEvaluated()
    {
        var plan = With(TinyRun.Plan(epochs: 2), r => r with { ModelEmaDecay = 0.8f });
        var outcome = TinyRun.Run(plan, TinyRun.Data(), _folder["ema"]);
        TinyRun.Run(TinyRun.Plan(epochs: 2), TinyRun.Data(), _folder["plain"]);
        using var device = new CpuDevice(2);
        using var resident = new ResidentImages(device);
        using var stop = new StopSignal();
        using var ema = Checkpoint.Open(_folder["ema"]);
        using var plain = Checkpoint.Open(_folder["plain"]);
        using var model = new WideResNet(ema.ReadState().Model, device);
        using var other = new WideResNet(ema.ReadState().Model, device);
        ema.LoadInto(model, null);
        plain.LoadInto(other);
        foreach (var (a, b) in model.NamedParameters().Zip(other.NamedParameters())) Assert.That(a.Value.ToArray<float>(), Is.EqualTo(b.Value.ToArray<float>()), a.Name);

        ema.LoadInto(model);
        var evaluation = new Evaluator(model, device, TinyRun.Data(), TinyRun.BatchSize, resident).Run(TinyRun.Data().Test, stop)!.Value;
        Assert.That((evaluation.Loss, evaluation.Error), Is.EqualTo((outcome.Epochs[^1].TestLoss, outcome.Epochs[^1].TestError)));
        ema.LoadInto(model, null);
        var own = new Evaluator(model, device, TinyRun.Data(), TinyRun.BatchSize, resident).Run(TinyRun.Data().Test, stop)!.Value;
        Assert.That(own.Loss, Is.Not.EqualTo(evaluation.Loss));
    }

    [Test]
    public void PatienceEndsTheRunWhereTheErrorStoppedFalling()
    {
        // Without a learning rate the statistics alone change, and with them the error, now and then.
        var plan = With(TinyRun.Plan(epochs: 9), r => r with { LearningRate = 0, Momentum = 0 }) with { Patience = 2 };
        var whole = TinyRun.Run(plan with { Patience = null }, TinyRun.Data(trainImages: 8), _folder["whole"]);
        double[] errors = [.. whole.Epochs.Select(e => e.TestError!.Value)];
        int expected = Enumerable.Range(1, 9).First(n => n == 9 || n > 2 && errors[..(n - 2)].Min() <= errors[(n - 2)..n].Min());
        Assert.That(expected, Is.LessThan(9), "there is something to see");
        var outcome = TinyRun.Run(plan, TinyRun.Data(trainImages: 8), _folder["run"]);
        Assert.That((outcome.End, outcome.Epochs.Count), Is.EqualTo((TrainingEnd.EarlyStopped, expected)));

        // In two parts it ends at the same place, and once over it stays over.
        TinyRun.Run(plan with { MaxSteps = expected - 1 }, TinyRun.Data(trainImages: 8), _folder["parts"]);
        var resumed = TinyRun.Run(plan, TinyRun.Data(trainImages: 8), _folder["parts"], resumes: true);
        Assert.That((resumed.End, resumed.Epochs.Count), Is.EqualTo((TrainingEnd.EarlyStopped, expected)));
        Assert.That(File.ReadAllBytes(_folder["parts/last.safetensors"]), Is.EqualTo(File.ReadAllBytes(_folder["run/last.safetensors"])));
        var again = TinyRun.Run(plan, TinyRun.Data(trainImages: 8), _folder["parts"], resumes: true);
        Assert.That((again.End, again.Steps), Is.EqualTo((TrainingEnd.EarlyStopped, resumed.Steps)));
    }

    [Test]
    public void TheTimeLimitEndsAtAStepAndEvaluates()
    {
        var limited = TinyRun.Plan() with { MaxTime = TimeSpan.FromTicks(1) };
        var log = new TinyRun.Recorder();
        var first = TinyRun.Run(limited, TinyRun.Data(), _folder["parts"], log: log);
        Assert.That((first.End, first.Steps), Is.EqualTo((TrainingEnd.MaxTime, 1L)));
        Assert.That(first.Epochs.Single().TestError, Is.Not.Null);
        Assert.That((log.Steps[^1].IsLast, log.Steps[^1].Remaining), Is.EqualTo((true, TimeSpan.Zero)));
        for (int step = 2; step <= 15; step++)
        {
            var next = TinyRun.Run(limited, TinyRun.Data(), _folder["parts"], resumes: true);
            Assert.That((next.End, next.Steps), Is.EqualTo((step < 15 ? TrainingEnd.MaxTime : TrainingEnd.Finished, (long)step)));
        }

        TinyRun.Run(TinyRun.Plan(), TinyRun.Data(), _folder["straight"]);
        Assert.That(File.ReadAllBytes(_folder["parts/last.safetensors"]), Is.EqualTo(File.ReadAllBytes(_folder["straight/last.safetensors"])));
    }

    [Test]
    public void OverfittingTrainsAndTestsOnTheFirstImagesAsTheyAre()
    {
        var data = TinyRun.Data(validationImages: 8).Overfit(2, TinyRun.BatchSize);
        Assert.That(data.Train.Indices.ToArray(), Is.EqualTo(data.Test.Indices.ToArray()).And.EqualTo(TinyRun.Data(validationImages: 8).Train.Indices[..16].ToArray()));
        Assert.That(data.Validation, Is.Null);
        Assert.That(data.TrainTransform(1, cutout: 8), Is.InstanceOf<NormalizeTransform>());
        var plan = With(TinyRun.Plan(epochs: 40), r => r with { Mixup = 1, Cutout = 8, LearningRate = 0.02f, DecayEpochs = [], WeightDecay = 0 }) with { EvalEvery = 40 };
        var outcome = TinyRun.Run(plan, data, _folder["run"]);
        Assert.That(outcome.Steps, Is.EqualTo(80));
        Assert.That(outcome.Epochs[^1].TrainError, Is.Zero, "learned by heart");
        Assert.That(() => TinyRun.Data().Overfit(6, TinyRun.BatchSize), Throws.InstanceOf<DatasetException>().With.Message.EqualTo(
            "--overfit-batches 6 needs 48 images at --batch-size 8, but there are 40 to train on; ask for fewer."));
    }

    private static TrainingPlan With(TrainingPlan plan, Func<Hyperparameters, Hyperparameters> change) => plan with { Recipe = change(plan.Recipe) };
}
