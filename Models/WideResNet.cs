using WrnEngine.Devices;
using WrnEngine.Models.Blocks;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Models;

/// <summary>
/// The Wide Residual Network of Zagoruyko and Komodakis, arXiv 1605.07146, table 1: conv3x3 to 16 channels; three groups of N blocks with
/// 16 k, 32 k and 64 k channels at 1, 1/2 and 1/4 of the image's size; BN-ReLU, global average pool, linear classifier. The options
/// turn it into the paper's networks for ImageNet (table 7: a 7x7 stem, four stages) and the ResNets it compares with.
/// Parameters carry the names of the authors' checkpoints, <c>conv0</c>, <c>group0.block0.bn0.weight</c>, ..., <c>bn</c>, <c>fc</c>, and those of
/// torchvision in the networks for ImageNet.
/// </summary>
public sealed class WideResNet : Module
{
    private readonly Conv2d _stem;
    private readonly BatchNorm2d? _stemNorm;
    private readonly List<(string Name, ResidualBlock Block)> _blocks = [];
    private readonly BatchNorm2d? _bn;
    private readonly Linear _fc;
    private readonly NetworkPlan _plan;

    /// <summary>Builds the network with the authors' initialisation.</summary>
    /// <param name="options">Family, depth, width, classes, dropout.</param>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="seed">Seed of the initial weights and of dropout.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public WideResNet(WideResNetOptions options, Device device, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        DropoutState = new DropoutState { Seed = seed };
        _plan = new NetworkPlan(options);
        var init = new Initializer(seed, device, options.Architecture.NormsStartAtOne);
        var parts = new BlockParts(init)
        {
            Names = _plan.Names,
            Shortcut = options.EffectiveShortcut,
            DropRate = options.DropRate,
            DropoutAt = options.DropoutAt,
            DropoutState = DropoutState,
        };

        int channels = _plan.StemChannels;
        bool imageNet = options.Architecture.IsForImageNet; // where a pooling layer stands between the stem and a first block without a norm of its own
        _stem = Register(_plan.Names.Stem, new Conv2d(3, channels, imageNet ? 7 : 3, init, stride: imageNet ? 2 : 1, weightName: imageNet ? _plan.Names.ConvWeight : "")
        {
            FeedsNorm = _plan.HasStemNorm || (!imageNet && options.EffectiveOrder == LayerOrder.Pre),
        });
        if (_plan.HasStemNorm) _stemNorm = Register(_plan.Names.StemNorm, new BatchNorm2d(channels, init, relu: true));
        foreach (var (group, g) in _plan.Groups().Select((group, g) => (group, g)))
        {
            for (int b = 0; b < group.Blocks; b++)
            {
                var layout = _plan.Layout(group, channels, b == 0 ? group.Stride : 1);
                ResidualBlock block = options.EffectiveOrder == LayerOrder.Pre ? new PreActivationBlock(layout, parts) : new PostActivationBlock(layout, parts);
                string name = _plan.Names.Block(g, b);
                _blocks.Add((name, Register(name, block)));
                channels = group.OutChannels;
            }
        }

        if (_plan.HasFinalNorm) _bn = Register(_plan.Names.FinalNorm, new BatchNorm2d(channels, init, relu: true));
        _fc = Register("fc", new Linear(channels, options.NumClasses, init));
    }

    /// <summary>What was built.</summary>
    public WideResNetOptions Options { get; }

    /// <summary>Step and sample indices that the dropout layers read; set them before each training step.</summary>
    public DropoutState DropoutState { get; }

    /// <summary>The residual blocks in order, with their names.</summary>
    public IReadOnlyList<(string Name, ResidualBlock Block)> Blocks => _blocks;

    /// <summary>Images [N, 3, H, W] to logits [N, classes], float32; in between, activations have the device's <see cref="Device.ActivationType"/>.</summary>
    protected override Tensor ForwardCore(Tensor x)
    {
        var images = x.To(x.Device.ActivationType);
        var h = _stem.Consume(images);
        if (_stemNorm is not null) h = _stemNorm.Consume(h);
        if (Options.Architecture.IsForImageNet)
        {
            var pooled = h.MaxPool2d(3, 2, 1);
            h.Release();
            h = pooled;
        }

        foreach (var (_, block) in _blocks) h = block.Consume(h);
        if (_bn is not null) h = _bn.Consume(h);
        var features = h.GlobalAveragePool2d();
        h.Release();
        // A handful of classes gives tensor cores nothing to do, and logits lose more to rounding than they gain: the classifier is float32 on every device.
        var exact = features.To(DType.Float32);
        features.Release();
        return _fc.Consume(exact);
    }

    /// <summary>The layers in order, with shapes, parameters and multiply-accumulates for an input [N, 3, H, W].</summary>
    public IEnumerable<LayerInfo> Describe(Shape input)
    {
        var stem = LayerInfos.Conv(_plan.Names.Stem, 1, _stem, input);
        yield return stem;
        var shape = stem.Output;
        if (_stemNorm is not null) yield return LayerInfos.BatchNorm(_plan.Names.StemNorm, 1, _stemNorm, shape);
        if (Options.Architecture.IsForImageNet)
        {
            Shape pooled = [shape[0], shape[1], (shape[2] - 1) / 2 + 1, (shape[3] - 1) / 2 + 1];
            yield return new LayerInfo("maxpool", "MaxPool2d 3x3 /2", 1, shape, pooled, 0, 0);
            shape = pooled;
        }

        foreach (var (name, block) in _blocks)
        {
            var output = block.Layout.Output(shape);
            yield return new LayerInfo(name, block.Layout.Kind, 2, shape, output, 0, 0);
            foreach (var row in block.Describe(name, shape)) yield return row;
            shape = output;
        }

        if (_bn is not null) yield return LayerInfos.BatchNorm(_plan.Names.FinalNorm, 1, _bn, shape);
        Shape features = [shape[0], shape[1]];
        yield return new LayerInfo("pool", "GlobalAveragePool2d", 1, shape, features, 0, 0);
        yield return LayerInfos.Linear("fc", 1, _fc, features);
    }
}
