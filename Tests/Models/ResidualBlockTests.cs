using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Models.Blocks;
using WrnEngine.Nn;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Models;

/// <summary>One block of each kind against the oracle, from the same weights.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
public class ResidualBlockTests(TestDevice device) : DeviceFixture(device)
{
    private static readonly string[] PaperBlocks = ["3,3", "3,1", "1,3", "3,1,1", "1,3,1", "3,1,3", "3", "3,3,3", "3,3,3,3"];

    /// <summary>Blocks by name: what the library is asked for, and what the oracle is told.</summary>
    private static IEnumerable<TestCaseData> Kinds()
    {
        foreach (string kernels in PaperBlocks)
        {
            yield return Case($"B({kernels}), identity", kernels, 12, 12, 1, new BlockKind());
            yield return Case($"B({kernels}), projection", kernels, 12, 20, 1, new BlockKind());
            yield return Case($"B({kernels}), projection, stride 2", kernels, 12, 20, 2, new BlockKind());
        }
        yield return Case("odd channels", "3,3", 5, 7, 2, new BlockKind());
        foreach (var order in Enum.GetValues<LayerOrder>())
        {
            foreach (var shortcut in Enum.GetValues<ShortcutKind>())
            {
                var kind = new BlockKind { Order = order, Shortcut = shortcut };
                yield return Case($"{order}, {shortcut}, equal shape", "3,3", 12, 12, 1, kind);
                yield return Case($"{order}, {shortcut}, stride 2", "3,3", 12, 20, 2, kind);
                yield return Case($"{order}, {shortcut}, wider", "3,1,3", 12, 20, 1, kind);
            }
            yield return Case($"bottleneck, {order}", "", 12, 20, 1, new BlockKind { Order = order });
            yield return Case($"bottleneck, {order}, stride on the first 1x1", "", 12, 20, 2, new BlockKind { Order = order });
            yield return Case($"bottleneck, {order}, stride on the 3x3, torchvision's names", "", 12, 20, 2, new BlockKind { Order = order, IsTorchvision = true });
            yield return Case($"torchvision's names, {order}", "3,3", 12, 12, 1, new BlockKind { Order = order, IsTorchvision = true });
        }

        static TestCaseData Case(string name, string kernels, int inChannels, int outChannels, int stride, BlockKind kind) =>
            new TestCaseData(kernels, inChannels, outChannels, stride, kind).SetName($"{{m}}({name})");
    }

    [TestCaseSource(nameof(Kinds))]
    [LeakCheck]
    public void MatchesTheOracle(string kernels, int inChannels, int outChannels, int stride, BlockKind kind)
    {
        var layout = Layout(kernels, inChannels, outChannels, stride, kind);
        using var block = kind.Create(layout, Device);
        var images = TestData.For("block").Normal([3, inChannels, 8, 10]);
        int reduction = 64 * 9 * (inChannels + outChannels) * layout.Convs.Count; // 64: Winograd's convolutions have up to eight times the error
        foreach (bool training in new[] { false, true })
        {
            using var step = new StepScope();
            block.Train(training);
            var oracle = new ResidualOracle(block) { IsTraining = training };
            var expected = oracle.Block("", images, kind.Oracle(layout));
            var actual = block.Forward(Upload(images));
            Assert.That(actual.Shape, Is.EqualTo(new Shape(3, outChannels, 8 / stride, 10 / stride)));
            Assert.That(layout.Output(images.Shape), Is.EqualTo(actual.Shape));
            TensorAssert.AreClose(actual, expected, reduction, what: training ? "training" : "evaluation");
            foreach (var (name, value) in block.NamedBuffers()) TensorAssert.AreClose(value, oracle.Weights[name], reduction, what: name);
        }
    }

