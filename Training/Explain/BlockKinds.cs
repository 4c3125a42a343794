using WrnEngine.Models;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>The four kinds of residual block that figure 1 of the Wide ResNet paper compares, drawn side by side, with the network's own marked.</summary>
internal static class BlockKinds
{
    private const int Width = 190, Middle = 105, Top = 34, BoxHeight = 30, Step = 46, Narrow = 72, Plain = 100, Wide = 150;

    private static readonly Kind[] All =
    [
        new("a", "basic", "two 3x3 convolutions with few channels", [("3x3", Plain), ("3x3", Plain)]),
        new("b", "bottleneck", "1x1 reduces the channels, 3x3 works on the few, 1x1 expands them again", [("1x1", Plain), ("3x3", Narrow), ("1x1", Plain)]),
        new("c", "basic-wide", "as (a), with k times the channels", [("3x3", Wide), ("3x3", Wide)]),
        new("d", "wide-dropout", "as (c), with dropout between the convolutions", [("3x3", Wide), ("dropout", Wide), ("3x3", Wide)]),
    ];

    /// <summary>The drawings.</summary>
    public static Html Of(NetworkStudy network)
    {
        string? own = Letter(network.Options);
        string mark = own is null ? " This network's block is none of the four." : " The framed one is this network's.";
        return Html.Of(
            $"""
            <h3>The four blocks of the paper</h3>
            <p>Figure 1 of the Wide ResNet paper compares these; the wider a box, the more channels. Batch norm and ReLU belong to each convolution and are left out here.{mark}</p>
            <div class="kinds">{All.Select(k => Drawing(k, k.Letter == own))}</div>
            """);
    }

    /// <summary>a to d; null for a block that the figure does not have, such as B(3,1,1) or one without a shortcut.</summary>
    public static string? Letter(WideResNetOptions network)
    {
        if ((network.Shortcut ?? network.Architecture.Shortcut) == ShortcutKind.None) return null;
        bool drops = network.DropRate > 0;
        if (network.Architecture.IsBottleneck) return drops ? null : "b";
        if (network.Block != WideResNetOptions.BasicBlock || (drops && network.DropoutAt != DropoutPlace.Residual)) return null;
        return drops ? "d" : network.WidenFactor > 1 ? "c" : "a";
    }

    private static Html Drawing(Kind kind, bool isOwn)
    {
        int end = Top + (kind.Parts.Length * Step) + 8;
        var boxes = kind.Parts.Select((part, i) => Html.Of(
            $"<path class=\"wire\" d=\"M{Middle} {Top + (i * Step) - 16}v16\"/><rect class=\"{(part.Name == "dropout" ? "drop" : "conv")}\" x=\"{Middle - (part.Width / 2)}\" y=\"{Top + (i * Step)}\" width=\"{part.Width}\" height=\"{BoxHeight}\" rx=\"6\"/><text class=\"strong\" x=\"{Middle}\" y=\"{Top + (i * Step) + 20}\" text-anchor=\"middle\">{(part.Name == "dropout" ? "dropout" : $"conv {part.Name}")}</text>"));
        return Html.Of(
            $"""
            <figure class="{(isOwn ? "own" : "")}"><figcaption><b>({kind.Letter}) {kind.Name}</b>{(isOwn ? ", this network's" : "")}: {kind.What}</figcaption>
            <svg viewBox="0 0 {Width} {end + 34}" width="{Width}" height="{end + 34}" role="img" aria-label="block {kind.Letter}, {kind.Name}: {string.Join(", then ", kind.Parts.Select(p => p.Name))}; a shortcut around them">
            <path class="wire" d="M{Middle} 2v20"/>{boxes}<path class="wire" d="M{Middle} {end - 26}V{end - 10}"/>
            <path class="arc identity" d="M{Middle} 10H24Q10 10 10 24V{end - 14}Q10 {end} 24 {end}H{Middle - 10}"/>
            <circle class="sum" cx="{Middle}" cy="{end}" r="10"/><text class="strong" x="{Middle}" y="{end + 4}" text-anchor="middle">+</text>
            <path class="wire" d="M{Middle} {end + 10}v20"/>
            </svg></figure>
            """);
    }

    /// <summary>One of the four.</summary>
    /// <param name="Letter">Its place in the figure.</param>
    /// <param name="Name">Its name there.</param>
    /// <param name="What">What it is, in words.</param>
    /// <param name="Parts">Its layers, and how wide their boxes are drawn.</param>
    private sealed record Kind(string Letter, string Name, string What, (string Name, int Width)[] Parts);
}
