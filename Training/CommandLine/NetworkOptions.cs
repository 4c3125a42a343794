namespace WrnEngine.Training.CommandLine;

/// <summary>Which network to build.</summary>
internal static class NetworkOptions
{
    /// <summary>n of WRN-n-k.</summary>
    public static Setting<int> Depth { get; } = new(
        "--depth", "N", "depth of the network, 6N+4: 10, 16, 22, 28, 34, 40, ...", 16, Read.Int(int.MinValue), isStored: true);

    /// <summary>k of WRN-n-k.</summary>
    public static Setting<int> WidenFactor { get; } = new(
        "--k", "K", "widening factor: the groups have 16 k, 32 k and 64 k channels", 8, Read.Int(1), isStored: true, aliases: ["--widen-factor", "--width"]);

    /// <summary>Dropout probability.</summary>
    public static Setting<float> Dropout { get; } = new(
        "--dropout", "P", "dropout probability between the convolutions of a block", 0,
        Read.Float(p => p is >= 0 and < 1, "a probability from 0 to below 1"), isStored: true);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Network", Depth, WidenFactor, Dropout);
}
