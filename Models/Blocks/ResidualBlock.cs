using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Blocks;

/// <summary>A residual block: convolutions with a batch norm each, and a shortcut around them. The order of the layers is the derived class's.</summary>
public abstract class ResidualBlock : Module
{
    private readonly BlockParts _parts;
    private readonly LayerOrder _order;
    private readonly BatchNorm2d[] _norms;
    private readonly Conv2d[] _convs;
    private readonly Dropout?[] _dropouts;
    private readonly Conv2d? _projection;
    private readonly BatchNorm2d? _projectionNorm;
    private readonly Dropout? _shortcutDropout;

    /// <summary>Makes the layers in the order they run in, then those of the shortcut: initial weights are numbered in that order.</summary>
    private protected ResidualBlock(BlockLayout layout, BlockParts parts, LayerOrder order)
    {
        Layout = layout;
        int count = layout.Convs.Count, channels = layout.InChannels;
        (_parts, _order, _norms, _convs, _dropouts) = (parts, order, new BatchNorm2d[count], new Conv2d[count], new Dropout?[count]);
        for (int i = 0; i < count; i++)
        {
            if (order == LayerOrder.Pre) _norms[i] = RegisterNorm(i, channels, relu: true);
            var dropout = i > 0 ? parts.Dropout(DropoutPlace.Residual) : null;
            if (dropout is not null) _dropouts[i] = Register(DropoutName(i), dropout);
            _convs[i] = Register(parts.Names.Conv(i), parts.Conv(channels, layout.Convs[i], feedsNorm: true));
            channels = layout.Convs[i].OutChannels;
            if (order == LayerOrder.Post) _norms[i] = RegisterNorm(i, channels, relu: i < count - 1);
        }

        if (parts.Shortcut == ShortcutKind.None) return;
        if (layout.ChangesShape && parts.Shortcut == ShortcutKind.Projection)
        {
            _projection = Register(parts.Names.Projection, parts.Conv(layout.InChannels, new BlockConv(1, layout.OutChannels, layout.Stride), feedsNorm: order == LayerOrder.Post));
            if (order == LayerOrder.Post) _projectionNorm = Register(parts.Names.ProjectionNorm, new BatchNorm2d(layout.OutChannels, parts.Init));
        }

        var onShortcut = parts.Dropout(DropoutPlace.Shortcut);
        if (onShortcut is not null) _shortcutDropout = Register("shortcut_dropout", onShortcut);
    }

    /// <summary>The block's convolutions.</summary>
    public BlockLayout Layout { get; }

    private protected IReadOnlyList<BatchNorm2d> Norms => _norms;

    private protected IReadOnlyList<Conv2d> Convs => _convs;

    /// <summary>The layers in order, for a summary.</summary>
    /// <param name="name">The block's name.</param>
    /// <param name="input">Shape of the block's input.</param>
    internal IEnumerable<LayerInfo> Describe(string name, Shape input)
    {
        var shape = input;
        for (int i = 0; i < _convs.Length; i++)
        {
            if (_order == LayerOrder.Pre) yield return Norm(i);
            if (_dropouts[i] is not null) yield return Dropout(DropoutName(i));
            var conv = LayerInfos.Conv($"{name}.{_parts.Names.Conv(i)}", LayerInfos.BlockLayer, _convs[i], shape);
            yield return conv;
            shape = conv.Output;
            if (_order == LayerOrder.Post) yield return Norm(i);
        }

        if (_projection is not null)
        {
            yield return LayerInfos.Conv($"{name}.{_parts.Names.Projection}", LayerInfos.BlockLayer, _projection, input);
            if (_projectionNorm is not null) yield return LayerInfos.BatchNorm($"{name}.{_parts.Names.ProjectionNorm}", LayerInfos.BlockLayer, _projectionNorm, shape);
        }
        else if (Layout.ChangesShape && _parts.Shortcut == ShortcutKind.IdentityPad)
        {
            string stride = Layout.Stride > 1 ? $" /{Layout.Stride}" : "";
            yield return new LayerInfo($"{name}.shortcut", $"identity{stride}, zero channels", LayerInfos.BlockLayer, input, shape, 0, 0);
        }

        if (_shortcutDropout is not null) yield return Dropout("shortcut_dropout");

        LayerInfo Norm(int i) => LayerInfos.BatchNorm($"{name}.{_parts.Names.Norm(i)}", LayerInfos.BlockLayer, _norms[i], shape);

        LayerInfo Dropout(string layer) => new($"{name}.{layer}", "Dropout", LayerInfos.BlockLayer, shape, shape, 0, 0);
    }

    /// <summary>Dropout before a convolution, where there is any; the handle of h goes on or is given up.</summary>
    private protected Tensor Drop(int conv, Tensor h) => _dropouts[conv] is { } dropout ? dropout.Consume(h) : h;

    /// <summary>Output of the shortcut: x itself, a tensor of its own, or null without a shortcut.</summary>
    /// <param name="x">Input of the block.</param>
    /// <param name="projected">What a projection reads.</param>
    private protected Tensor? Shortcut(Tensor x, Tensor projected)
    {
        if (_parts.Shortcut == ShortcutKind.None) return null;
        var shortcut = x;
        if (_projection is not null)
        {
            shortcut = _projection.Forward(projected);
            if (_projectionNorm is not null) shortcut = _projectionNorm.Consume(shortcut);
        }
        else if (Layout.ChangesShape)
        {
            shortcut = Padded(x);
        }

        if (_shortcutDropout is null) return shortcut;
        var dropped = _shortcutDropout.Forward(shortcut);
        if (shortcut != x && shortcut != dropped) shortcut.Release();
        return dropped;
    }

    private BatchNorm2d RegisterNorm(int index, int channels, bool relu) =>
        Register(_parts.Names.Norm(index), new BatchNorm2d(channels, _parts.Init, relu));

    private string DropoutName(int index) => Layout.Convs.Count == 2 ? "dropout" : $"dropout{index}";

    private Tensor Padded(Tensor x)
    {
        if (Layout.Stride == 1) return x.PadChannels(Layout.OutChannels);
        var pixels = x.AveragePool2d(1, Layout.Stride);
        var padded = pixels.PadChannels(Layout.OutChannels);
        pixels.Release();
        return padded;
    }
}
