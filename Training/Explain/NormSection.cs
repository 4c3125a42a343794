using WrnEngine.Nn;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>What the batch norms do to one channel each: numbers, and histograms before and after.</summary>
internal static class NormSection
{
    private const int Bins = 24, Width = 290, Height = 70, MostHistograms = 6;

    /// <summary>The section.</summary>
    public static Html Of(NetworkStudy network, ImageStudy image)
    {
        var norms = image.Subject.Predictor.Model.NamedModules().Where(m => m.Module is BatchNorm2d && image.Activations.Has(m.Name)).ToList();
        int every = Math.Max(1, (norms.Count + MostHistograms - 1) / MostHistograms);
        return Html.Of(
            $"""
            <section id="norm">
            <h2>Batch norm, before and after</h2>
            <p>A batch norm takes the channel's usual mean and spread, learned while training, out of its values and puts a learned scale and shift in: y = γ (x − μ) / √(σ² + ε) + β. Whatever the layers below do, the next convolution sees values of about the same size; the ReLU behind it then keeps what is positive.</p>
            <div class="norms">{norms.Where((_, i) => i % every == 0).Select(n => Histogram(n.Name, (BatchNorm2d)n.Module, image))}</div>
            <details><summary>All {norms.Count} batch norms, the most varied channel of each</summary><div class="scroll"><table>
            <thead><tr><th>Layer</th><th class="number">Channel</th><th class="number">μ</th><th class="number">σ</th><th class="number">γ</th><th class="number">β</th><th class="number">mean before</th><th class="number">std before</th><th class="number">mean after</th><th class="number">std after</th></tr></thead>
            <tbody>{norms.Select(n => Row(n.Name, (BatchNorm2d)n.Module, image))}</tbody></table></div></details>
            </section>
            """);
    }

    private static Html Row(string name, BatchNorm2d norm, ImageStudy image)
    {
        var (x, y) = (image.Activations.Input(name), image.Activations.Output(name));
        int c = x.MostVaried(1)[0];
        var (before, after) = (x.Moments(c), y.Moments(c));
        return Html.Of($"<tr><td>{name}</td><td class=\"number\">{c}</td>{new[] { At(norm.RunningMean), Math.Sqrt(At(norm.RunningVar)), At(norm.Weight), At(norm.Bias), before.Mean, before.Std, after.Mean, after.Std }.Select(v => Html.Of($"<td class=\"number\">{v:F3}</td>"))}</tr>\n");

        double At(Tensors.Tensor t) => t.ToArray<float>()[c];
    }

    private static Html Histogram(string name, BatchNorm2d norm, ImageStudy image)
    {
        var (x, y) = (image.Activations.Input(name), image.Activations.Output(name));
        int c = x.MostVaried(1)[0];
        return Html.Of($"<figure class=\"norm\"><figcaption><b>{name}</b>, channel {c}</figcaption>{Bars("before", x, c, "f2")}{Bars(norm.Relu ? "after, with ReLU" : "after", y, c, "f1")}</figure>");
    }

    private static Html Bars(string what, FeatureMap map, int channel, string colour)
    {
        float[] values = map.Channel(channel).ToArray();
        float low = values.Min(), high = values.Max();
        var counts = new int[Bins];
        foreach (float v in values) counts[high > low ? Math.Min(Bins - 1, (int)(Bins * (v - low) / (high - low))) : 0]++;
        double most = counts.Max(), step = (double)Width / Bins;
        var (mean, std) = map.Moments(channel);
        return Html.Of(
            $"""
            <svg viewBox="0 0 {Width} {Height + 34}" width="{Width}" height="{Height + 34}" role="img" aria-label="{what}: mean {mean:F2}, standard deviation {std:F2}">
            <text x="0" y="12">{what}: mean {mean:F2}, std {std:F2}</text>
            {counts.Select((n, i) => Html.Of($"<rect class=\"{colour}\" x=\"{i * step:F1}\" y=\"{18 + Height - (Height * n / most):F1}\" width=\"{step - 1:F1}\" height=\"{Height * n / most:F1}\"/>"))}
            <text x="0" y="{Height + 31}">{low:F2}</text><text x="{Width}" y="{Height + 31}" text-anchor="end">{high:F2}</text>
            </svg>
            """);
    }
}
