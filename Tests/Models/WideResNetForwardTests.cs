using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Models;

/// <summary>Whole networks against the oracle: logits, running statistics, and the gradient of every parameter.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
public class WideResNetForwardTests(TestDevice device) : DeviceFixture(device)
{
    /// <summary>Errors of ten layers add up: as one long sum.</summary>
    private const int Reduction = 9 * 64 * 40;

    [TestCase(10, 1, 16, false)]
    [TestCase(10, 1, 16, true)]
    [TestCase(16, 2, 8, false)]
    [TestCase(16, 2, 8, true)]
    [LeakCheck]
    public void LogitsMatchTheOracle(int depth, int k, int size, bool training)
    {
        using var model = Model(new WideResNetOptions(depth, k));
        model.Train(training);
        var images = TestData.For("network").Normal([2, 3, size, size]);
        var oracle = new ResidualOracle(model) { IsTraining = training };
        var expected = oracle.Network(images, model.Options.BlocksPerGroup);
        using var step = new StepScope();
        TensorAssert.AreClose(model.Forward(Upload(images)), expected, Reduction, what: "logits");
        foreach (var (name, value) in model.NamedBuffers()) TensorAssert.AreClose(value, oracle.Weights[name], Reduction, what: name);
    }

    /// <summary>A network of each family and of each variation, from images to logits.</summary>
    [TestCase("wrn", 22, "3,1,3", null, null)]
    [TestCase("wrn", 10, "1,3", null, null)]
    [TestCase("wrn", 7, "3", null, null)]
    [TestCase("wrn", 10, "3,3", LayerOrder.Post, null)]
    [TestCase("wrn", 10, "3,3", null, ShortcutKind.None)]
    [TestCase("wrn", 10, "3,3", null, ShortcutKind.IdentityPad)]
    [TestCase("preact-basic", 8, "3,3", null, null)]
    [TestCase("preact-bottleneck", 11, "3,3", null, null)]
    [TestCase("resnet-basic", 14, "3,3", null, null)]
    [TestCase("resnet-basic", 8, "3,3", null, ShortcutKind.Projection)]
    [LeakCheck]
    public void EveryFamilyMatchesTheOracle(string family, int depth, string block, LayerOrder? order, ShortcutKind? shortcut)
    {
        var options = new WideResNetOptions(depth, 1)
        {
            Architecture = Architecture.Find(family),
            Block = block,
            Order = order,
            Shortcut = shortcut,
        };
        using var model = Model(options);
        var images = TestData.For("family").Normal([2, 3, 8, 8]);
        bool isBottleneck = options.Architecture.IsBottleneck;
        int convs = isBottleneck ? 3 : block.Split(',').Length;
        OracleBlock Of(int stride) => new([stride, .. Enumerable.Repeat(1, convs - 1)])
        {
            IsPost = (order ?? options.Architecture.Order) == LayerOrder.Post,
            Pads = (shortcut ?? options.Architecture.Shortcut) == ShortcutKind.IdentityPad,
            IsPlain = shortcut == ShortcutKind.None,
        };
        foreach (bool training in new[] { false, true })
        {
            model.Train(training);
            var oracle = new ResidualOracle(model) { IsTraining = training };
            var expected = oracle.Network(images, options.BlocksPerGroup, Of);
            using var step = new StepScope();
            TensorAssert.AreClose(model.Forward(Upload(images)), expected, Reduction, what: $"logits, {(training ? "training" : "evaluation")}");
        }
    }

    [TestCase("wrn-18", 1)]
    [TestCase("wrn-18", 1.5)]
    [TestCase("wrn-50-2-bottleneck", 0.25)]
    [LeakCheck]
    public void NetworksForImageNetMatchTheOracle(string family, double k)
    {
        var architecture = Architecture.Find(family);
        using var model = Model(new WideResNetOptions(architecture.DefaultDepth, k, NumClasses: 20) { Architecture = architecture });
        var images = TestData.For("ImageNet").Normal([1, 3, 34, 40]);
        OracleBlock Of(int stride) => new(architecture.IsBottleneck ? [1, stride, 1] : [stride, 1]) { IsPost = true };
        model.Eval();
        var expected = new ResidualOracle(model).ImageNetNetwork(images, [.. architecture.StageBlocks!], Of);
        using var step = new StepScope();
        TensorAssert.AreClose(model.Forward(Upload(images)), expected, Reduction, what: "logits");
    }

