using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Models.Safetensors;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Prediction;

namespace WrnEngine.Tests.Training.Exports;

/// <summary><c>wrn export</c> and <c>wrn import</c> from file to file.</summary>
[Category("Training")]
public class ExportVerbTests
{
    private const string Network = "wrn-10-1-synthetic";

    private TempFolder _folder = null!;

    [SetUp]
    public void CreateFolder() => _folder = new TempFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    /// <summary>ONNX Runtime, given the values that the metadata describe, says what predict says.</summary>
    [Test]
    public void OnnxSaysWhatPredictSays()
    {
        Done("export", Network, "--output", _folder["n.onnx"]);
        using var session = new InferenceSession(_folder["n.onnx"]);
        var metadata = session.ModelMetadata.CustomMetadataMap;
        float[] mean = Numbers(metadata["image_mean"]), std = Numbers(metadata["image_std"]);
        Assert.That((metadata["image_height"], metadata["image_width"], metadata["dataset"]), Is.EqualTo(("32", "32", "synthetic")));
        Assert.That(metadata["class_names"], Does.Contain("\"zigzag\""));
        Assert.That(metadata.Keys, Does.Not.Contain("format").And.Not.Contain("step").And.Not.Contain("options"));

        using var device = new CpuDevice(1);
        using var predictor = new Predictor(TrainedNetworks.Resolve(Network), device);
        byte[] pixels = new byte[predictor.Input.Size];
        new Random(4).NextBytes(pixels);
        var input = new DenseTensor<float>([1, 3, 32, 32]);
        for (int i = 0; i < pixels.Length; i++) input[0, i % 3, i / 96, i / 3 % 32] = (pixels[i] - mean[i % 3]) / std[i % 3];
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("images", input)]);
        float[] logits = [.. results[0].AsEnumerable<float>()];
        double sum = logits.Sum(l => Math.Exp(l - logits.Max()));
        foreach (var score in predictor.Predict([pixels], 10)[0])
            Assert.That(score.Probability, Is.EqualTo(Math.Exp(logits[score.Index] - logits.Max()) / sum).Within(1e-4));
    }

    /// <summary>Out under another name and in again: the same weights, preprocessing and data set, without an option.</summary>
    [TestCase("authors", "f16")]
    [TestCase("xternalz", "f32")]
    [TestCase("xternalz", "bf16")]
    public void ComesBackFromOtherNames(string names, string type)
    {
        Done("export", Network, "--names", names, "--dtype", type, "--output", _folder["x.safetensors"]);
        Done("import", _folder["x.safetensors"], "--output", _folder["back.safetensors"]);
        using var original = Checkpoint.Open(TrainedNetworks.Resolve(Network));
        using var back = Checkpoint.Open(_folder["back.safetensors"]);
        var (a, b) = (original.ReadState(), back.ReadState());
        Assert.That((b.Model, b.Dataset, b.Step), Is.EqualTo((a.Model, a.Dataset, 0L)));
        Assert.That(b.Preprocessing!.Normalization!.Mean.ToArray(), Is.EqualTo(a.Preprocessing!.Normalization!.Mean.ToArray()));
        Assert.That(b.Preprocessing.ClassNames, Is.EqualTo(a.Preprocessing.ClassNames));
        double worst = Values(original, a.Model).Zip(Values(back, b.Model)).Max(p => Math.Abs(p.First - p.Second) / Math.Max(1e-3, Math.Abs(p.First)));
        Assert.That(worst, Is.LessThanOrEqualTo(type switch { "f32" => 0, "f16" => 1.0 / 2048, _ => 1.0 / 256 }));
        if (type != "f32") Assert.That(worst, Is.GreaterThan(0));
    }

    /// <summary>Our own names in float32 make a checkpoint without momentum, equal to the shipped one.</summary>
    [Test]
    public void OwnNamesMakeACheckpoint()
    {
        Done("export", Network, "--output", _folder["c.safetensors"]);
        Assert.That(File.ReadAllBytes(_folder["c.safetensors"]), Is.EqualTo(File.ReadAllBytes(TrainedNetworks.Resolve(Network))));
    }

    [Test]
    public void ARunsExportHasNoMomentumAndCountsItsBatches()
    {
        TinyRun.Run(TinyRun.Plan(epochs: 1), TinyRun.Data(), _folder["run"]);
        Done("export", _folder["run"], "--output", _folder["c.safetensors"]);
        Done("export", _folder["run"], "--names", "xternalz", "--output", _folder["x.safetensors"]);
        using var own = SafetensorsFile.Open(_folder["c.safetensors"]);
        using var other = SafetensorsFile.Open(_folder["x.safetensors"]);
        Assert.That(own.Tensors.Select(t => t.Name), Has.None.StartsWith("momentum."));
        var counter = other.Find("block3.layer.0.bn2.num_batches_tracked")!;
        byte[] bytes = new byte[8];
        other.Read(counter, bytes);
        Assert.That((counter.DType, counter.Shape.Count, BitConverter.ToInt64(bytes)), Is.EqualTo((SafetensorsDType.I64, 0, 5L)));
        Assert.That(other.ReadMetadata()["format"], Is.EqualTo("pt"));
    }

    /// <summary>A file of another program says nothing but names and shapes.</summary>
    [TestCase("--dataset cifar100", "cifar100", 0)]
    [TestCase("", "cifar10", 10)]
    [TestCase("--dataset fashion-mnist --normalize unit", "fashion-mnist", 10)]
    public void WeightsOfAnotherProgram(string options, string dataset, int names)
    {
        Bare(_folder["x.safetensors"]);
        Done(["import", _folder["x.safetensors"], "--output", _folder["c.safetensors"], .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        using var checkpoint = Checkpoint.Open(_folder["c.safetensors"]);
        var state = checkpoint.ReadState();
        Assert.That((state.Model, state.Dataset, state.Preprocessing!.ClassNames.Count), Is.EqualTo((new WideResNetOptions(10, 1), dataset, names)));
        Assert.That(state.Preprocessing.Normalization!.Mean[0], Is.EqualTo(options.Contains("unit") ? 0f : 125.3f));
        Assert.That(state.Preprocessing.Border, Is.EqualTo(dataset == "fashion-mnist" ? 2 : 0));
    }

    [Test]
    public void AnotherNetworkIsRefusedWithAList()
    {
        Bare(_folder["x.safetensors"]);
        var (code, _, error) = Wrn.Run("import", _folder["x.safetensors"], "--depth", "16", "--k", "1", "--output", _folder["c.safetensors"]);
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error, Does.Contain("does not hold the WRN-16-1 with 10 classes under the names of xternalz").And.Contain("30 tensors are missing").And.Contain("and 27 more"));
        Assert.That(error.Split('\n').Count(l => l.StartsWith("missing ", StringComparison.Ordinal)), Is.EqualTo(30), "each one");
        Assert.That(error.TrimEnd().Split('\n')[^1], Does.StartWith("wrn: "), "the sentence comes last");
        Assert.That(File.Exists(_folder["c.safetensors"]), Is.False);
    }

    [Test]
    public void UnknownNamesAreRefused()
    {
        var writer = new SafetensorsWriter();
        writer.Add("encoder\u001b.weight", SafetensorsDType.F32, [1], new byte[4]);
        writer.Save(_folder["x.safetensors"]);
        var (code, _, error) = Wrn.Run("import", _folder["x.safetensors"], "--output", _folder["c.safetensors"]);
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error, Does.Contain("1 tensors under names that are none of authors, xternalz, torchvision, timm (its first are 'encoder?.weight')"));
        File.WriteAllText(_folder["y"], "no safetensors file");
        Assert.That(Wrn.Run("import", _folder["y"], "--output", _folder["c.safetensors"]).ExitCode, Is.EqualTo(ExitCode.BadData));
    }

    [TestCase("export wrn-10-1-synthetic --names timm", ExitCode.BadData, "timm's names are for residual networks for ImageNet")]
    [TestCase("export wrn-10-1-synthetic --format onnx --dtype f16", ExitCode.Usage, "--dtype is for --format safetensors")]
    [TestCase("export wrn-10-1-synthetic --format pickle", ExitCode.Usage, "--format must be one of onnx, safetensors")]
    [TestCase("export wrn-10-1-synthetic --output /", ExitCode.InputOutput, "--output / is a folder; name a file.")]
    [TestCase("export", ExitCode.Usage, "export needs CHECKPOINT")]
    [TestCase("export a b", ExitCode.Usage, "export takes one CHECKPOINT, not 2: 'b' is too many.")]
    [TestCase("import x", ExitCode.Usage, "import needs --output")]
    [TestCase("import /nowhere/x --output y", ExitCode.InputOutput, "'/nowhere/x'")]
    public void Mistakes(string line, int exitCode, string part)
    {
        var (code, output, error) = Wrn.Run(line.Split(' '));
        Assert.That(code, Is.EqualTo(exitCode));
        Assert.That(output, Is.Empty);
        Assert.That(error, Does.Contain(part));
    }

    private static void Done(params string[] arguments)
    {
        var (code, output, error) = Wrn.Run(arguments);
        Assert.That((code, error), Is.EqualTo((ExitCode.Ok, "")));
        Assert.That(output, Is.Not.Empty);
    }

    private static float[] Numbers(string text) => [.. text.Split(' ').Select(float.Parse)];

    private static float[] Values(Checkpoint checkpoint, WideResNetOptions network)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(network, device);
        checkpoint.LoadInto(model);
        return [.. model.NamedParameters().Concat(model.NamedBuffers()).SelectMany(t => t.Value.ToArray<float>())];
    }

    /// <summary>A WRN-10-1 as xternalz's program would save it.</summary>
    private static void Bare(string path)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(10, 1), device);
        WrnEngine.Models.Safetensors.Naming.WeightExport.Writer(model, WrnEngine.Models.Safetensors.Naming.NamingScheme.Find("xternalz"), SafetensorsDType.F32).Save(path);
    }
}
