using WrnEngine.Nn;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Blocks;

/// <summary>
/// The pre-activation residual block of the paper, figure 1: BN-ReLU-conv for each convolution, dropout before each but the first, plus
/// the shortcut. Where the shape changes, the first BN-ReLU feeds both the branch and a 1x1 projection; otherwise the shortcut is the raw
/// input. No ReLU follows the addition.
/// </summary>
public sealed class PreActivationBlock : ResidualBlock
{
    private readonly BlockParts _parts;
    private readonly BatchNorm2d[] _norms;
    private readonly Conv2d[] _convs;
    private readonly Dropout?[] _dropouts;

    /// <summary>Makes the layers, their weights numbered in order.</summary>
    /// <param name="layout">The convolutions.</param>
    /// <param name="parts">What the blocks of the network share.</param>
    public PreActivationBlock(BlockLayout layout, BlockParts parts) : base(layout)
    {
        int count = layout.Convs.Count, channels = layout.InChannels;
        (_parts, _norms, _convs, _dropouts) = (parts, new BatchNorm2d[count], new Conv2d[count], new Dropout?[count]);
        for (int i = 0; i < count; i++)
        {
            _norms[i] = Register(parts.Names.Norm(i), new BatchNorm2d(channels, parts.Init, relu: true));
            var dropout = i > 0 ? parts.Dropout(DropoutPlace.Residual) : null;
            if (dropout is not null) _dropouts[i] = Register(DropoutName(i), dropout);
            _convs[i] = Register(parts.Names.Conv(i), parts.Conv(channels, layout.Convs[i]));
            channels = layout.Convs[i].OutChannels;
        }

        RegisterShortcut(parts, withNorm: false);
    }

    /// <summary>[N, inC, H, W] to [N, outC, H / stride, W / stride].</summary>
    protected override Tensor ForwardCore(Tensor x)
    {
        // Every handle is given up once its last reader has run; in training the tape keeps what the backward pass reads.
        var activated = _norms[0].Forward(x);
        var shortcut = Shortcut(x, projected: activated);
        var h = _convs[0].Consume(activated);
        for (int i = 1; i < _convs.Length; i++)
        {
            h = _norms[i].Consume(h);
            if (_dropouts[i] is { } dropout) h = dropout.Consume(h);
            h = _convs[i].Consume(h);
        }

        return Add(h, shortcut, x);
    }

    internal override IEnumerable<LayerInfo> Describe(string name, Shape input)
    {
        var shape = input;
        for (int i = 0; i < _convs.Length; i++)
        {
            yield return LayerInfos.BatchNorm($"{name}.{_parts.Names.Norm(i)}", LayerInfos.BlockLayer, _norms[i], shape);
            if (_dropouts[i] is not null) yield return new LayerInfo($"{name}.{DropoutName(i)}", "Dropout", LayerInfos.BlockLayer, shape, shape, 0, 0);
            var conv = LayerInfos.Conv($"{name}.{_parts.Names.Conv(i)}", LayerInfos.BlockLayer, _convs[i], shape);
            yield return conv;
            shape = conv.Output;
        }

        foreach (var row in DescribeShortcut(name, _parts, input, shape)) yield return row;
    }

    private string DropoutName(int index) => Layout.Convs.Count == 2 ? "dropout" : $"dropout{index}";
}
