using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Models.Safetensors;
using WrnEngine.Tests.Support;
using WrnEngine.Training.Checkpoints;

namespace WrnEngine.Tests.Training.Checkpoints;

[Category("Training")]
public class CheckpointTests
{
    [Test]
    public void ComesBackToTheBit()
    {
        using var folder = new ScratchFolder();
        using var run = new CheckpointedRun();
        run.Train(2);
        Checkpoint.Save(folder["last.safetensors"], run.Model, run.Optimizer, run.State);
        using var other = new CheckpointedRun(seed: 12);
        other.Train(1);
        var state = Checkpoint.Load(folder.Path, other.Model, other.Optimizer);
        Assert.That(state.Step, Is.EqualTo(2));
        Assert.That(state.Model, Is.EqualTo(CheckpointedRun.Network));
        Assert.That(state.EpochSums, Is.EqualTo(run.State.EpochSums));
        Assert.That(state.Seed, Is.EqualTo(11));
        foreach (var (a, b) in run.Model.NamedParameters().Concat(run.Model.NamedBuffers()).Zip(other.Model.NamedParameters().Concat(other.Model.NamedBuffers())))
            TensorAssert.AreBitIdentical(b.Value.ToArray<float>(), a.Value.ToArray<float>(), a.Name);
        Assert.That(other.Optimizer.MomentumBuffers().Count(), Is.EqualTo(run.Model.NamedParameters().Count()));
        foreach (var (a, b) in run.Optimizer.MomentumBuffers().Zip(other.Optimizer.MomentumBuffers()))
            TensorAssert.AreBitIdentical(b.Value.ToArray<float>(), a.Value.ToArray<float>(), "momentum of " + a.Name);
    }

    /// <summary>2 N steps, and N steps, a new process, N steps: equal to the last bit, inside an epoch, at its end, and around a reset of the momentum.</summary>
    [TestCase(1, 6)]
    [TestCase(3, 5)]
    [TestCase(4, 5)]
    [TestCase(6, 8)]
    public void AResumedRunWritesTheSameBytes(int stopAt, int total)
    {
        using var folder = new ScratchFolder();
        using var whole = new CheckpointedRun();
        whole.Train(total);
        using (var first = new CheckpointedRun())
        {
            first.Train(stopAt);
            Checkpoint.Save(folder[Checkpoint.LastFileName], first.Model, first.Optimizer, first.State);
        }
        using var second = new CheckpointedRun();
        second.Resume(folder.Path);
        second.Train(total - stopAt);
        Assert.That(second.Bytes(), Is.EqualTo(whole.Bytes()));
    }

    [Test]
    public void EqualStatesGiveEqualBytesAndDifferentOnesDoNot()
    {
        using var a = new CheckpointedRun();
        using var b = new CheckpointedRun();
        using var c = new CheckpointedRun(seed: 12);
        a.Train(2);
        b.Train(2);
        c.Train(2);
        Assert.That(b.Bytes(), Is.EqualTo(a.Bytes()));
        Assert.That(c.Bytes(), Is.Not.EqualTo(a.Bytes()));
    }

    [Test]
    public void HoldsTensorsUnderTheirNamesAndNothingElse()
    {
        using var run = new CheckpointedRun();
        run.Train(1);
        using var stream = new MemoryStream(run.Bytes());
        using var file = SafetensorsFile.Open(stream, "x");
        var parameters = run.Model.NamedParameters().Select(p => p.Name).ToList();
        var expected = parameters.Concat(run.Model.NamedBuffers().Select(b => b.Name)).Concat(parameters.Select(p => "momentum." + p));
        Assert.That(file.Tensors.Select(t => t.Name), Is.EquivalentTo(expected));
        Assert.That(file.Find("group1.block0.conv0")!.Shape, Is.EqualTo(new long[] { 32, 16, 3, 3 }));
        var weight = run.Model.NamedParameters().Single(p => p.Name == "group1.block0.conv0").Value;
        TensorAssert.AreBitIdentical(file.ReadFloats(file.Find("group1.block0.conv0")!), weight.ToArray<float>());
        Assert.That(string.Join(" ", file.ReadMetadata().Keys), Is.EqualTo(
            "classes dataset depth dropout epoch epoch_errors epoch_loss_sum epoch_samples format format_version model seed sha256 step widen_factor"));
    }

    [Test]
    public void ABeginningHasNoMomentum()
    {
        using var run = new CheckpointedRun();
        using var trained = new CheckpointedRun(seed: 12);
        trained.Train(2);
        using var stream = new MemoryStream(run.Bytes());
        using var checkpoint = Checkpoint.Open(stream, "x");
        checkpoint.LoadInto(trained.Model, trained.Optimizer);
        Assert.That(trained.Optimizer.MomentumBuffers(), Is.Empty);
    }

    [Test]
    public void WeightsAloneForEvaluation()
    {
        using var run = new CheckpointedRun();
        run.Train(2);
        using var stream = new MemoryStream(run.Bytes());
        using var checkpoint = Checkpoint.Open(stream, "x");
        using var device = new CpuDevice(1);
        using var model = new WideResNet(checkpoint.ReadState().Model, device);
        checkpoint.LoadInto(model);
        foreach (var (a, b) in run.Model.NamedParameters().Concat(run.Model.NamedBuffers()).Zip(model.NamedParameters().Concat(model.NamedBuffers())))
            TensorAssert.AreBitIdentical(b.Value.ToArray<float>(), a.Value.ToArray<float>(), a.Name);
    }

