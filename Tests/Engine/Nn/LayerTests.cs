using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Nn;

/// <summary>What layers compute, in training and in evaluation mode, and the values they start from.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class LayerTests(TestDevice device) : DeviceFixture(device)
{
    private Initializer Init(ulong seed = 7) => new(seed, Device);

    [Test]
    public void ConvolutionKeepsTheSizeByDefault()
    {
        using var scope = new StepScope();
        using var conv = new Conv2d(3, 5, 3, Init());
        var x = TestData.For("conv").Normal([2, 3, 6, 4]);
        var y = conv.Forward(Upload(x));
        Assert.That((conv.Stride, conv.Padding), Is.EqualTo((1, 1)));
        TensorAssert.AreClose(y, ConvOracle.Forward(new Conv2dShape(2, 3, 6, 4, 5, 3, 3, 1, 1, 1, 1), x, RefArray.From(conv.Weight)), 27);
        using var pointwise = new Conv2d(3, 5, 1, Init(), stride: 2);
        Assert.That(pointwise.Forward(Upload(x)).Shape, Is.EqualTo(new Shape(2, 5, 3, 2)));
    }

    [Test]
    public void LinearIsAMatrixProductAndABias()
    {
        using var scope = new StepScope();
        using var linear = new Linear(6, 4, Init());
        linear.Bias.CopyFrom([1f, 2f, 3f, 4f]);
        var x = TestData.For("linear").Normal([3, 6]);
        TensorAssert.AreClose(linear.Forward(Upload(x)), MatMulOracle.Linear(x, RefArray.From(linear.Weight), RefArray.From(linear.Bias)), 6);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void BatchNormTrainsOnTheBatchAndEvaluatesOnTheRunningStatistics(bool relu)
    {
        using var scope = new StepScope();
        using var norm = new BatchNorm2d(4, Init(), relu);
        var x = TestData.For("bn").Normal([3, 4, 5, 2], mean: 2, std: 3);
        var (weight, bias) = (RefArray.From(norm.Weight), RefArray.From(norm.Bias));
        TensorAssert.AreClose(norm.Forward(Upload(x)), NormOracle.Forward(x, weight, bias, 1e-5, relu), 30);
        var (mean, variance) = NormOracle.Statistics(x);
        var (runningMean, runningVar) = NormOracle.UpdateRunning(new RefArray([4]), new RefArray([4]).Map(_ => 1), mean, variance, 30, 0.1);
        TensorAssert.AreClose(norm.RunningMean, runningMean, 30);
        TensorAssert.AreClose(norm.RunningVar, runningVar, 30);
        norm.Eval();
        var expected = NormOracle.Apply(x, runningMean, NormOracle.InvStd(runningVar, 1e-5), weight, bias, relu);
        TensorAssert.AreClose(norm.Forward(Upload(x)), expected, 30);
        TensorAssert.AreClose(norm.RunningMean, runningMean, 30, what: "evaluation leaves the statistics alone");
    }

    [Test]
    public void DropoutActsInTrainingOnly()
    {
        using var scope = new StepScope();
        var state = new DropoutState { Seed = 5, Step = 9, SampleIndices = Tensor.From([4, 2], [2], Device) };
        using var dropout = new Dropout(0.4f, 3, state);
        var x = TestData.For("dropout").Normal([2, 3, 4, 4]);
        var expected = DropoutOracle.Apply(x, RefArray.From([2], 4, 2), 0.4f, new DropoutKey(5, 9, 3));
        TensorAssert.AreClose(dropout.Forward(Upload(x)), expected);
        dropout.Eval();
        var input = Upload(x);
        Assert.That(dropout.Forward(input), Is.SameAs(input));
        dropout.Train();
        state.Step++;
        Assert.That(dropout.Forward(input).ToArray<float>(), Is.Not.EqualTo(expected.ToFloats()), "another step, another mask");
    }

    [TestCase(1f)]
    [TestCase(-0.1f)]
    [TestCase(float.NaN)]
    public void DropoutRefusesOtherProbabilities(float p) =>
        Assert.That(() => new Dropout(p, 0, new DropoutState()), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("0 <= p < 1"));

    [Test]
    public void TheInitialisersHaveTheStatedSpread()
    {
        using var scope = new StepScope();
        var init = Init();
        Shape shape = [64, 32, 3, 3];
        var he = RefArray.From(init.KaimingNormal(shape));
        double std = Math.Sqrt(2.0 / (32 * 9));
        Assert.That(he.Values.Average(), Is.EqualTo(0).Within(4 * std / Math.Sqrt(he.Count)));
        Assert.That(he.Rms(), Is.EqualTo(std).Within(0.02 * std));
        Assert.That(he.Values.Count(v => Math.Abs(v) > 2 * std) / (double)he.Count, Is.EqualTo(0.0455).Within(0.005), "two-sigma share of a normal distribution");
        var uniform = RefArray.From(init.Uniform([10_000], -0.5f, 1));
        Assert.That(uniform.Values.Min(), Is.InRange(-0.5, -0.499));
        Assert.That(uniform.Values.Max(), Is.InRange(0.999, 1));
        Assert.That(uniform.Values.Average(), Is.EqualTo(0.25).Within(0.02));
        Assert.That(init.Constant([3], 2.5f).ToArray<float>(), Is.EqualTo(new[] { 2.5f, 2.5f, 2.5f }));
    }

    /// <summary>Weight i of tensor number t comes from block i / 4 of the stream (purpose 1, ordinal t), in the order OIHW.</summary>
    [Test]
    public void InitialWeightsComeFromPhiloxByLogicalIndex()
    {
        using var scope = new StepScope();
        var init = Init(0x123456789ABCDEF0);
        _ = init.Uniform([1], 0, 1);
        var weight = init.Uniform([2, 3, 2, 3], -1, 1).ToArray<float>();
        for (int i = 0; i < weight.Length; i++)
        {
            uint word = PhiloxOracle.Draw([(uint)i / 4, 0, 0, (1u << 16) | 1], 0x123456789ABCDEF0)[i % 4];
            Assert.That(weight[i], Is.EqualTo(-1 + 2 * (float)((word >> 8) * Math.Pow(2, -24))).Within(1e-7), $"element {i}");
        }
        var normal = init.Normal([5], 2).ToArray<float>();
        uint[] words = PhiloxOracle.Draw([0, 0, 0, (1u << 16) | 2], 0x123456789ABCDEF0);
        double radius = Math.Sqrt(-2 * Math.Log((words[0] + 1.0) / 4294967296)), angle = 2 * Math.PI * words[1] / 4294967296;
        Assert.That(normal[0], Is.EqualTo(2 * radius * Math.Cos(angle)).Within(1e-5));
        Assert.That(normal[1], Is.EqualTo(2 * radius * Math.Sin(angle)).Within(1e-5));
    }

    [Test]
    public void EqualSeedsMakeEqualWeights()
    {
        using var scope = new StepScope();
        float[] Weights(ulong seed) => Init(seed).KaimingNormal([4, 3, 3, 3]).ToArray<float>();
        TensorAssert.AreBitIdentical(Weights(1), Weights(1));
        Assert.That(Weights(1), Is.Not.EqualTo(Weights(2)));
        var init = Init(1);
        var (first, second) = (init.Normal([8], 1), init.Normal([8], 1));
        Assert.That(second.ToArray<float>(), Is.Not.EqualTo(first.ToArray<float>()), "each tensor has numbers of its own");
    }

    [Test]
    public void PlainNormStartsAsThePaperSays()
    {
        using var norm = new BatchNorm2d(1000, Init());
        Assert.That(norm.Weight.ToArray<float>(), Has.All.InRange(0f, 1f));
        Assert.That(norm.Weight.ToArray<float>().Average(), Is.EqualTo(0.5).Within(0.05), "gamma ~ U(0, 1)");
        Assert.That(norm.Bias.ToArray<float>(), Has.All.Zero);
        Assert.That(norm.RunningMean.ToArray<float>(), Has.All.Zero);
        Assert.That(norm.RunningVar.ToArray<float>(), Has.All.EqualTo(1));
        using var linear = new Linear(25, 40, Init());
        Assert.That(linear.Weight.ToArray<float>(), Has.All.InRange(-0.2f, 0.2f));
        Assert.That(linear.Bias.ToArray<float>(), Has.All.Zero);
    }
}
