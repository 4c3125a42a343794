using WrnEngine.Nn;
using WrnEngine.Training.Reporting.Pages;

namespace WrnEngine.Training.Explain;

/// <summary>The image, what the network says of it, and the filters it begins with.</summary>
internal static class PredictionSection
{
    /// <summary>The image as an <c>img</c> source.</summary>
    public static string Picture(ImageStudy image) =>
        HtmlPage.PngSource(PngWriter.Encode(image.Subject.Pixels, image.Subject.Predictor.Input.Width, image.Subject.Predictor.Input.Height, 3));

    /// <summary>Both sections.</summary>
    public static Html Of(ImageStudy image)
    {
        string truth = image.Subject.Label is { } label ? $"Its class is {image.Subject.Predictor.Preprocessing.ClassName(label)}." : "Its true class is not known to the program.";
        return Html.Of(
            $"""
            <section id="prediction">
            <h2>What the network says</h2>
            <p>The classifier's scores for {image.Subject.ImageName}, made into probabilities by softmax: p<sub>i</sub> = exp(z<sub>i</sub>) / Σ exp(z<sub>j</sub>). Everything below follows this one image on its way to these numbers. {truth}</p>
            <div class="row"><img class="pixels big" src="{Picture(image)}" alt="{image.Subject.ImageName}">
            <table><thead><tr><th>Class</th><th></th><th class="number">Probability</th></tr></thead><tbody>{image.Top.Select(Bar)}</tbody></table></div>
            </section>
            {Filters(image)}
            """);
    }

    private static Html Bar(Prediction.ClassScore score) => Html.Of(
        $"<tr><td>{score.Name}</td><td><svg width=\"180\" height=\"14\" aria-hidden=\"true\"><rect class=\"f1\" width=\"{Math.Max(1, 180 * score.Probability):F1}\" height=\"14\" rx=\"3\"/></svg></td><td class=\"number\">{100 * score.Probability:F2} %</td></tr>");

    private static Html Filters(ImageStudy image)
    {
        const int MaxShown = 64;
        var (name, module) = image.Subject.Predictor.Model.NamedModules().First(m => m.Module is Conv2d);
        var weight = ((Conv2d)module).Weight;
        float[] values = weight.ToArray<float>();
        int kernel = weight.Shape[2], count = Math.Min(MaxShown, weight.Shape[0]), area = kernel * kernel;
        double scale = values.Max(v => Math.Abs(v));
        var figures = Enumerable.Range(0, count).Select(k =>
        {
            var pixels = new byte[area * 3];
            for (int i = 0; i < area; i++)
                for (int c = 0; c < 3; c++) pixels[(3 * i) + c] = (byte)Math.Round(127.5 + (127.5 * values[(((k * 3) + c) * area) + i] / scale));
            return Html.Of($"<img class=\"pixels filter\" src=\"{HtmlPage.PngSource(PngWriter.Encode(pixels, kernel, kernel, 3))}\" alt=\"filter {k} of {name}\" title=\"filter {k}\">");
        });
        return Html.Of(
            $"""
            <section id="filters">
            <h2>First-layer filters</h2>
            <p>The {weight.Shape[0]} filters of {name}, {kernel}x{kernel} pixels of red, green and blue weights each; grey is zero. Nobody drew them: training made edge and colour detectors because they help to tell the classes apart.</p>
            <div class="filters">{figures}</div>
            </section>
            """);
    }
}
