using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Blocks;

/// <summary>
/// The original residual block of He et al., 2015: conv-BN-ReLU for each convolution, dropout before each but the first, no ReLU after the
/// last batch norm; the shortcut, with a batch norm after its projection; a ReLU after the addition.
/// </summary>
public sealed class PostActivationBlock : ResidualBlock
{
    private readonly BlockParts _parts;
    private readonly Conv2d[] _convs;
    private readonly BatchNorm2d[] _norms;
    private readonly Dropout?[] _dropouts;

    /// <summary>Makes the layers, their weights numbered in order.</summary>
    /// <param name="layout">The convolutions.</param>
    /// <param name="parts">What the blocks of the network share.</param>
    public PostActivationBlock(BlockLayout layout, BlockParts parts) : base(layout)
    {
        int count = layout.Convs.Count, channels = layout.InChannels;
        (_parts, _convs, _norms, _dropouts) = (parts, new Conv2d[count], new BatchNorm2d[count], new Dropout?[count]);
        for (int i = 0; i < count; i++)
        {
            var dropout = i > 0 ? parts.Dropout(DropoutPlace.Residual) : null;
            if (dropout is not null) _dropouts[i] = Register(DropoutName(i), dropout);
            _convs[i] = Register(parts.Names.Conv(i), parts.Conv(channels, layout.Convs[i]));
            channels = layout.Convs[i].OutChannels;
            _norms[i] = Register(parts.Names.Norm(i), new BatchNorm2d(channels, parts.Init, relu: i < count - 1));
        }

        RegisterShortcut(parts, withNorm: true);
    }

    /// <summary>[N, inC, H, W] to [N, outC, H / stride, W / stride].</summary>
    protected override Tensor ForwardCore(Tensor x)
    {
        var shortcut = Shortcut(x, projected: x);
        var h = _norms[0].Consume(_convs[0].Forward(x));
        for (int i = 1; i < _convs.Length; i++)
        {
            if (_dropouts[i] is { } dropout) h = dropout.Consume(h);
            h = _norms[i].Consume(_convs[i].Consume(h));
        }

        var sum = Add(h, shortcut, x);
        var y = sum.Relu();
        sum.Release();
        return y;
    }

    internal override IEnumerable<LayerInfo> Describe(string name, Shape input)
    {
        var shape = input;
        for (int i = 0; i < _convs.Length; i++)
        {
            if (_dropouts[i] is not null) yield return new LayerInfo($"{name}.{DropoutName(i)}", "Dropout", LayerInfos.BlockLayer, shape, shape, 0, 0);
            var conv = LayerInfos.Conv($"{name}.{_parts.Names.Conv(i)}", LayerInfos.BlockLayer, _convs[i], shape);
            yield return conv;
            shape = conv.Output;
            yield return LayerInfos.BatchNorm($"{name}.{_parts.Names.Norm(i)}", LayerInfos.BlockLayer, _norms[i], shape);
        }

        foreach (var row in DescribeShortcut(name, _parts, input, shape)) yield return row;
    }

    private string DropoutName(int index) => Layout.Convs.Count == 2 ? "dropout" : $"dropout{index}";
}
