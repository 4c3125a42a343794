using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training;

/// <summary>Whole runs whose steps are replayed as one graph, on the simulator's driver: the bits of runs that launch every kernel, with a fraction of the calls.</summary>
[Category("Kernels")]
[NonParallelizable]
public class GraphRunTests
{
    private const int BatchSize = 4;
    private const int StepsPerEpoch = 6;

    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown()
    {
        _folder.Dispose();
        SimulatorDriver.Reset();
    }

    /// <summary>Three epochs with dropout, a drop of the learning rate that resets the momentum, and an evaluation, with a smaller last batch, after each.</summary>
    [TestCase(true)]
    [TestCase(false, TestName = "GraphsGiveTheBitsOfSingleLaunches(images from the host)")]
    public void GraphsGiveTheBitsOfSingleLaunches(bool areResident)
    {
        var data = Data();
        var plan = Plan(epochs: 3, dropout: 0.3f, decayEpochs: [2]);
        // Images that the op of the device cannot make come from the host, pixel by pixel.
        if (!areResident) data = data with { Augmentation = Augmentation.ImageNet };
        var (single, singleLog, singleCalls) = Train(plan, data, graphs: false);
        // Another order of what is not ordered: of blocks and warps, and of work that no event and no stream puts behind other work.
        var (graph, graphLog, graphCalls) = Train(plan, data, graphs: true, seed: 7);
        AssertEqual(single, graph);
        Assert.That(graphLog.Epochs.Select(e => e with { Seconds = 0 }), Is.EqualTo(singleLog.Epochs.Select(e => e with { Seconds = 0 })));
        Assert.That(singleCalls.Count(c => c == "cuGraphLaunch"), Is.Zero);
        // Of 18 steps two are run one by one in the beginning, two where the momentum starts anew, and two where the first evaluation has put the test images
        // into the arena, if those are kept there.
        Assert.That(graphCalls.Count(c => c == "cuGraphLaunch"), Is.AtLeast(12));
        Assert.That(graphCalls.Count(c => c == "cuGraphLaunch"), Is.EqualTo(graphLog.Steps.Count - graphLog.EagerSteps));
    }

    /// <summary>Mixup draws anew in every step, clipping and averaging compute with what they find: all of it from the device's memory.</summary>
    [TestCase(0)]
    [TestCase(4, TestName = "SoItIsWithEveryOptionOfTheRecipe(images from the host)")]
    public void SoItIsWithEveryOptionOfTheRecipe(int cutout)
    {
        var plan = Plan(epochs: 2, dropout: 0.3f);
        plan = plan with { Recipe = plan.Recipe with { Mixup = 0.4f, Cutout = cutout, ClipGrad = 0.5f, ModelEmaDecay = 0.9f } };
        var (single, singleLog, _) = Train(plan, Data(), graphs: false, folder: "single");
        var (graph, graphLog, calls) = Train(plan, Data(), graphs: true, seed: 7, folder: "graph");
        AssertEqual(single, graph);
        Assert.That(graphLog.Epochs.Select(e => e with { Seconds = 0 }), Is.EqualTo(singleLog.Epochs.Select(e => e with { Seconds = 0 })));
        Assert.That(File.ReadAllBytes(_folder["graph/last.safetensors"]), Is.EqualTo(File.ReadAllBytes(_folder["single/last.safetensors"])), "averages included");
        Assert.That(calls.Count(c => c == "cuGraphLaunch"), Is.AtLeast(6));
    }

    [Test]
    public void AReplayedStepIsOneCopyAndOneLaunch()
    {
        var (_, log, _) = Train(Plan(epochs: 1, dropout: 0.3f), Data(trainImages: 10 * BatchSize), graphs: true, every: 100);
        Assert.That(log.Calls, Has.Count.EqualTo(10));
        for (int step = 4; step <= 9; step++) // the last one is looked at
            Assert.That(log.Calls[step - 1], Is.EqualTo((string[])["cuMemcpyHtoDAsync", "cuGraphLaunch"]), $"calls of step {step}");
        for (int step = 3; step <= 10; step++)
            Assert.That(log.Calls[step - 1], Has.None.EqualTo("cuMemAlloc").And.None.EqualTo("cuMemFree").And.None.EqualTo("cuModuleLoadDataEx"), $"calls of step {step}");
        for (int step = 2; step <= 9; step++)
            Assert.That(log.Calls[step - 1], Has.None.Contains("Synchronize").And.None.Contains("DtoH"), $"calls of step {step}");
        Assert.That(log.Calls[9].Count(c => c.Contains("DtoH", StringComparison.Ordinal)), Is.EqualTo(1), "copies of results for ten steps");
    }

