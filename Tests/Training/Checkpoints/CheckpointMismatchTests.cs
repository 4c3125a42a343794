using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Models.Safetensors;
using WrnEngine.Nn;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Training.Checkpoints;

namespace WrnEngine.Tests.Training.Checkpoints;

/// <summary>A checkpoint that does not fit is refused with one sentence, and changes nothing.</summary>
[Category("Training")]
public class CheckpointMismatchTests
{
    [TestCase(16, 1, 10, "(WRN-10-1 with 10 classes instead of WRN-16-1 with 10 classes): 30 tensors are missing ('group0.block1.bn0.bias', 'group0.block1.bn0.running_mean', 'group0.block1.bn0.running_var' and 27 more)")]
    [TestCase(10, 1, 100, "(WRN-10-1 with 10 classes instead of WRN-10-1 with 100 classes): 'fc.bias' has shape [10] instead of [100], 'fc.weight' has shape [10, 64] instead of [100, 64]")]
    [TestCase(10, 2, 10, "1 tensor is missing ('group0.block0.convdim'); 'bn.bias' has shape [64] instead of [128]")]
    public void AnotherNetwork(int depth, int k, int classes, string words)
    {
        using var device = new CpuDevice(1);
        using var saved = new WideResNet(new WideResNetOptions(10, 1), device);
        using var other = new WideResNet(new WideResNetOptions(depth, k, classes), device);
        Refuses(Bytes(saved), other, words);
    }

    [Test]
    public void ADeeperNetworkHasUnexpectedTensors()
    {
        using var device = new CpuDevice(1);
        using var saved = new WideResNet(new WideResNetOptions(16, 1), device);
        using var other = new WideResNet(new WideResNetOptions(10, 1), device);
        Refuses(Bytes(saved), other, "holds another network (WRN-16-1 with 10 classes instead of WRN-10-1 with 10 classes): 30 tensors are unexpected ('group0.block1.bn0.bias', ");
    }

