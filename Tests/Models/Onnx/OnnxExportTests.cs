using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Models.Onnx;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using Tensor = WrnEngine.Tensors.Tensor;

namespace WrnEngine.Tests.Models.Onnx;

/// <summary>Exported files, read and run by ONNX Runtime, a program that knows nothing of this one.</summary>
[Category("Cpu")]
public class OnnxExportTests
{
    private const double Tolerance = 1e-4;

    [TestCaseSource(typeof(SmallNetworks), nameof(SmallNetworks.All))]
    public void OnnxRuntimeComputesTheSameLogits(WideResNetOptions options) => Compare(options, side: 16);

    [TestCase("wrn-18", 1, 64)]
    [TestCase("wrn-50-2-bottleneck", 0.25, 64)]
    [TestCase("wrn-101-2-bottleneck", 0.125, 64)]
    [TestCase("resnet-50", 0.25, 50)]
    public void NetworksForImageNetAsWell(string name, double k, int side) => Compare(ImageNet(Architecture.Find(name), k), side);

    private static WideResNetOptions ImageNet(Architecture architecture, double k) =>
        new(architecture.DefaultDepth, k, NumClasses: 20) { Architecture = architecture };

    /// <summary>Ops that no network here uses, and an odd window.</summary>
    [Test]
    public void AnyModuleOfKnownOps()
    {
        using var cpu = new CpuDevice(2);
        using var tracer = new OnnxTracer(cpu);
        using var module = new Mixture();
        Compare(tracer, module, [3, 9, 7]);
    }

    [Test]
    public void AnOpWithoutANodeIsNamed()
    {
        using var cpu = new CpuDevice(2);
        using var tracer = new OnnxTracer(cpu);
        using var module = new Sorting();
        var error = Assert.Throws<NotSupportedException>(() => tracer.Export(module, [3, 4, 4], "sorting", [], Stream.Null));
        Assert.That(error!.Message, Does.Contain("ArgMax"));
    }

    [Test]
    public void TheModelStaysInTrainingModeAndMetadataGoesAlong()
    {
        using var cpu = new CpuDevice(2);
        using var tracer = new OnnxTracer(cpu);
        using var model = new WideResNet(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, tracer);
        using var file = new MemoryStream();
        tracer.Export(model, [3, 32, 32], "wrn", [KeyValuePair.Create("dataset", "cifar10")], file);
        Assert.That(model.IsTraining);
        using var session = new InferenceSession(file.ToArray());
        Assert.Multiple(() =>
        {
            Assert.That(session.ModelMetadata.CustomMetadataMap["dataset"], Is.EqualTo("cifar10"));
            Assert.That(session.ModelMetadata.ProducerName, Is.EqualTo("WrnEngine"));
            Assert.That(session.InputMetadata["images"].Dimensions, Is.EqualTo(new[] { -1, 3, 32, 32 }));
            Assert.That(session.OutputMetadata["logits"].Dimensions, Is.EqualTo(new[] { -1, 10 }));
        });
    }

    private static void Compare(WideResNetOptions options, int side)
    {
        using var cpu = new CpuDevice(2);
        using var tracer = new OnnxTracer(cpu);
        using var model = new WideResNet(options, tracer);
        var random = new Random(1);
        // Running statistics as after some training: a network that ignored them would be seen.
        foreach (var (name, buffer) in model.NamedBuffers())
        {
            var values = new float[buffer.Numel];
            for (int i = 0; i < values.Length; i++) values[i] = name.EndsWith("var", StringComparison.Ordinal) ? 0.5f + random.NextSingle() : random.NextSingle() - 0.5f;
            buffer.CopyFrom<float>(values);
        }
        Compare(tracer, model, [3, side, side]);
    }

    /// <summary>On another number of images than the one it was traced with.</summary>
    private static void Compare(OnnxTracer tracer, Module model, Shape image)
    {
        const int Batch = 3;
        using var file = new MemoryStream();
        tracer.Export(model, image, "test", [], file);
        var random = new Random(2);
        int[] dims = [Batch, .. image.Dims];
        var values = new float[dims.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = 2 * random.NextSingle() - 1;

        model.Eval();
        float[] expected;
        using (new StepScope())
        using (new NoGrad()) expected = model.Forward(Tensor.From(values, new Shape(dims), tracer)).ToArray<float>();
        using var session = new InferenceSession(file.ToArray());
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("images", new DenseTensor<float>(values, dims))]);
        float[] actual = [.. results[0].AsEnumerable<float>()];
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        double scale = expected.Max(Math.Abs);
        Assert.That(scale, Is.GreaterThan(0).And.LessThan(1e9));
        for (int i = 0; i < actual.Length; i++) Assert.That(Math.Abs(actual[i] - expected[i]) / scale, Is.LessThan(Tolerance), $"value {i}");
    }

    private sealed class Mixture : Module
    {
        protected override Tensor ForwardCore(Tensor x)
        {
            var wide = x.PadChannels(5).AveragePool2d(3, 2, 1).MaxPool2d(2);
            var positive = (wide * wide + 1f).Sqrt().Log();
            var mean = positive.Mean([2, 3], keepDims: true);
            return (positive - mean / 2f).Exp().Flatten().LogSoftmax();
        }
    }

    private sealed class Sorting : Module
    {
        protected override Tensor ForwardCore(Tensor x) => x.Flatten().ArgMax();
    }
}
