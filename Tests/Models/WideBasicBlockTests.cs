using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Models;

/// <summary>One block of each kind against the oracle, from the same weights.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
public class WideBasicBlockTests(TestDevice device) : DeviceFixture(device)
{
    [TestCase(16, 16, 1, TestName = "{m}(identity shortcut)")]
    [TestCase(16, 32, 1, TestName = "{m}(projection, stride 1)")]
    [TestCase(16, 32, 2, TestName = "{m}(projection, stride 2)")]
    [TestCase(5, 7, 2, TestName = "{m}(odd channels)")]
    [LeakCheck]
    public void MatchesTheOracle(int inChannels, int outChannels, int stride)
    {
        using var block = Block(inChannels, outChannels, stride, null);
        var images = TestData.For("block").Normal([3, inChannels, 8, 10]);
        foreach (bool training in new[] { false, true })
        {
            using var step = new StepScope();
            block.Train(training);
            var oracle = new WideResNetOracle(block) { IsTraining = training };
            var expected = oracle.Block("", images, stride);
            var actual = block.Forward(Upload(images));
            Assert.That(actual.Shape, Is.EqualTo(new Shape(3, outChannels, 8 / stride, 10 / stride)));
            TensorAssert.AreClose(actual, expected, 9 * (inChannels + outChannels), what: training ? "training" : "evaluation");
            foreach (var (name, value) in block.NamedBuffers())
                TensorAssert.AreClose(value, oracle.Weights[name], 9 * (inChannels + outChannels), what: name);
        }
    }

    [Test, LeakCheck]
    public void DropoutIsBeforeTheSecondConvolutionInTrainingOnly()
    {
        var state = new DropoutState { Seed = 77, Step = 5 };
        using var block = Block(8, 16, 1, new Dropout(0.3f, 4, state));
        var images = TestData.For("dropout block").Normal([2, 8, 6, 6]);
        var samples = RefArray.From([2], 11, 4);
        foreach (bool training in new[] { false, true })
        {
            using var step = new StepScope();
            block.Train(training);
            state.SampleIndices = UploadInt(samples);
            var oracle = new WideResNetOracle(block)
            {
                IsTraining = training,
                Dropout = training ? (_, x) => DropoutOracle.Apply(x, samples, 0.3f, new DropoutKey(77, 5, 4)) : null,
            };
            var expected = oracle.Block("", images, 1);
            TensorAssert.AreClose(block.Forward(Upload(images)), expected, 9 * 24, what: training ? "training" : "evaluation");
        }
    }

    /// <summary>The input's gradient has two ways back: through the branch, and through the shortcut or the projection.</summary>
    [TestCase(6, 6, 1)]
    [TestCase(6, 10, 2)]
    [LeakCheck]
    public void GradientOfTheInput(int inChannels, int outChannels, int stride)
    {
        using var block = Block(inChannels, outChannels, stride, null);
        var data = TestData.For("block gradient");
        var images = data.Normal([2, inChannels, 4, 4]);
        var weights = data.Normal([2, outChannels, 4 / stride, 4 / stride]);
        double Objective(RefArray x) => new WideResNetOracle(block) { IsTraining = true }.Block("", x, stride).Dot(weights);
        const double H = 1e-6;
        var expected = new RefArray(images.Shape);
        for (int i = 0; i < images.Count; i++)
        {
            var (up, down) = (images.Clone(), images.Clone());
            up.Values[i] += H;
            down.Values[i] -= H;
            expected.Values[i] = (Objective(up) - Objective(down)) / (2 * H);
        }
        using var step = new StepScope();
        using var tape = new GradTape();
        var x = Upload(images, requiresGrad: true);
        tape.Backward(block.Forward(x), Upload(weights));
        TensorAssert.AreClose(x.Grad!, expected, 9 * 16 * 32, what: "gradient of the input");
        foreach (var (_, p) in block.NamedParameters()) p.GradIsFresh = false;
    }

    private WideBasicBlock Block(int inChannels, int outChannels, int stride, Dropout? dropout)
    {
        var block = new WideBasicBlock(inChannels, outChannels, stride, dropout, new Initializer(3, Device));
        ModuleData.Randomize(block, $"block {inChannels} {outChannels} {stride}");
        return block;
    }
}
