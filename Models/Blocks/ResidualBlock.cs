using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Tensors;

namespace WrnEngine.Models.Blocks;

/// <summary>A residual block: convolutions, and a shortcut around them. What both orders of layers have in common.</summary>
public abstract class ResidualBlock : Module
{
    private ShortcutKind _kind;
    private Conv2d? _projection;
    private BatchNorm2d? _projectionNorm;
    private Dropout? _shortcutDropout;

    private protected ResidualBlock(BlockLayout layout) => Layout = layout;

    /// <summary>The block's convolutions.</summary>
    public BlockLayout Layout { get; }

    /// <summary>The layers in order, for a summary.</summary>
    /// <param name="name">The block's name.</param>
    /// <param name="input">Shape of the block's input.</param>
    internal abstract IEnumerable<LayerInfo> Describe(string name, Shape input);

    /// <summary>Makes the shortcut's layers; after the others, since initial weights are numbered in order.</summary>
    private protected void RegisterShortcut(BlockParts parts, bool withNorm)
    {
        _kind = parts.Shortcut;
        if (_kind == ShortcutKind.None) return;
        if (Layout.ChangesShape && _kind == ShortcutKind.Projection)
        {
            _projection = Register(parts.Names.Projection, parts.Conv(Layout.InChannels, new BlockConv(1, Layout.OutChannels, Layout.Stride)));
            if (withNorm) _projectionNorm = Register(parts.Names.ProjectionNorm, new BatchNorm2d(Layout.OutChannels, parts.Init));
        }

        var dropout = parts.Dropout(DropoutPlace.Shortcut);
        if (dropout is not null) _shortcutDropout = Register("shortcut_dropout", dropout);
    }

    /// <summary>Output of the shortcut: x itself, a tensor of its own, or null without a shortcut.</summary>
    /// <param name="x">Input of the block.</param>
    /// <param name="projected">What a projection reads.</param>
    private protected Tensor? Shortcut(Tensor x, Tensor projected)
    {
        if (_kind == ShortcutKind.None) return null;
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

    /// <summary>The sum, without the handles of its terms; x stays the caller's.</summary>
    private protected static Tensor Add(Tensor residual, Tensor? shortcut, Tensor x)
    {
        if (shortcut is null) return residual;
        var y = residual + shortcut;
        residual.Release();
        if (shortcut != x) shortcut.Release();
        return y;
    }

    /// <summary>The shortcut's rows.</summary>
    private protected IEnumerable<LayerInfo> DescribeShortcut(string name, BlockParts parts, Shape input, Shape output)
    {
        if (_projection is not null)
        {
            yield return LayerInfos.Conv($"{name}.{parts.Names.Projection}", LayerInfos.BlockLayer, _projection, input);
            if (_projectionNorm is not null) yield return LayerInfos.BatchNorm($"{name}.{parts.Names.ProjectionNorm}", LayerInfos.BlockLayer, _projectionNorm, output);
        }
        else if (Layout.ChangesShape && _kind == ShortcutKind.IdentityPad)
        {
            yield return new LayerInfo($"{name}.shortcut", $"identity{(Layout.Stride > 1 ? $" /{Layout.Stride}" : "")}, zero channels", LayerInfos.BlockLayer, input, output, 0, 0);
        }

        if (_shortcutDropout is not null) yield return new LayerInfo($"{name}.shortcut_dropout", "Dropout", LayerInfos.BlockLayer, output, output, 0, 0);
    }

    private Tensor Padded(Tensor x)
    {
        if (Layout.Stride == 1) return x.PadChannels(Layout.OutChannels);
        var pixels = x.AveragePool2d(1, Layout.Stride);
        var padded = pixels.PadChannels(Layout.OutChannels);
        pixels.Release();
        return padded;
    }
}
