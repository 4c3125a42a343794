using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training;

/// <summary>
/// Training on a device with memory of its own: it keeps the images and makes the batches, and is asked for losses only where somebody looks at them. The
/// run is the same, bit for bit.
/// </summary>
[Category("Training")]
public class RunsAheadTests
{
    private const long Enough = 1 << 30;

    [Test]
    public void TheRunIsThatOfTheHost()
    {
        var data = TinyRun.Data(validationImages: 8);
        var plan = TinyRun.Plan(epochs: 2, dropout: 0.2f);
        var (expectedLog, log) = (new TinyRun.Recorder(), new EveryThird());
        using var cpu = new CpuDevice(2);
        var expected = Train(plan, data, cpu, expectedLog);
        using var device = new RunsAheadDevice(cpu, Enough);
        var actual = Train(plan, data, device, log);

        foreach (var (name, values) in expected) Assert.That(actual[name], Is.EqualTo(values), name);
        Assert.That(log.Epochs.Select(e => e with { Seconds = 0 }), Is.EqualTo(expectedLog.Epochs.Select(e => e with { Seconds = 0 })));
        var shown = log.Shown.Select(r => (r.Epoch, r.Step, r.Lr, r.Loss, r.Error)).ToArray();
        Assert.That(shown, Has.Length.EqualTo(4)); // steps 3 and 4, the last, of two epochs
        Assert.That(shown, Is.SubsetOf(expectedLog.Steps.Select(r => (r.Epoch, r.Step, r.Lr, r.Loss, r.Error))));
        Assert.That(log.Steps.Select(r => (r.Epoch, r.Step)), Is.EqualTo(expectedLog.Steps.Select(r => (r.Epoch, r.Step))));
        // The images once, then four numbers a sample and step at the most, beside the weights.
        Assert.That(device.BytesReceived, Is.LessThan(data.Train.Source.Pixels.Length + data.Test.Source.Pixels.Length + Weights(expected) + 10_000));
    }

    [Test]
    public void ImagesThatDoNotFitComeFromTheHost()
    {
        var data = TinyRun.Data();
        var plan = TinyRun.Plan(epochs: 1);
        using var cpu = new CpuDevice(2);
        using var device = new RunsAheadDevice(cpu, data.Train.Source.Pixels.Length - 1);
        var expected = Train(plan, data, cpu, new TinyRun.Recorder());
        var actual = Train(plan, data, device, new EveryThird());
        foreach (var (name, values) in expected) Assert.That(actual[name], Is.EqualTo(values), name);
        Assert.That(device.BytesReceived, Is.GreaterThan(4L * 5 * TinyRun.BatchSize * data.Train.Source.ImageSize));
    }

    [Test]
    public void OnlyWhatTheOpCanDoIsMadeOnTheDevice()
    {
        var images = TestImages.Create(12, 8, 8);
        using var cpu = new CpuDevice(1);
        using var device = new RunsAheadDevice(cpu, Enough);
        using var resident = new ResidentImages(device);
        Assert.That(IsMade(new CropFlipTransform(ChannelNormalization.Paper, 8, 1), images, resident, device));
        Assert.That(IsMade(new NormalizeTransform(ChannelNormalization.Paper, 8), images, resident, device));
        Assert.That(IsMade(new ImageNetTransform(ChannelNormalization.Paper, 1), images, resident, device), Is.False);
        using var full = new RunsAheadDevice(cpu, images.Pixels.Length - 1);
        using var small = new ResidentImages(full);
        Assert.That(IsMade(new NormalizeTransform(ChannelNormalization.Paper, 8), images, small, device), Is.False);
        using var none = new ResidentImages(cpu);
        Assert.That(IsMade(new NormalizeTransform(ChannelNormalization.Paper, 8), images, none, cpu), Is.False);
        var low = TestImages.Create(12, CropFlip.Padding, 8);
        Assert.That(IsMade(new CropFlipTransform(ChannelNormalization.Paper, 8, 1), low, resident, device), Is.False);
    }

    [Test]
    public void ALossThatIsNoNumberIsFoundBeforeTheNextCheckpoint()
    {
        using var folder = new TempFolder();
        var plan = TinyRun.Plan(epochs: 1);
        plan = plan with { Recipe = plan.Recipe with { LearningRate = 1e30f } };
        using var cpu = new CpuDevice(2);
        using var device = new RunsAheadDevice(cpu, Enough);
        using (var run = RunFolder.Claim(folder["run"], resumes: false))
        using (var stop = new StopSignal())
        using (var trainer = new Trainer(plan, TinyRun.Data(), device, new EveryThird(), stop))
        {
            run.Describe([]);
            var error = Assert.Throws<UserException>(() => trainer.Run(run))!;
            Assert.That(error.ExitCode, Is.EqualTo(ExitCode.Diverged));
            Assert.That(error.Message, Does.Match(@"^the loss is \S+ at step 2 \(epoch 1, lr 1E\+30\); the first bad layer is \S+ \(\d+ of \d+ values of its .*no checkpoint"));
            Assert.That(run.LastCheckpoint, Does.Not.Exist);
        }

        Assert.That(cpu.Memory.LiveBuffers, Is.Zero);
    }

    private static bool IsMade(SampleTransform transform, ImageDataset images, ResidentImages resident, Device device)
    {
        using var batches = new DeviceBatches(ImageSubset.All(images), transform, 4, BatchOrder.Training, 1, 1, resident, device);
        return batches.AreMadeOnDevice;
    }

    private static Dictionary<string, float[]> Train(TrainingPlan plan, DatasetSplit data, Device device, ITrainingLog log)
    {
        using var stop = new StopSignal();
        long before = device.Memory.LiveBuffers;
        Dictionary<string, float[]> parameters;
        using (var trainer = new Trainer(plan, data, device, log, stop))
        {
            trainer.Run();
            parameters = trainer.Model.NamedParameters().ToDictionary(p => p.Name, p => p.Value.ToArray<float>());
        }

        Assert.That(device.Memory.LiveBuffers, Is.EqualTo(before));
        return parameters;
    }

    private static long Weights(Dictionary<string, float[]> parameters) => parameters.Values.Sum(v => 4L * v.Length);

    /// <summary>Looks at every third step and at the last one of an epoch.</summary>
    private sealed class EveryThird : ITrainingLog
    {
        private bool _shows;

        public List<StepReport> Steps { get; } = [];

        public List<StepReport> Shown { get; } = [];

        public List<EpochRecord> Epochs { get; } = [];

        public bool ShowsStep(int step, bool isLast) => _shows = isLast || step % 3 == 0;

        public void Step(in StepReport report)
        {
            Steps.Add(report);
            if (_shows) Shown.Add(report);
        }

        public void Evaluating(string what, int batch, int batches)
        {
            // Nobody looks.
        }

        public void Epoch(EpochRecord record, int epochs, double imagesPerSecond) => Epochs.Add(record);
    }
}
