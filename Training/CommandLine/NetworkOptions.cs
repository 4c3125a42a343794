using WrnEngine.Models;

namespace WrnEngine.Training.CommandLine;

/// <summary>Which network to build.</summary>
internal static class NetworkOptions
{
    private const string OwnWay = "the network's own";

    /// <summary>The family.</summary>
    public static Setting<string> Model { get; } = new(
        "--model", "NAME", string.Join(" | ", Architecture.All.Select(a => a.Name)), Architecture.Wrn.Name,
        Read.OneOf([.. Architecture.All.Select(a => a.Name)]), isStored: true);

    /// <summary>n of WRN-n-k.</summary>
    public static Setting<int> Depth { get; } = new(
        "--depth", "N", "depth of the network: 6N+4 for wrn, 6N+2 and 9N+2 for basic and bottleneck ResNets",
        Architecture.Wrn.DefaultDepth, Read.Int(int.MinValue),
        Defaults(a => a.IsForImageNet ? null : $"{a.DefaultDepth}") + Own(n => n.Depth), isStored: true);

    /// <summary>k of WRN-n-k.</summary>
    public static Setting<double> WidenFactor { get; } = new(
        "--k", "K", "widening factor: the groups have 16 k, 32 k and 64 k channels; fractions such as 1.5 too",
        Architecture.Wrn.DefaultWidenFactor, Read.Double(k => k > 0, "a number above 0"),
        Defaults(a => a.DefaultWidenFactor == 1 ? null : $"{a.DefaultWidenFactor}") + ", else 1" + Own(n => n.WidenFactor), isStored: true, aliases: ["--widen-factor", "--width"]);

    /// <summary>The convolutions of a block.</summary>
    public static Setting<string> Block { get; } = new(
        "--block", "LIST", "kernel sizes of a block's convolutions: 3,3 | 3,1 | 1,3 | 3,1,1 | 1,3,1 | 3,1,3 | 3 | 3,3,3 | ...", WideResNetOptions.BasicBlock,
        Read.Text!, isStored: true);

    /// <summary>Overrides the depth rule.</summary>
    public static Setting<int?> BlocksPerGroup { get; } = new(
        "--blocks-per-group", "N", "residual blocks in each group, whatever the depth says", null, Read.OptionalInt(1), "from the depth", isStored: true);

    /// <summary>Where batch norm and ReLU stand.</summary>
    public static Setting<string?> Order { get; } = new(
        "--order", "ORDER", "pre: BN-ReLU-conv | post: conv-BN-ReLU", null, Read.OptionalOneOf(OptionName.All<LayerOrder>()), OwnWay, isStored: true);

    /// <summary>What stands beside the convolutions.</summary>
    public static Setting<string?> Shortcut { get; } = new(
        "--shortcut", "KIND", string.Join(" | ", OptionName.All<ShortcutKind>()), null, Read.OptionalOneOf(OptionName.All<ShortcutKind>()), OwnWay, isStored: true);

    /// <summary>Dropout probability.</summary>
    public static Setting<float> Dropout { get; } = new(
        "--dropout", "P", "dropout probability between the convolutions of a block", 0,
        Read.Float(p => p is >= 0 and < 1, "a probability from 0 to below 1"), "0, 0.4 in the recipe svhn", isStored: true);

    /// <summary>Where it acts.</summary>
    public static Setting<string> DropoutAt { get; } = new(
        "--dropout-at", "PLACE", string.Join(" | ", OptionName.All<DropoutPlace>()), OptionName.Of(DropoutPlace.Residual),
        Read.OneOf(OptionName.All<DropoutPlace>()), isStored: true);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new(
        "Network", Model, Depth, WidenFactor, Block, BlocksPerGroup, Order, Shortcut, Dropout, DropoutAt);

    /// <summary>What recipes that were made for a network take instead.</summary>
    private static string Own(Func<(int Depth, double WidenFactor), double> value) =>
        string.Concat(Recipe.All.Where(r => r.Network is not null).Select(r => $"; {value(r.Network!.Value)} in the recipe {r.Name}"));

    private static string Defaults(Func<Architecture, string?> value) =>
        string.Join(", ", Architecture.All.Select(a => (a.Name, Value: value(a))).Where(p => p.Value is not null).Select(p => $"{p.Value} for {p.Name}"));
}
