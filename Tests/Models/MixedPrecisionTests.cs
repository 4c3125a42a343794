using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Training;

namespace WrnEngine.Tests.Models;

/// <summary>
/// Networks with bfloat16 activations on the kernels, against the same networks in float32. What each op computes is the business of its cases; here it is
/// the types between the ops, and that training goes the same way.
/// </summary>
[Category("Kernels")]
public class MixedPrecisionTests
{
    /// <summary>Half a unit in the last place of bfloat16, relative.</summary>
    private const double Rounding = 1.0 / 512;

    private static readonly WideResNetOptions Wrn10 = new() { Depth = 10, WidenFactor = 1 };

    [TestCaseSource(typeof(SmallNetworks), nameof(SmallNetworks.All))]
    public void AStepAgreesToThePrecisionOfBFloat16(WideResNetOptions options) => Compare(options, images: 3, side: 8, steps: 1, fuse: true);

    [TestCase(true)]
    [TestCase(false)]
    public void FiveStepsOfWrn10Agree(bool fuse) => Compare(Wrn10, images: 4, side: 16, steps: 5, fuse);

    [Test]
    public void ActivationsAreBFloat16AndWhatAddsUpIsFloat32()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        using var device = Open();
        using var model = new WideResNet(Wrn10, device);
        var types = new Dictionary<Type, HashSet<DType>>();
        foreach (var (_, module) in model.NamedModules())
            module.Forwarded += (_, y) => (types.TryGetValue(module.GetType(), out var seen) ? seen : types[module.GetType()] = []).Add(y.DType);
        var (x, labels) = FixedBatch.Create(device, 2, 8, Wrn10.NumClasses, seed: 1);
        using (new StepScope())
        using (new GradTape()) model.Forward(x).SoftmaxCrossEntropy(labels).Backward();
        Assert.Multiple(() =>
        {
            Assert.That(types[typeof(Conv2d)], Is.EqualTo(new[] { DType.BFloat16 }));
            Assert.That(types[typeof(BatchNorm2d)], Is.EqualTo(new[] { DType.BFloat16 }));
            Assert.That(types[typeof(Linear)], Is.EqualTo(new[] { DType.Float32 }));
            foreach (var (name, parameter) in model.NamedParameters())
            {
                Assert.That(parameter.DType, Is.EqualTo(DType.Float32), name);
                Assert.That(parameter.Grad!.DType, Is.EqualTo(DType.Float32), $"gradient of {name}");
            }
        });
        x.Release();
        labels.Release();
    }

    [Test]
    public void AStepHasNoFindings()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Checks = CheckKinds.All });
        using (var device = Open(ArenaMode.Separate)) NetworkSteps.Run(Wrn10 with { DropRate = 0.3f }, device, images: 2, side: 8, steps: 1);
        Assert.That(SimulatorDriver.Findings.Select(f => f.ToString()), Is.Empty);
    }

    [Test]
    public void TheSameBitsEveryTime()
    {
        var runs = new Dictionary<string, float[]>[2];
        for (int i = 0; i < runs.Length; i++)
        {
            SimulatorDriver.Reset(new SimulatorDriverOptions { Seed = i, Workers = i + 1 });
            using var device = Open();
            runs[i] = NetworkSteps.Run(Wrn10, device, images: 3, side: 8, steps: 2);
        }
        foreach (var (name, values) in runs[0]) Support.TensorAssert.AreBitIdentical(runs[1][name], values, name);
    }

    /// <summary>A rounded weight is kept over the batches of an evaluation, and made anew once the weight has changed.</summary>
    [Test]
    public void EvaluationSeesNewWeights()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        using var device = Open();
        using var model = new WideResNet(Wrn10, device);
        model.Eval();
        var (x, labels) = FixedBatch.Create(device, 2, 8, Wrn10.NumClasses, seed: 1);
        using var scope = new StepScope();
        using var evaluation = new NoGrad();
        float[] first = model.Forward(x).ToArray<float>(), again = model.Forward(x).ToArray<float>();
        Assert.That(again, Is.EqualTo(first));
        var conv = model.NamedParameters().First(p => p.Name == "group0.block0.conv0").Value;
        conv.CopyFrom<float>(Array.ConvertAll(conv.ToArray<float>(), w => -w));
        Assert.That(model.Forward(x).ToArray<float>(), Is.Not.EqualTo(first));
        x.Release();
        labels.Release();
    }

    [Test]
    public void GradientsOfACastAreCastBack()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        using var device = Open();
        using var scope = new StepScope();
        var x = Tensor.From([1.001f, -2f, 3f], [3], device);
        x.RequiresGrad = true;
        using (new GradTape()) (x.To(DType.BFloat16) * 3f).To(DType.Float32).Multiply(Tensor.From([1f, 2f, 1.001f], [3], device)).Sum().Backward();
        Assert.That(x.Grad!.DType, Is.EqualTo(DType.Float32));
        Assert.That(x.Grad.ToArray<float>(), Is.EqualTo([3f, 6f, 3f])); // 1.001 rounds to 1 on its way back
    }

    [Test]
    public void BFloat16NeedsTensorCores()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Device = SimulatedDeviceProperties.Sm75 });
        var error = Assert.Throws<NotSupportedException>(() => Open().Dispose());
        Assert.That(error!.Message, Does.Contain("bfloat16").And.Contain("8.0").And.Contain("7.5"));
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim");
        using var scope = new StepScope();
        var x = Tensor.Empty([2, 3], device, DType.BFloat16);
        Assert.That(() => x.Relu(), Throws.InstanceOf<ShapeException>().With.Message.Contains("computes in f32"));
    }

    private static CudaDevice Open(ArenaMode? arena = null, bool fuse = true) =>
        new(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { MixedPrecision = true, Arena = arena, Fuse = fuse });

    private static void Compare(WideResNetOptions options, int images, int side, int steps, bool fuse)
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        using var plain = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Fuse = fuse });
        var expected = NetworkSteps.Run(options, plain, images, side, steps);
        using var device = Open(fuse: fuse);
        var actual = NetworkSteps.Run(options, device, images, side, steps);
        // Two roundings a layer, up and down at random. Where an activation is nearer to zero than its error, rounding decides its mask: a share of error / pi of
        // them, each of which passes or blocks a gradient against one in two that should; a layer adds its own, and batch norms over a few values enlarge them.
        double activations = Rounding * Math.Sqrt(2 * options.Depth), gradients = 2 * Math.Sqrt(options.Depth * 2 * activations / Math.PI);
        // That holds of all gradients together; a single parameter's may be what is left of terms that cancel, and is held to be no other's.
        const double Wrong = 0.8;
        double largest = 0, allErrors = 0, allNorms = 0;
        Assert.Multiple(() =>
        {
            foreach (var (name, values) in expected.Where(e => IsCompared(e.Key)))
            {
                Assert.That(actual[name], Has.None.Matches<float>(v => !float.IsFinite(v)), name);
                double norm = NetworkSteps.Norm(values.Select(v => (double)v)), error = NetworkSteps.Norm(values.Zip(actual[name], (a, b) => (double)a - b)) / norm;
                bool isGradient = name.StartsWith("gradient", StringComparison.Ordinal);
                (allErrors, allNorms) = isGradient ? (allErrors + error * error * norm * norm, allNorms + norm * norm) : (allErrors, allNorms);
                double tolerance = name.StartsWith("gradient of fc", StringComparison.Ordinal) ? 4 * activations
                    : isGradient ? Wrong
                    : name.StartsWith("loss", StringComparison.Ordinal) ? Rounding * Math.Sqrt(options.Depth) * steps : Math.Sqrt(Rounding * options.Depth * steps);
                Assert.That(error, Is.LessThan(tolerance), name);
                largest = Math.Max(largest, error);
            }
        });
        Assert.That(Math.Sqrt(allErrors / allNorms), Is.LessThan(gradients), "all gradients together");
        Assert.That(largest, Is.GreaterThan(Rounding / 4), "nothing was rounded");
    }

    /// <summary>Weights after a step are nearly those before it, whatever the step was: what tells is in losses, gradients and logits.</summary>
    private static bool IsCompared(string name) =>
        name.StartsWith("loss", StringComparison.Ordinal) || name.StartsWith("gradient", StringComparison.Ordinal) || name.StartsWith("logits", StringComparison.Ordinal);
}
