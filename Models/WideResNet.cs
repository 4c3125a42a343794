using WrnEngine.Devices;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Models;

/// <summary>
/// The Wide Residual Network of Zagoruyko and Komodakis, arXiv 1605.07146, table 1: conv3x3 to 16 channels; three groups of N blocks with
/// 16 k, 32 k and 64 k channels at 1, 1/2 and 1/4 of the image's size; BN-ReLU, global average pool, linear classifier.
/// Parameters carry the names of the authors' checkpoints: <c>conv0</c>, <c>group0.block0.bn0.weight</c>, ..., <c>bn</c>, <c>fc</c>.
/// </summary>
public sealed class WideResNet : Module
{
    private const int StemChannels = 16;
    private const int GroupCount = 3;

    private readonly Conv2d _conv0;
    private readonly List<(string Name, WideBasicBlock Block)> _blocks = [];
    private readonly BatchNorm2d _bn;
    private readonly Linear _fc;

    /// <summary>Builds the network with the authors' initialisation.</summary>
    /// <param name="options">Depth, width, classes, dropout.</param>
    /// <param name="device">Where the parameters live.</param>
    /// <param name="seed">Seed of the initial weights and of dropout.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public WideResNet(WideResNetOptions options, Device device, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        DropoutState = new DropoutState { Seed = seed };
        var init = new Initializer(seed, device);
        _conv0 = Register("conv0", new Conv2d(3, StemChannels, 3, init));
        int channels = StemChannels;
        for (int group = 0; group < GroupCount; group++)
        {
            int width = (StemChannels << group) * options.WidenFactor;
            var members = new ModuleGroup();
            for (int b = 0; b < options.BlocksPerGroup; b++)
            {
                int stride = b == 0 && group > 0 ? 2 : 1;
                var dropout = options.DropRate > 0 ? new Dropout(options.DropRate, (ushort)_blocks.Count, DropoutState) : null;
                var block = members.Add($"block{b}", new WideBasicBlock(channels, width, stride, dropout, init));
                _blocks.Add(($"group{group}.block{b}", block));
                channels = width;
            }
            Register($"group{group}", members);
        }
        _bn = Register("bn", new BatchNorm2d(channels, init, relu: true));
        _fc = Register("fc", new Linear(channels, options.NumClasses, init));
    }

    /// <summary>What was built.</summary>
    public WideResNetOptions Options { get; }

    /// <summary>Step and sample indices that the dropout layers read; set them before each training step.</summary>
    public DropoutState DropoutState { get; }

    /// <summary>Images [N, 3, H, W] to logits [N, classes]; H and W divisible by 4.</summary>
    public override Tensor Forward(Tensor x)
    {
        var features = _conv0.Forward(x);
        foreach (var (_, block) in _blocks)
        {
            var next = block.Forward(features);
            features.Release();
            features = next;
        }
        var activated = _bn.Forward(features);
        features.Release();
        var pooled = activated.GlobalAveragePool2d();
        activated.Release();
        return _fc.Forward(pooled);
    }

    /// <summary>The layers in order, with shapes, parameters and multiply-accumulates for an input [N, 3, H, W].</summary>
    public IEnumerable<LayerInfo> Describe(Shape input)
    {
        var stem = LayerInfos.Conv("conv0", 1, _conv0, input);
        yield return stem;
        var shape = stem.Output;
        foreach (var (name, block) in _blocks)
        {
            var rows = block.Describe(name, shape).ToArray();
            var output = rows.First(r => r.Name == name + ".conv1").Output;
            yield return new LayerInfo(name, "WideBasicBlock", 2, shape, output, 0, 0);
            foreach (var row in rows) yield return row;
            shape = output;
        }
        yield return LayerInfos.BatchNorm("bn", 1, _bn, shape);
        Shape pooled = [shape[0], shape[1]];
        yield return new LayerInfo("pool", "GlobalAveragePool2d", 1, shape, pooled, 0, 0);
        yield return LayerInfos.Linear("fc", 1, _fc, pooled);
    }

    /// <summary>Gives the blocks of a group their names; its order of execution is the network's.</summary>
    private sealed class ModuleGroup : Module
    {
        private readonly List<WideBasicBlock> _members = [];

        public WideBasicBlock Add(string name, WideBasicBlock block)
        {
            _members.Add(block);
            return Register(name, block);
        }

        public override Tensor Forward(Tensor x) => _members.Aggregate(x, (h, block) => block.Forward(h));
    }
}