    /// <summary>A file of another program, under the authors' names: tensors without a training state.</summary>
    [Test]
    public void WeightsOfAnotherProgram()
    {
        using var run = new CheckpointedRun();
        var writer = new SafetensorsWriter();
        foreach (var (name, value) in run.Model.NamedParameters().Concat(run.Model.NamedBuffers())) writer.Add(name, value);
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        using var checkpoint = Checkpoint.Open(stream, "x");
        using var other = new CheckpointedRun(seed: 12);
        checkpoint.LoadInto(other.Model);
        TensorAssert.AreBitIdentical(other.Model.NamedParameters().First().Value.ToArray<float>(), run.Model.NamedParameters().First().Value.ToArray<float>());
        Assert.That(() => checkpoint.ReadState(), Throws.InstanceOf<CheckpointException>().With.Message.Contains("'x' holds tensors but no training state"));
    }

    [Test]
    public void StateSurvivesExactly()
    {
        var state = new CheckpointState(new WideResNetOptions(16, 8, 100, 0.1f), "cifar100", ulong.MaxValue, 199, long.MaxValue, new EpochSums(Math.PI * 1e300, 12, 34))
        {
            Extra = new Dictionary<string, string> { ["best_error"] = "4.25", ["note"] = "\u00e4 \"quoted\"\n" },
        };
        foreach (double sum in new[] { 0.1 + 0.2, -0.0, double.Epsilon, double.NaN, double.PositiveInfinity })
        {
            var written = state with { EpochSums = state.EpochSums with { LossSum = sum } };
            var read = CheckpointMetadata.Read("x", CheckpointMetadata.Write(written).ToDictionary());
            Assert.That(read with { Extra = state.Extra }, Is.EqualTo(written));
            Assert.That(BitConverter.DoubleToInt64Bits(read.EpochSums.LossSum), Is.EqualTo(BitConverter.DoubleToInt64Bits(sum)));
            Assert.That(read.Extra, Is.EqualTo(state.Extra));
        }
    }

    [Test]
    public void ExtraStateMustNotHideAFixedField()
    {
        using var run = new CheckpointedRun();
        foreach (string key in new[] { "epoch", "sha256" })
        {
            var state = run.State with { Extra = new Dictionary<string, string> { [key] = "1" } };
            Assert.That(() => Checkpoint.Writer(run.Model, null, state), Throws.ArgumentException.With.Message.Contains($"'{key}'"));
        }
    }

    [Test]
    public void AFolderStandsForItsLastCheckpoint()
    {
        using var folder = new ScratchFolder();
        Assert.That(() => Checkpoint.Resolve(folder.Path), Throws.InstanceOf<FileNotFoundException>().With.Message.EqualTo($"there is no last.safetensors in the folder '{folder.Path}'"));
        Assert.That(() => Checkpoint.Resolve(folder["x"]), Throws.InstanceOf<FileNotFoundException>().With.Message.EqualTo($"there is no checkpoint '{folder["x"]}'"));
        File.WriteAllText(folder["last.safetensors"], "");
        File.WriteAllText(folder["best.safetensors"], "");
        Assert.That(Checkpoint.Resolve(folder.Path), Is.EqualTo(folder["last.safetensors"]));
        Assert.That(Checkpoint.Resolve(folder["best.safetensors"]), Is.EqualTo(folder["best.safetensors"]));
    }

    /// <summary>The disk fills up at any point of a save: the old checkpoint stays what it was.</summary>
    [Test]
    public void AFullDiskLeavesTheOldCheckpoint()
    {
        using var folder = new ScratchFolder();
        using var run = new CheckpointedRun();
        run.Train(1);
        string path = folder[Checkpoint.LastFileName];
        Checkpoint.Save(path, run.Model, run.Optimizer, run.State);
        byte[] old = File.ReadAllBytes(path);
        run.Train(1);
        var writer = Checkpoint.Writer(run.Model, run.Optimizer, run.State);
        for (long room = 0; room < old.Length; room += 99_991)
            Assert.That(() => AtomicFile.Write(path, s => WriteTo(writer, s, room)), Throws.InstanceOf<IOException>().With.Message.EqualTo($"cannot write '{path}': No space left on device; the old file is untouched"));
        // The last bytes are the digits of the checksum, written after everything else.
        Assert.That(() => AtomicFile.Write(path, s => WriteTo(writer, s, old.Length + 63)), Throws.InstanceOf<IOException>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(old));
        Assert.That(folder.Content.Single(), Is.EqualTo(Checkpoint.LastFileName));
        AtomicFile.Write(path, s => WriteTo(writer, s, old.Length + 64));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(run.Bytes()));
    }

    private static void WriteTo(SafetensorsWriter writer, Stream stream, long room)
    {
        using var full = new FailingStream(stream, room);
        writer.WriteTo(full);
    }
}
