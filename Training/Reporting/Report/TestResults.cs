using System.Text.Json.Nodes;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>What an evaluation found out about each image, collected batch by batch from logits that are computed anyway.</summary>
/// <param name="images">What is evaluated.</param>
internal sealed class TestResults(ImageSubset images)
{
    /// <summary>More classes than this have no matrix: nobody could read it.</summary>
    public const int MostClasses = 200;

    private const int WorstShown = 24, LargestPicture = 64;

    private readonly List<ImageResult> _results = [];

    /// <summary>Images so far.</summary>
    public int Count => _results.Count;

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

    /// <summary>For <c>outcome.json</c>: error, loss, confusion matrix (rows are true classes) and the images with the largest losses.</summary>
    public JsonObject ToJson()
    {
        var source = images.Source;
        var json = new JsonObject
        {
            ["dataset"] = source.Name,
            ["images"] = Count,
            ["error"] = 100.0 * _results.Count(r => r.Label != r.Predicted) / Count,
            ["loss"] = _results.Sum(r => r.Loss) / Count,
            ["classes"] = Array(source.ClassNames, n => n),
        };
        if (source.ClassCount <= MostClasses) json["confusion"] = Array(Confusion(source.ClassCount), row => Array(row, n => n));
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

    /// <summary>A picture as base64 of PNG; of a large one every second, third, ... pixel.</summary>
    private static string Picture(RgbImage image)
    {
        int stride = (Math.Max(image.Height, image.Width) + LargestPicture - 1) / LargestPicture;
        int height = (image.Height + stride - 1) / stride, width = (image.Width + stride - 1) / stride;
        byte[] pixels = new byte[height * width * ImageDataset.Channels];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int from = ((y * stride * image.Width) + (x * stride)) * ImageDataset.Channels;
                image.Pixels.Slice(from, ImageDataset.Channels).CopyTo(pixels.AsSpan(((y * width) + x) * ImageDataset.Channels));
            }
        }

        return Convert.ToBase64String(Pages.PngWriter.Encode(pixels, width, height, ImageDataset.Channels));
    }

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => [.. items.Select(node)];

    private readonly record struct ImageResult(int Index, int Label, int Predicted, double Loss, double Confidence);
}
