using System.Text.Json.Nodes;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>Puts the sections of <c>wrn explain</c> together: overview first, details at a click.</summary>
internal static class ExplainPage
{
    /// <summary>The page, as one file.</summary>
    /// <param name="network">The network.</param>
    /// <param name="image">What it does with an image, or null for the architecture alone.</param>
    public static HtmlPage Of(NetworkStudy network, ImageStudy? image)
    {
        var body = Html.Of(
            $"""
            <header>
            <h1>How {network.Options.Name} computes</h1>
            <p class="lead">From the whole network down to one number{(image is null ? "" : " and the threads that made it")}. Every number here was computed by the program that wrote this page.</p>
            {Tiles(network, image)}
            <nav aria-label="Sections">{Contents(image)}</nav>
            </header>
            {ArchitectureSection.Of(network)}
            {LayerSection.Of(network)}
            {(image is null ? Html.Empty : Html.Join([PredictionSection.Of(image), BlockSection.Of(network, image), NormSection.Of(network, image), PixelSection.Of(image)]))}
            """);
        return new HtmlPage($"How {network.Options.Name} computes", body) { Style = "explain.css", Script = "explain.js", Data = Data(network, image) };
    }

    private static Html Contents(ImageStudy? image)
    {
        (string Id, string Text)[] always = [("architecture", "Architecture"), ("block", "The block"), ("layers", "Layers"), ("field", "Receptive field")];
        (string Id, string Text)[] ofImage = [("prediction", "Prediction"), ("filters", "Filters"), ("blocks", "Block by block"), ("norm", "Batch norm"), ("pixel", "One pixel"), ("warp", "Pixel to warp")];
        return Html.Join((image is null ? always : [.. always, .. ofImage]).Select(s => Html.Of($"<a href=\"#{s.Id}\">{s.Text}</a> ")));
    }

    private static Html Tiles(NetworkStudy network, ImageStudy? image)
    {
        List<(string Value, string What)> tiles =
        [
            ($"{network.Parameters:N0}", "parameters, all trained"),
            ($"{network.Macs:N0}", "multiply-adds for one image"),
            ($"{network.ActivationBytes / 1e6:F2} MB", "outputs of all layers, float32"),
            ($"{network.Blocks.Length}", network.Blocks.Any(b => b.HasShortcut) ? "residual blocks" : "blocks, none residual"),
            ($"{network.Field} x {network.Field}", $"pixels seen by the last convolution; the image has {network.Width} x {network.Height}"),
        ];
        if (image is not null) tiles.Insert(0, ($"{image.Top[0].Name}, {100 * image.Top[0].Probability:F1} %", $"for {image.Subject.ImageName}"));
        return Html.Of($"<div class=\"tiles\">{tiles.Select(t => Html.Of($"<div class=\"tile\"><b>{t.Value}</b><span>{t.What}</span></div>"))}</div>");
    }

    private static JsonObject Data(NetworkStudy network, ImageStudy? image)
    {
        var data = new JsonObject
        {
            ["name"] = network.Options.Name,
            ["height"] = network.Height,
            ["width"] = network.Width,
            ["parameters"] = network.Parameters,
            ["macs"] = network.Macs,
            ["layers"] = new JsonArray([.. network.Layers.Select(l => l.ToJson())]),
        };
        if (image is null) return data;
        data["image"] = PredictionSection.Picture(image);
        data["imageName"] = image.Subject.ImageName;
        data["target"] = image.Target;
        data["label"] = image.Subject.Label;
        data["top"] = new JsonArray([.. image.Top.Select(t => new JsonObject { ["class"] = t.Name, ["index"] = t.Index, ["probability"] = t.Probability })]);
        data["logits"] = Base64Values.Of<float>(image.Activations.Logits);
        data["blocks"] = new JsonArray([.. network.Blocks.Select((b, i) => new JsonObject
        {
            ["name"] = b.Name,
            ["shortcut"] = b.Shortcut,
            ["shortcutNorm"] = image.Sums[i].Shortcut?.Norm,
            ["residualNorm"] = image.Sums[i].Residual.Norm,
            ["sumNorm"] = image.Sums[i].Sum.Norm,
            ["ratio"] = image.Sums[i].Ratio,
            ["without"] = image.Without[i] is { } score ? BlockStudy.ToJson(score) : null,
            ["gradient"] = image.Gradients[i],
            ["plainGradient"] = image.PlainGradients?[i],
        })]);
        data["whole"] = BlockStudy.ToJson(image.Whole);
        data["convs"] = new JsonArray([.. image.Convs]);
        return data;
    }
}
