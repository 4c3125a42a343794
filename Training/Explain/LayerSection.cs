using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>The table of layers, and the receptive field on the image.</summary>
internal static class LayerSection
{
    /// <summary>Both.</summary>
    public static Html Of(NetworkStudy network) => Html.Of(
        $"""
        <section id="layers">
        <h2>Every layer</h2>
        <p>What each layer makes and what it costs for one image; the totals are those of <code>wrn summary</code>. Intensity is arithmetic per byte, 2 · multiply-adds / bytes of input, weights and output: a device that can do more operations in the time of one byte waits for memory there.</p>
        <details {(network.Layers.Length <= 40 ? "open" : "")}><summary>{network.Layers.Length} rows</summary>
        <div class="scroll"><table id="layer-table">
        <thead><tr><th>Layer</th><th>Kind</th><th>Output [C, H, W]</th><th class="number">Parameters</th><th class="number">Multiply-adds</th><th class="number">Output bytes</th><th class="number">FLOP / byte</th><th class="number">Field</th></tr></thead>
        <tbody>{network.Layers.Select(Row)}</tbody>
        <tfoot><tr><th>Total</th><td></td><td></td><td class="number" id="total-parameters">{network.Parameters:N0}</td><td class="number" id="total-macs">{network.Macs:N0}</td><td class="number">{network.ActivationBytes:N0}</td><td></td><td></td></tr></tfoot>
        </table></div></details>
        </section>
        <section id="field">
        <h2>Receptive field</h2>
        <p>The square shows which input pixels can change one output pixel of a layer. Each 3x3 convolution widens it by two of the layer's own pixels, so it grows faster after every stride.</p>
        <p class="formula">field += (kernel − 1) · jump &nbsp;&nbsp; jump *= stride</p>
        <div class="controls"><label for="field-layer">Layer</label> <select id="field-layer"></select> <button type="button" id="field-less">− shallower</button> <button type="button" id="field-more">deeper +</button></div>
        <div class="row"><canvas id="field-canvas" class="square" width="384" height="384" role="img" aria-label="Receptive field on the image"></canvas><p id="field-text" aria-live="polite"></p></div>
        </section>
        """);

    private static Html Row(ExplainedLayer layer)
    {
        var (info, depth) = (layer.Info, Math.Min(3, layer.Info.Depth));
        string dims = string.Join(" x ", info.Output.Dims.ToArray().Skip(1));
        return Html.Of(
            $"<tr data-layer=\"{info.Name}\" class=\"depth{depth}\"><td><button type=\"button\" class=\"link\">{info.Name}</button></td><td>{info.Kind}</td><td>{dims}</td><td class=\"number\">{Count(info.Parameters)}</td><td class=\"number\">{Count(info.Macs)}</td><td class=\"number\">{Count(layer.ActivationBytes)}</td><td class=\"number\">{(layer.Intensity > 0 ? $"{layer.Intensity:F1}" : "")}</td><td class=\"number\">{(layer.Field > 0 ? $"{layer.Field}" : "all")}</td></tr>\n");
    }

    private static string Count(long value) => value == 0 ? "" : $"{value:N0}";
}