    /// <summary>The rate jumps in the second epoch: its first step makes bad weights, its second a loss of them, and the host looks four steps later.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void ALossThatIsNoNumberKeepsTheWeightsThatMadeIt(bool graphs)
    {
        var plan = Plan(epochs: 2, dropout: 0.3f, decayEpochs: [2]);
        plan = plan with { EvalEvery = 0, Recipe = plan.Recipe with { DecayRate = 1e32f, ResetsMomentum = false } };
        var (expected, _, _) = Train(plan with { MaxSteps = StepsPerEpoch + 1 }, Data(), graphs: false);
        var (actual, log, calls) = Train(plan, Data(), graphs, every: 100, error: @"^the loss is \S+ at step 8 \(epoch 2, lr \S+E\+3\d\); the first bad layer is \S+ \(\d+ of \d+ values of its .*; try ");
        Assert.That(calls.Contains("cuGraphLaunch"), Is.EqualTo(graphs));
        Assert.That(log.Steps, Has.Count.EqualTo(2 * StepsPerEpoch - 1), "noticed after the last step of the epoch, before its report");
        foreach (var (name, values) in expected)
            if (!name.Contains("running", StringComparison.Ordinal)) TensorAssert.AreBitIdentical(actual[name], values, name);
    }

    [TestCase(4)]
    [TestCase(9)]
    public void AResumedRunIsTheRunInOne(int steps)
    {
        var plan = Plan(epochs: 2, dropout: 0.3f, decayEpochs: [2]);
        Train(plan, Data(), graphs: true, folder: "straight");
        Train(plan with { MaxSteps = steps }, Data(), graphs: true, folder: "parts");
        Train(plan, Data(), graphs: true, folder: "parts", resumes: true);
        Assert.That(File.ReadAllBytes(_folder["parts/last.safetensors"]), Is.EqualTo(File.ReadAllBytes(_folder["straight/last.safetensors"])));
    }

    /// <summary>Checkpoints are read back between replays.</summary>
    [Test]
    public void SavingInBetweenChangesNothing()
    {
        var plan = Plan(epochs: 1) with { EvalEvery = 0 };
        var (expected, _, _) = Train(plan, Data(), graphs: false);
        var (actual, _, _) = Train(plan with { SaveEvery = 1 }, Data(), graphs: true, folder: "run");
        AssertEqual(expected, actual);
    }

    private static void AssertEqual(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
        foreach (var (name, values) in expected)
        {
            Assert.That(values, Has.None.Matches<float>(v => !float.IsFinite(v)), name);
            TensorAssert.AreBitIdentical(actual[name], values, name);
        }
    }

    private (Dictionary<string, float[]> State, CallLog Log, List<string> Calls) Train(
        TrainingPlan plan, DatasetSplit data, bool graphs, int seed = 0, int every = 3, string? error = null, string? folder = null, bool resumes = false)
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Seed = seed });
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Pooled, Graphs = graphs });
        var calls = new List<string>();
        var log = new CallLog(every, calls);
        SimulatorDriver.Intercept = call =>
        {
            calls.Add(call);
            return CudaResult.Success;
        };
        var state = new Dictionary<string, float[]>();
        using (var stop = new StopSignal())
        using (var trainer = new Trainer(plan, data, device, log, stop))
        using (var run = folder is null ? null : RunFolder.Claim(_folder[folder], resumes))
        {
            run?.Describe([]);
            if (resumes) trainer.Resume(run!.LastCheckpoint, MetricsCsv.Read(run.Metrics));
            calls.Clear();
            if (error is null) trainer.Run(run);
            else Assert.That(Assert.Throws<UserException>(() => trainer.Run(run))!.Message, Does.Match(error));
            foreach (NamedTensor t in (NamedTensor[])[.. trainer.Model.NamedParameters(), .. trainer.Model.NamedBuffers()]) state[t.Name] = t.Value.ToArray<float>();
        }

        Assert.That(device.Memory.LiveBuffers, Is.Zero, "buffers after the run");
        return (state, log, calls);
    }

    private static TrainingPlan Plan(int epochs, float dropout = 0, int[]? decayEpochs = null) => new(
        new WideResNetOptions(10, 1, DropRate: dropout), new Hyperparameters { Epochs = epochs, BatchSize = BatchSize, DecayEpochs = decayEpochs ?? [] }, Seed: 5);

    private static DatasetSplit Data(int trainImages = StepsPerEpoch * BatchSize)
    {
        const int Side = 8;
        var (train, test) = (TestImages.Create(trainImages, Side, Side), TestImages.Create(BatchSize + 2, Side, Side, seed: 2));
        return DatasetSplit.Create(train, test, ChannelNormalization.Of(train, threads: 1), null, validationImages: 0, seed: 5);
    }

    /// <summary>The calls of each step up to its report; looks at every so many.</summary>
    private sealed class CallLog(int every, List<string> calls) : ITrainingLog
    {
        private int _seen;

        public List<StepReport> Steps { get; } = [];

        public List<string[]> Calls { get; } = [];

        public List<EpochRecord> Epochs { get; } = [];

        public int EagerSteps { get; private set; }

        public bool ShowsStep(int step, bool isLast) => isLast || step % every == 0;

        public void Step(in StepReport report)
        {
            Steps.Add(report);
            Calls.Add([.. calls[_seen..]]);
            _seen = calls.Count;
            if (Calls[^1].Contains("cuLaunchKernel") && !Calls[^1].Contains("cuStreamBeginCapture")) EagerSteps++;
        }

        public void Evaluating(string what, int batch, int batches) => _seen = calls.Count;

        public void Epoch(EpochRecord record, int epochs, double imagesPerSecond)
        {
            Epochs.Add(record);
            _seen = calls.Count;
        }
    }
}
