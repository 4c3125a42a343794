using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>The residual sums block by block, as maps and as numbers.</summary>
internal static class BlockSection
{
    private const int MostChannels = 8, FewestChannels = 2;

    /// <summary>Bytes of all maps together, about: 2.4 bytes of a page for a pixel.</summary>
    private const double Budget = 650_000, BytesPerPixel = 2.4;

    /// <summary>The section.</summary>
    public static Html Of(NetworkStudy network, ImageStudy image)
    {
        var blocks = network.Blocks;
        int pixels = blocks.Sum(b => 3 * Math.Min(Colours.MaxSide, b.Output.Side) * Math.Min(Colours.MaxSide, b.Output.Side));
        int channels = Math.Clamp((int)(Budget / BytesPerPixel / pixels), FewestChannels, MostChannels);
        bool hasSet = image.Whole.Count > 1, isPlain = !blocks.Any(b => b.HasShortcut);
        string measured = hasSet ? $"error over the first {image.Whole.Count} test images" : "loss of this image";
        return Html.Of(
            $"""
            <section id="blocks">
            {(isPlain
                ? Html.Of($"<h2>Block by block: F(x)</h2>\n<p>Each row is one block: what its convolutions make of the block before. Nothing is added to it, for this network has no shortcuts; so no block can be left out either.</p>")
                : Html.Of($"<h2>Block by block: x, F(x) and their sum</h2>\n<p>Each row is one block: what comes along the shortcut, what the convolutions add, and the sum that goes on. Where F(x) is small against x, the block only corrects; that is why a residual network survives the loss of one of them.</p>"))}
            <p class="quiet">Of each block the {channels} channels that vary most over the image. <span class="scale" aria-hidden="true"></span> negative, zero, positive; every map of a block has the same scale, the value that stands beside it.</p>
            {Numbers(network, image, hasSet, measured)}
            <div class="grid">{(isPlain ? Html.Empty : Ratios(network, image))}{Gradients(network, image)}</div>
            <h3>The maps</h3>
            {blocks.Select((b, i) => Maps(b, image.Sums[i], channels, isOpen: i < 3))}
            </section>
            """);
    }

    private static Html Numbers(NetworkStudy network, ImageStudy image, bool hasSet, string measured)
    {
        double wholeError = 100.0 * image.Whole.Errors / image.Whole.Count;
        var rows = network.Blocks.Select((b, i) => Html.Of(
            $"""
            <tr data-layer="{b.Name}"><td><button type="button" class="link">{b.Name}</button></td><td><span class="dot {b.Shortcut}"></span>{b.Shortcut}</td>
            <td class="number">{Text(image.Sums[i].Shortcut?.Norm)}</td><td class="number">{Text(image.Sums[i].Residual.Norm)}</td><td class="number">{Text(image.Sums[i].Ratio)}</td>
            <td class="number">{(image.Without[i] is { } w ? hasSet ? $"{100.0 * w.Errors / w.Count:F1} %" : $"{w.Loss:F3}" : "cannot be skipped")}</td>
            <td class="number">{(image.Without[i] is { } s ? image.Subject.Predictor.Preprocessing.ClassName(s.Top1) : "")}</td></tr>
            """));
        bool isPlain = !network.Blocks.Any(b => b.HasShortcut);
        string skipped = isPlain ? "" : "Skipped means F(x) = 0: the shortcut alone goes on. A block whose shortcut changes the shape cannot be skipped so. ";
        string whole = hasSet ? $"{wholeError:F1} %" : $"{image.Whole.Loss:F3}";
        return Html.Of(
            $"""
            <div class="scroll"><table><thead><tr><th>Block</th><th>Shortcut</th><th class="number">|x|</th><th class="number">|F(x)|</th><th class="number">|F(x)| / |x|</th><th class="number">{measured} without it</th><th class="number">this image's top-1</th></tr></thead>
            <tbody>{rows}</tbody><tfoot><tr><th>Nothing skipped</th><td></td><td></td><td></td><td></td><td class="number">{whole}</td><td class="number">{image.Subject.Predictor.Preprocessing.ClassName(image.Whole.Top1)}</td></tr></tfoot></table></div>
            <p class="quiet">{skipped}|·| is the Euclidean norm over channels and pixels{(isPlain ? "" : "; x stands for what the shortcut delivers")}.</p>
            """);
    }

    private static Html Ratios(NetworkStudy network, ImageStudy image)
    {
        var ratios = new ChartSeries("ratio", [.. network.Blocks.Select((_, i) => (i + 1.0, image.Sums[i].Ratio ?? double.NaN))]);
        return new LineChart("|F(x)| / |x| by block", "block", "ratio", [ratios]) { NumbersX = true }.ToHtml();
    }

    private static Html Gradients(NetworkStudy network, ImageStudy image)
    {
        List<ChartSeries> series = [new("with shortcuts", [.. network.Blocks.Select((_, i) => (i + 1.0, image.Gradients[i]))])];
        if (image.PlainGradients is { } plain) series.Add(new ChartSeries("same weights, shortcuts removed", [.. network.Blocks.Select((_, i) => (i + 1.0, plain[i]))]) { IsDashed = true });
        return Html.Of($"<div>{new LineChart("Gradient norm by block, one training step on this image", "block", "norm", series) { IsLogY = true, NumbersX = true }.ToHtml()}<p class=\"quiet\">Norm of the loss's gradient with respect to all weights of a block. Without shortcuts the gradient has to pass through every convolution on its way to the first block{(image.PlainGradients is null ? "" : "; the deeper the network, the wider the lines part")}.</p></div>");
    }

    private static Html Maps(BlockSketch block, ResidualSum sum, int channels, bool isOpen)
    {
        int[] shown = sum.Sum.MostVaried(channels);
        double scale = new[] { sum.Shortcut, sum.Residual, sum.Sum }.OfType<FeatureMap>().Max(m => shown.Max(c => Largest(m, c)));
        return Html.Of(
            $"""
            <details class="maps" {(isOpen ? "open" : "")}><summary><b>{block.Name}</b> <span class="dot {block.Shortcut}"></span>{block.Shortcut}, {block.Output.Channels} channels of {block.Output.Side} x {block.Output.Side}; channels {string.Join(", ", shown)}; strongest colour ±{scale:G3}</summary>
            {(sum.Shortcut is null ? Strip("F(x), goes on", sum.Sum) : Html.Join([Strip("x, along the shortcut", sum.Shortcut), Strip("F(x), the convolutions", sum.Residual), Strip("x + F(x), goes on", sum.Sum)]))}
            </details>
            """);

        Html Strip(string what, FeatureMap? map)
        {
            if (map is null) return Html.Empty;
            var (source, width, height) = Colours.Strip(map, shown, scale);
            return Html.Of($"<figure class=\"strip\"><figcaption>{what}</figcaption><div class=\"scroll\"><img class=\"pixels\" src=\"{source}\" width=\"{width * 96 / height}\" height=\"96\" alt=\"{block.Name}, {what}: channels {string.Join(", ", shown)}; norm {map.Norm:G4}\"></div></figure>");
        }
    }

    private static double Largest(FeatureMap map, int channel)
    {
        double largest = 0;
        foreach (float v in map.Channel(channel)) largest = Math.Max(largest, Math.Abs(v));
        return largest;
    }

    private static string Text(double? value) => value is { } v ? $"{v:G4}" : "";
}
