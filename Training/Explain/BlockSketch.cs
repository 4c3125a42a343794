using WrnEngine.Models;

namespace WrnEngine.Training.Explain;

/// <summary>What a reader has to know of a residual block.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shortcut">identity, projection, padded or none.</param>
/// <param name="Input">Its first row's input: channels, rows.</param>
/// <param name="Output">The same of its output.</param>
/// <param name="Layers">Layers of its residual branch, in order.</param>
internal sealed record BlockSketch(string Name, string Shortcut, (int Channels, int Side) Input, (int Channels, int Side) Output, IReadOnlyList<ExplainedLayer> Layers)
{
    /// <summary>The shortcut is the input itself.</summary>
    public bool IsIdentity => Shortcut == "identity";

    /// <summary>Something carries its input past its convolutions.</summary>
    public bool HasShortcut => Shortcut != "none";

    /// <summary>Group and index within it: all but the last part of the name, and the last.</summary>
    public string Group => Name[..Name.LastIndexOf('.')];

    /// <summary>The blocks of a network.</summary>
    public static BlockSketch[] Of(WideResNetOptions network, IReadOnlyList<ExplainedLayer> layers) => [.. layers.Where(l => l.IsBlock).Select(block =>
    {
        var inside = layers.Where(l => l.Block == block.Block && !l.IsBlock).ToList();
        var branch = inside.Where(l => !l.IsOnShortcut).ToList();
        var (input, output) = (block.Info.Input, block.Info.Output);
        string shortcut = (network.Shortcut ?? network.Architecture.Shortcut) == ShortcutKind.None ? "none"
            : input == output ? "identity" : inside.Any(l => l.Info.Name.EndsWith(".shortcut", StringComparison.Ordinal)) ? "padded" : "projection";
        return new BlockSketch(block.Info.Name, shortcut, (input[1], input[2]), (output[1], output[2]), branch);
    })];
}