    /// <summary>Before every convolution but the first, or on the shortcut; every layer with numbers of its own; in training only.</summary>
    [TestCase("3,3", DropoutPlace.Residual, 4)]
    [TestCase("3,1,3", DropoutPlace.Residual, 4)]
    [TestCase("3,3", DropoutPlace.Shortcut, 4)]
    [TestCase("3,3", DropoutPlace.Shortcut, 8)]
    [TestCase("3", DropoutPlace.Shortcut, 4)]
    [LeakCheck]
    public void Dropout(string kernels, DropoutPlace place, int inChannels)
    {
        var state = new DropoutState { Seed = 77, Step = 5 };
        foreach (var order in Enum.GetValues<LayerOrder>())
        {
            var kind = new BlockKind { Order = order, DropRate = 0.3f, DropoutAt = place, State = state };
            var layout = Layout(kernels, inChannels, 8, 1, kind);
            using var block = kind.Create(layout, Device);
            var images = TestData.For("dropout block").Normal([2, inChannels, 6, 6]);
            var samples = RefArray.From([2], 11, 4);
            foreach (bool training in new[] { false, true })
            {
                using var step = new StepScope();
                block.Train(training);
                state.SampleIndices = UploadInt(samples);
                var oracle = new ResidualOracle(block)
                {
                    IsTraining = training,
                    Dropout = training ? (i, x) => DropoutOracle.Apply(x, samples, 0.3f, new DropoutKey(77, 5, (ushort)i)) : null,
                };
                var expected = oracle.Block("", images, kind.Oracle(layout));
                TensorAssert.AreClose(block.Forward(Upload(images)), expected, 64 * 9 * 24, what: $"{order} {(training ? "training" : "evaluation")}");
            }
        }
    }

    /// <summary>The input's gradient has two ways back: through the branch, and through the shortcut.</summary>
    [TestCase("3,3", 6, 6, 1, LayerOrder.Pre, ShortcutKind.Projection)]
    [TestCase("3,3", 6, 10, 2, LayerOrder.Pre, ShortcutKind.Projection)]
    [TestCase("1,3", 6, 10, 2, LayerOrder.Pre, ShortcutKind.IdentityPad)]
    [TestCase("3,1", 6, 10, 2, LayerOrder.Pre, ShortcutKind.None)]
    [TestCase("3,3", 6, 10, 2, LayerOrder.Post, ShortcutKind.Projection)]
    [TestCase("3,3", 6, 10, 2, LayerOrder.Post, ShortcutKind.IdentityPad)]
    [TestCase("", 6, 10, 1, LayerOrder.Post, ShortcutKind.Projection)]
    [LeakCheck]
    public void GradientOfTheInput(string kernels, int inChannels, int outChannels, int stride, LayerOrder order, ShortcutKind shortcut)
    {
        var kind = new BlockKind { Order = order, Shortcut = shortcut };
        var layout = Layout(kernels, inChannels, outChannels, stride, kind);
        using var block = kind.Create(layout, Device);
        var data = TestData.For("block gradient");
        var images = data.Normal([2, inChannels, 4, 4]);
        var weights = data.Normal([2, outChannels, 4 / stride, 4 / stride]);
        double Objective(RefArray x) => new ResidualOracle(block) { IsTraining = true }.Block("", x, kind.Oracle(layout)).Dot(weights);
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

    private static BlockLayout Layout(string kernels, int inChannels, int outChannels, int stride, BlockKind kind) => kernels.Length == 0
        ? BlockLayout.Bottleneck(inChannels, 6, outChannels, stride, strideOn3x3: kind.IsTorchvision)
        : BlockLayout.Basic(inChannels, outChannels, stride, kernels.Split(',').Select(int.Parse).ToArray());

    /// <summary>A kind of block, for the library and for the oracle.</summary>
    public sealed record BlockKind
    {
        public LayerOrder Order { get; init; }

        public ShortcutKind Shortcut { get; init; }

        public bool IsTorchvision { get; init; }

        public float DropRate { get; init; }

        public DropoutPlace DropoutAt { get; init; }

        public DropoutState State { get; init; } = new();

        public ResidualBlock Create(BlockLayout layout, Device device)
        {
            var parts = new BlockParts(new Initializer(3, device))
            {
                Names = IsTorchvision ? LayerNames.Torchvision : LayerNames.Authors,
                Shortcut = Shortcut,
                DropRate = DropRate,
                DropoutAt = DropoutAt,
                DropoutState = State,
            };
            ResidualBlock block = Order == LayerOrder.Pre ? new PreActivationBlock(layout, parts) : new PostActivationBlock(layout, parts);
            ModuleData.Randomize(block, $"block {layout.InChannels} {layout.OutChannels} {layout.Stride}");
            return block;
        }

        internal OracleBlock Oracle(BlockLayout layout) => new([.. layout.Convs.Select(c => c.Stride)])
        {
            IsPost = Order == LayerOrder.Post,
            Pads = Shortcut == ShortcutKind.IdentityPad,
            IsPlain = Shortcut == ShortcutKind.None,
            DropsShortcut = DropRate > 0 && DropoutAt == DropoutPlace.Shortcut,
        };
    }
}
