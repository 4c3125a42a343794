using WrnEngine.Nn;

namespace WrnEngine.Models.Blocks;

/// <summary>What the blocks of a network share: kind of shortcut, names, dropout, the source of initial weights.</summary>
public sealed class BlockParts(Initializer init)
{
    private int _dropouts;

    /// <summary>Source of initial weights.</summary>
    public Initializer Init { get; } = init;

    /// <summary>What layers are called.</summary>
    public LayerNames Names { get; init; } = LayerNames.Authors;

    /// <summary>What stands beside the convolutions.</summary>
    public ShortcutKind Shortcut { get; init; }

    /// <summary>Dropout probability; 0 makes no dropout layers.</summary>
    public float DropRate { get; init; }

    /// <summary>Where dropout acts.</summary>
    public DropoutPlace DropoutAt { get; init; }

    /// <summary>What the dropout layers read.</summary>
    public DropoutState DropoutState { get; init; } = new();

    internal Conv2d Conv(int inChannels, BlockConv conv, bool feedsNorm) =>
        new(inChannels, conv.OutChannels, conv.KernelSize, Init, conv.Stride, weightName: Names.ConvWeight) { FeedsNorm = feedsNorm };

    /// <summary>The next dropout layer, which draws other numbers than those before it; null where the network has none.</summary>
    internal Dropout? Dropout(DropoutPlace place) =>
        DropRate > 0 && place == DropoutAt ? new Dropout(DropRate, checked((ushort)_dropouts++), DropoutState) : null;
}
