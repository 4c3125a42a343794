using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>The network as a drawing, and its block from the inside.</summary>
internal static class ArchitectureSection
{
    private const int BlockWidth = 62, Gap = 14, Top = 64, Tallest = 150, Bottom = 62;
    private const int WidestFitted = 1750; // a wider drawing would be too small to read on a page, so that it scrolls

    private static readonly (string Kind, string Text)[] Shortcuts =
    [
        ("identity", "identity: the input itself is added"), ("projection", "projection: a 1x1 convolution changes the shape"),
        ("padded", "padded: pixels skipped, channels of zeros appended"), ("none", "none: a plain network"),
    ];

    /// <summary>Both.</summary>
    public static Html Of(NetworkStudy network)
    {
        var blocks = network.Blocks;
        string[] kinds = [.. blocks.Select(b => b.Shortcut).Distinct()];
        return Html.Of(
            $"""
            <section id="architecture">
            <h2>The architecture</h2>
            <p>An image enters on the left and class scores leave on the right; each box is a layer or a residual block, as tall as its maps are and labelled with its channels. {(HasShortcuts(blocks) ? "Follow the arcs: they are the shortcuts that carry a block's input past its convolutions, which is what lets gradients reach the first layers." : "There are no arcs: nothing carries a block's input past its convolutions. Compare it with the same network and its shortcuts.")}</p>
            <div class="scroll">{Drawing(network, blocks)}</div>
            <div class="legend">{Shortcuts.Where(s => kinds.Contains(s.Kind)).Select(s => Html.Of($"<span class=\"key\"><svg width=\"26\" height=\"12\" aria-hidden=\"true\"><path class=\"arc {s.Kind}\" d=\"M1 11C6 0 20 0 25 11\"/></svg>{s.Text}</span> "))}</div>
            <div class="panel" id="layer-detail" aria-live="polite">Choose a box to see its layers.</div>
            </section>
            <section id="block">
            <h2>Inside a block</h2>
            {BlockText(network)}
            <div class="blocks-row">{Examples(blocks).Select(b => BlockDrawing(b, IsPre(network)))}</div>
            {BlockKinds.Of(network)}
            </section>
            """);
    }

    private static Html BlockText(NetworkStudy network)
    {
        bool isPre = IsPre(network), hasShortcuts = HasShortcuts(network.Blocks);
        string order = (isPre, hasShortcuts) switch
        {
            (true, true) => "Pre-activation order: batch norm and ReLU stand before each convolution, and nothing follows the addition. So the shortcut is a clear path from the last block to the first, for values and for gradients.",
            (true, false) => "Pre-activation order: batch norm and ReLU stand before each convolution.",
            (false, true) => "Post-activation order: convolution, batch norm, ReLU, as in the first residual networks; a ReLU follows the addition, so every block's output passes through it.",
            (false, false) => "Post-activation order: convolution, batch norm, ReLU.",
        };
        var sum = hasShortcuts
            ? Html.Of($"The block computes <b>y = x + F(x)</b>: its convolutions only have to learn what to add.")
            : Html.Of($"The block computes <b>y = F(x)</b>, without a shortcut: to pass its input on, its convolutions would have to learn to copy it, and gradients have no way past them.");
        return Html.Of($"<p>{order} {sum} {Dropout(network, hasShortcuts)}</p>");
    }

    private static string Dropout(NetworkStudy network, bool hasShortcuts)
    {
        if (network.Options.DropRate == 0) return $"This network has no dropout; where a Wide ResNet has it, it stands between the convolutions{(hasShortcuts ? " and never on the shortcut" : "")}.";
        string place = network.Options.DropoutAt == Models.DropoutPlace.Shortcut ? "on the shortcut"
            : $"between the convolutions, after the ReLU, where it perturbs the next batch norm's input{(hasShortcuts ? " without cutting the shortcut" : "")}";
        return $"Dropout with p = {network.Options.DropRate} acts {place}; it is off when the network predicts.";
    }

    private static bool HasShortcuts(BlockSketch[] blocks) => blocks.Any(b => b.HasShortcut);

    private static bool IsPre(NetworkStudy network) => (network.Options.Order ?? network.Options.Architecture.Order) == Models.LayerOrder.Pre;

    private static IEnumerable<BlockSketch> Examples(BlockSketch[] blocks) => blocks.GroupBy(b => b.Shortcut).Select(g => g.First()).OrderBy(b => b.Shortcut, StringComparer.Ordinal);

