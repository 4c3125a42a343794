using System.Text.Json.Nodes;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>What an evaluation found out about each image, collected batch by batch from logits that are computed anyway.</summary>
/// <param name="images">What is evaluated.</param>
internal sealed class TestResults(ImageSubset images)
{
    /// <summary>More classes than this have no matrix: nobody could read it.</summary>
    public const int MostClasses = 200;

    private const int WorstShown = 24, PairsKept = 12, LargestPicture = 64;

    private readonly List<ImageResult> _results = [];

    /// <summary>After which epoch, 1-based.</summary>
    public int Epoch { get; init; }

    /// <summary>Takes the images of a batch.</summary>
    /// <param name="indices">Their places in the data set.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="logits">[batch, classes].</param>
    public void Add(ReadOnlySpan<int> indices, ReadOnlySpan<int> labels, ReadOnlySpan<float> logits)
    {
        int classes = logits.Length / labels.Length;
        for (int i = 0; i < labels.Length; i++)
        {
            var row = logits.Slice(i * classes, classes);
            int predicted = 0;
            for (int c = 1; c < classes; c++)
                if (row[c] > row[predicted]) predicted = c;
            double sum = 0;
            foreach (float value in row) sum += Math.Exp((double)value - row[predicted]);
            double loss = Math.Log(sum) - ((double)row[labels[i]] - row[predicted]);
            _results.Add(new ImageResult(indices[i], labels[i], predicted, loss, 1 / sum));
        }
    }

    /// <summary>For <c>outcome.json</c>: error, loss, confusion matrix (rows are true classes), the most confused pairs and the images with the largest losses.</summary>
    public JsonObject ToJson()
    {
        var source = images.Source;
        var json = new JsonObject
        {
            ["dataset"] = source.Name,
            ["epoch"] = Epoch,
            ["images"] = _results.Count,
            ["error"] = 100.0 * _results.Count(r => r.Label != r.Predicted) / _results.Count,
            ["loss"] = Finite(_results.Sum(r => r.Loss) / _results.Count),
            ["classes"] = Array(source.ClassNames, n => n),
        };
        if (source.ClassCount <= MostClasses) json["confusion"] = Array(Confusion(source.ClassCount), row => Array(row, n => n));
        json["confused"] = Array(Pairs(), p => new JsonObject { ["label"] = p.Label, ["predicted"] = p.Predicted, ["count"] = p.Count, ["of"] = p.Of });
        var worst = _results.Where(r => double.IsFinite(r.Loss)).OrderByDescending(r => r.Loss).ThenBy(r => r.Index).Take(WorstShown);
        json["worst"] = Array(worst, r => new JsonObject
        {
            ["index"] = r.Index,
            ["label"] = r.Label,
            ["predicted"] = r.Predicted,
            ["loss"] = r.Loss,
            ["confidence"] = r.Confidence,
            ["png"] = Picture(source.Read(r.Index)),
        });
        return json;
    }

    private int[][] Confusion(int classes)
    {
        int[][] counts = [.. Enumerable.Range(0, classes).Select(_ => new int[classes])];
        foreach (var r in _results) counts[r.Label][r.Predicted]++;
        return counts;
    }

    /// <summary>Which class was taken for which other, and how often of how many images; the most frequent first.</summary>
    private IEnumerable<(int Label, int Predicted, int Count, int Of)> Pairs()
    {
        var images = _results.CountBy(r => r.Label).ToDictionary();
        return _results.Where(r => r.Label != r.Predicted).CountBy(r => (r.Label, r.Predicted))
            .OrderByDescending(p => p.Value).ThenBy(p => p.Key).Take(PairsKept)
            .Select(p => (p.Key.Label, p.Key.Predicted, p.Value, images[p.Key.Label]));
    }

    private static JsonNode? Finite(double value) => double.IsFinite(value) ? value : null;

    /// <summary>A picture as base64 of PNG; a large one is made smaller, a pixel being the mean of a square.</summary>
    private static string Picture(RgbImage image)
    {
        const int Channels = ImageDataset.Channels;
        int side = (Math.Max(image.Height, image.Width) + LargestPicture - 1) / LargestPicture;
        int height = (image.Height + side - 1) / side, width = (image.Width + side - 1) / side;
        byte[] pixels = new byte[height * width * Channels];
        for (int i = 0; i < pixels.Length; i++)
        {
            int top = i / (width * Channels) * side, left = i / Channels % width * side, sum = 0;
            int bottom = Math.Min(top + side, image.Height), right = Math.Min(left + side, image.Width), count = (bottom - top) * (right - left);
            for (int y = top; y < bottom; y++)
                for (int x = left; x < right; x++)
                    sum += image.Pixels[(((y * image.Width) + x) * Channels) + (i % Channels)];
            pixels[i] = (byte)((sum + (count / 2)) / count);
        }

        return Convert.ToBase64String(Pages.PngWriter.Encode(pixels, width, height, Channels));
    }

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => [.. items.Select(node)];

    private readonly record struct ImageResult(int Index, int Label, int Predicted, double Loss, double Confidence);
}