    [Test]
    public void TheMomentumMustFitToo()
    {
        using var device = new CpuDevice(1);
        using var layer = new BatchNorm2d(3, new Initializer(1, device));
        foreach (var (name, dtype, shape, words) in new[]
        {
            ("momentum.weight", SafetensorsDType.F32, new long[] { 4 }, "'momentum.weight' has shape [4] instead of [3]"),
            ("momentum.weight", SafetensorsDType.I32, [3], "'momentum.weight' has type I32 instead of F32"),
            ("momentum.running_mean", SafetensorsDType.F32, [3], "1 tensor is unexpected ('momentum.running_mean')"),
            ("momentum.nothing", SafetensorsDType.F32, [3], "1 tensor is unexpected ('momentum.nothing')"),
            ("more\u0007", SafetensorsDType.F32, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1], "1 tensor is unexpected ('more?')"),
        })
        {
            var writer = Checkpoint.Writer(layer, null, State);
            writer.Add(name, dtype, shape, new byte[shape.Aggregate(4L, (a, b) => a * b)]);
            Refuses(Bytes(writer), layer, words);
        }
    }

    [Test]
    public void HalfPrecisionIsNotLoaded()
    {
        using var device = new CpuDevice(1);
        using var layer = new BatchNorm2d(3, new Initializer(1, device));
        var writer = new SafetensorsWriter();
        foreach (var (name, _) in layer.NamedParameters().Concat(layer.NamedBuffers())) writer.Add(name, SafetensorsDType.F16, [3], new byte[6]);
        Refuses(Bytes(writer), layer, "holds another network: 'bias' has type F16 instead of F32, 'running_mean' has type F16 instead of F32, 'running_var' has type F16 instead of F32 and 1 more");
    }

    [TestCase("format_version", "2", "has checkpoint format 2; this program reads format 1")]
    [TestCase("format_version", null, "has no 'format_version' in its metadata")]
    [TestCase("format", "pt", "holds tensors but no training state")]
    [TestCase("model", "resnet", "there is no network 'resnet'")]
    [TestCase("depth", "17", "describes a network that cannot be: depth 17 is not 6N+4")]
    [TestCase("depth", "sixteen", "has the unusable value 'sixteen' for 'depth' in its metadata")]
    [TestCase("widen_factor", "+8", "has the unusable value '+8' for 'widen_factor'")]
    [TestCase("classes", "1", "describes a network that cannot be")]
    [TestCase("dropout", "NaN", "describes a network that cannot be")]
    [TestCase("dropout", "0,3", "has the unusable value '0,3' for 'dropout'")]
    [TestCase("dataset", null, "has no 'dataset' in its metadata")]
    [TestCase("seed", "-1", "has the unusable value '-1' for 'seed'")]
    [TestCase("epoch", "-1", "has the unusable value '-1' for 'epoch'")]
    [TestCase("step", " 5", "has the unusable value ' 5' for 'step'")]
    [TestCase("step", "05", "has the unusable value '05' for 'step'")]
    [TestCase("epoch_loss_sum", "3f", "has the unusable value '3f' for 'epoch_loss_sum'")]
    [TestCase("epoch_loss_sum", "3FF0000000000000", "has the unusable value '3FF0000000000000' for 'epoch_loss_sum'")]
    [TestCase("epoch_errors", "-3", "has the unusable value '-3' for 'epoch_errors'")]
    [TestCase("epoch_samples", "9223372036854775808", "for 'epoch_samples'")]
    public void WrongMetadata(string key, string? value, string words)
    {
        var lines = CheckpointMetadata.Write(State).ToDictionary();
        if (value is null) lines.Remove(key);
        else lines[key] = value;
        Assert.That(() => CheckpointMetadata.Read("a/b.safetensors", lines), Throws.InstanceOf<CheckpointException>().With.Message.StartsWith("'a/b.safetensors' ").And.Message.Contains(words));
    }

    [Test]
    public void NotACheckpoint()
    {
        using var folder = new ScratchFolder();
        foreach (var (content, words) in new (byte[], string)[]
        {
            ([], "is not a usable safetensors file: it has 0 bytes"),
            ([.. "PK\u0003\u0004 this is a zip file of another program"u8], "its header claims"),
            ([.. new byte[64]], "its header does not start with '{'"),
        })
        {
            File.WriteAllBytes(folder["x"], content);
            Assert.That(() => Checkpoint.Open(folder["x"]), Throws.InstanceOf<CheckpointException>().With.Message.StartsWith($"'{folder["x"]}' ").And.Message.Contains(words));
        }
    }

    private static CheckpointState State => new(new WideResNetOptions(10, 1), "synthetic", 1, 0, 0, default);

    private static byte[] Bytes(WideResNet model) => Bytes(Checkpoint.Writer(model, null, State with { Model = model.Options }));

    private static byte[] Bytes(SafetensorsWriter writer)
    {
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    private static void Refuses(byte[] bytes, Module model, string words)
    {
        using var optimizer = new Sgd(model.NamedParameters(), 0.1f, momentum: 0.9f);
        optimizer.LoadMomentum(model.NamedParameters().First().Name, new float[model.NamedParameters().First().Value.Numel]);
        var before = Content(model);
        using var stream = new MemoryStream(bytes);
        using var checkpoint = Checkpoint.Open(stream, "x.safetensors");
        Assert.That(() => checkpoint.LoadInto(model, optimizer), Throws.InstanceOf<CheckpointException>().With.Message.StartsWith("'x.safetensors' holds another network").And.Message.Contains(words));
        Assert.That(() => checkpoint.LoadInto(model), Throws.InstanceOf<CheckpointException>());
        Assert.That(Content(model), Is.EqualTo(before));
        Assert.That(optimizer.MomentumBuffers().Count(), Is.EqualTo(1));
    }

    private static float[][] Content(Module model) => [.. model.NamedParameters().Concat(model.NamedBuffers()).Select(t => t.Value.ToArray<float>())];
}