    [Test, LeakCheck]
    public void DropoutLayersDrawDifferentNumbers()
    {
        using var model = Model(new WideResNetOptions(10, 1, DropRate: 0.4f));
        model.DropoutState.Seed = 9;
        model.DropoutState.Step = 3;
        var samples = RefArray.From([2], 40, 7);
        var images = TestData.For("network with dropout").Normal([2, 3, 8, 8]);
        var oracle = new ResidualOracle(model)
        {
            IsTraining = true,
            Dropout = (layer, x) => DropoutOracle.Apply(x, samples, 0.4f, new DropoutKey(9, 3, (ushort)layer)),
        };
        var expected = oracle.Network(images, 1);
        using var step = new StepScope();
        model.DropoutState.SampleIndices = UploadInt(samples);
        TensorAssert.AreClose(model.Forward(Upload(images)), expected, Reduction, what: "logits");
    }

    /// <summary>
    /// The loss of a whole WRN-10-1 changes along a random direction of each parameter as its gradient says. The change is measured on the
    /// oracle, in double precision, so that the step can be small enough to meet no kink of a ReLU.
    /// </summary>
    [Test, LeakCheck]
    public void GradientOfEveryParameter()
    {
        using var model = Model(new WideResNetOptions(10, 1));
        var data = TestData.For("network gradient");
        var images = data.Normal([2, 3, 8, 8]);
        var labels = RefArray.From([2], 3, 8);
        var oracle = new ResidualOracle(model) { IsTraining = true };
        var running = model.NamedBuffers().ToDictionary(b => b.Name, b => oracle.Weights[b.Name]);

        double Loss(string name, RefArray value)
        {
            var original = oracle.Weights[name];
            oracle.Weights[name] = value;
            double loss = LossOracle.CrossEntropy(oracle.Network(images, 1), labels, smoothing: 0.1);
            oracle.Weights[name] = original;
            foreach (var (buffer, v) in running) oracle.Weights[buffer] = v;
            return loss;
        }

        using var step = new StepScope();
        using var tape = new GradTape();
        var loss = model.Forward(Upload(images)).SoftmaxCrossEntropy(UploadInt(labels), 0.1f);
        Assert.That(loss.Item(), Is.EqualTo(Loss("conv0", oracle.Weights["conv0"])).Within(1e-5));
        tape.Backward(loss);
        const double H = 1e-6, Allowed = 5e-4;
        foreach (var (name, parameter) in model.NamedParameters())
        {
            var weight = oracle.Weights[name];
            var direction = data.Normal(weight.Shape);
            double measured = (Loss(name, weight + direction * H) - Loss(name, weight + direction * -H)) / (2 * H);
            var gradient = RefArray.From(parameter.Grad!);
            double norm = Math.Sqrt(gradient.Dot(gradient));
            Assert.That(norm, Is.GreaterThan(0).And.LessThan(1e3), name);
            Assert.That(Math.Abs(gradient.Dot(direction) - measured), Is.LessThanOrEqualTo(Allowed * norm), $"{name}: {gradient.Dot(direction)} and {measured}");
        }
    }

    [Test]
    public void SeedsDecideTheWeights()
    {
        using var a = new WideResNet(new WideResNetOptions(10, 1), Device, seed: 5);
        using var b = new WideResNet(new WideResNetOptions(10, 1), Device, seed: 5);
        using var c = new WideResNet(new WideResNetOptions(10, 1), Device, seed: 6);
        foreach (var ((name, x), (_, y)) in a.NamedParameters().Zip(b.NamedParameters()))
            TensorAssert.AreBitIdentical(x.ToArray<float>(), y.ToArray<float>(), name);
        Assert.That(a.NamedParameters().First().Value.ToArray<float>(), Is.Not.EqualTo(c.NamedParameters().First().Value.ToArray<float>()));
    }

    private WideResNet Model(WideResNetOptions options)
    {
        var model = new WideResNet(options, Device, seed: 2);
        ModuleData.Randomize(model, options.Name);
        return model;
    }
}