    private static Html Drawing(NetworkStudy network, BlockSketch[] blocks)
    {
        var parts = new List<Html>();
        var outer = network.Layers.Where(l => l.Block is null).ToList();
        int firstBlock = Array.FindIndex(network.Layers, l => l.IsBlock), at = 8;
        parts.Add(Box(at, network.Height, network.Height, "image", "image", "3", $"{network.Width}²", "image"));
        at += BlockWidth + Gap;
        foreach (var layer in network.Layers.Take(firstBlock)) at = Layer(layer, at);
        foreach (var group in blocks.GroupBy(b => b.Group))
        {
            int width = (group.Count() * (BlockWidth + Gap)) + Gap;
            parts.Add(Html.Of($"<rect class=\"group\" x=\"{at - 4}\" y=\"20\" width=\"{width}\" height=\"{Top + Tallest + 44 - 20}\" rx=\"8\"/><text class=\"strong\" x=\"{at + 4}\" y=\"36\">{group.Key}</text>"));
            at += Gap - 4;
            foreach (var block in group)
            {
                int stride = Math.Max(1, block.Input.Side / block.Output.Side);
                parts.Add(Box(at, network.Height, block.Output.Side, block.Name, block.Name[(block.Name.LastIndexOf('.') + 1)..], $"{block.Output.Channels}", $"{block.Output.Side}²{(stride > 1 ? $" /{stride}" : "")}", "residual"));
                if (block.HasShortcut)
                    parts.Add(Html.Of($"<path class=\"arc {block.Shortcut}\" d=\"M{at - 8} {Top + 6}C{at + 2} {Top - 28} {at + BlockWidth - 2} {Top - 28} {at + BlockWidth + 8} {Top + 6}\"><title>{block.Name}: {block.Shortcut} shortcut</title></path>"));
                at += BlockWidth + Gap;
            }

            at += Gap + 4;
        }

        foreach (var layer in outer.Where(l => Array.IndexOf(network.Layers, l) > firstBlock)) at = Layer(layer, at);
        return Html.Of($"<svg class=\"architecture {(at <= WidestFitted ? "fitted" : "")}\" viewBox=\"0 0 {at} {Top + Tallest + Bottom}\" width=\"{at}\" height=\"{Top + Tallest + Bottom}\" role=\"group\" aria-label=\"{network.Options.Name} as boxes: stem, {blocks.Length} residual blocks, classifier\">{parts}</svg>");

        int Layer(ExplainedLayer layer, int x)
        {
            var shape = layer.Info.Output;
            int side = shape.Rank == 4 ? shape[2] : 1;
            parts.Add(Box(x, network.Height, side, layer.Info.Name, layer.Info.Name, $"{shape[1]}", shape.Rank == 4 ? $"{side}²" : "", layer.Info.Kind.StartsWith("Conv", StringComparison.Ordinal) || layer.Info.Kind == "Linear" ? "weights" : "plain"));
            return x + BlockWidth + Gap;
        }
    }

    private static Html Box(int x, int imageSide, int side, string name, string label, string channels, string size, string kind)
    {
        int height = (int)Math.Round(44 + ((Tallest - 44) * Math.Log2(Math.Max(1, side)) / Math.Log2(Math.Max(2, imageSide)))), y = Top + Tallest - height;
        return Html.Of(
            $"""
            <g class="box {kind}" tabindex="0" role="button" data-layer="{name}" aria-label="{name}, {channels} channels {size}">
            <rect x="{x}" y="{y}" width="{BlockWidth}" height="{height}" rx="6"/>
            <text class="number-text" x="{x + (BlockWidth / 2)}" y="{y + (height / 2) + 5}" text-anchor="middle">{channels}</text>
            <text x="{x + (BlockWidth / 2)}" y="{Top + Tallest + 18}" text-anchor="middle">{label}</text>
            <text x="{x + (BlockWidth / 2)}" y="{Top + Tallest + 35}" text-anchor="middle">{size}</text>
            </g>
            """);
    }

    private static Html BlockDrawing(BlockSketch block, bool isPre)
    {
        const int Left = 110, Width = 200, Step = 46;
        var layers = block.Layers;
        int y = 40, end = y + (layers.Count * Step) + 18;
        var boxes = layers.Select((l, i) => Html.Of(
            $"<path class=\"wire\" d=\"M{Left + (Width / 2)} {y + (i * Step) - 14}v14\"/><rect class=\"{(l.Info.Kind.StartsWith("Conv", StringComparison.Ordinal) ? "conv" : l.Info.Kind.StartsWith("Drop", StringComparison.Ordinal) ? "drop" : "bn")}\" x=\"{Left}\" y=\"{y + (i * Step)}\" width=\"{Width}\" height=\"32\" rx=\"6\"/><text class=\"strong\" x=\"{Left + (Width / 2)}\" y=\"{y + (i * Step) + 21}\" text-anchor=\"middle\">{l.Info.Kind} → {l.Info.Output[1]}</text>"));
        bool hasShortcut = block.HasShortcut;
        string shortcut = hasShortcut ? $"{block.Shortcut} shortcut" : "no shortcut";
        int from = isPre && block.Shortcut == "projection" ? y + Step - 8 : 16; // a projection reads what the first batch norm and ReLU give
        return Html.Of(
            $"""
            <figure><figcaption>{block.Name}: {shortcut}, {block.Input.Channels} → {block.Output.Channels} channels</figcaption>
            <svg viewBox="0 0 340 {end + 44}" width="340" height="{end + 44}" role="img" aria-label="{block.Name}: {string.Join(", then ", layers.Select(l => l.Info.Kind))}; {shortcut} around them">
            <text class="strong" x="{Left + (Width / 2) + 8}" y="18">x</text><path class="wire" d="M{Left + (Width / 2)} 8v24"/>
            {boxes}
            <path class="wire" d="M{Left + (Width / 2)} {end - 32}V{end - 11}"/>
            {(hasShortcut ? Html.Of($"<path class=\"arc {block.Shortcut}\" d=\"M{Left + (Width / 2)} {from}H70Q50 {from} 50 {from + 20}V{end - 20}Q50 {end} 70 {end}H{Left + (Width / 2) - 11}\"/><text x=\"60\" y=\"{end / 2}\">{(block.Shortcut == "projection" ? "1x1" : block.Shortcut == "padded" ? "pad" : "x")}</text>") : Html.Empty)}
            <circle class="sum" cx="{Left + (Width / 2)}" cy="{end}" r="11"/><text class="strong" x="{Left + (Width / 2)}" y="{end + 5}" text-anchor="middle">{(hasShortcut ? "+" : "")}</text>
            <path class="wire" d="M{Left + (Width / 2)} {end + 11}v24"/><text x="{Left + (Width / 2) + 18}" y="{end + 5}">{(hasShortcut ? "x + F(x)" : "F(x)")}</text>
            </svg></figure>
            """);
    }
}
