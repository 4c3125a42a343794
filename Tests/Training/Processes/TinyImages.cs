using SkiaSharp;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Processes;

/// <summary>A folder of small procedural images, for runs in processes of their own that start and train in a fraction of a second.</summary>
internal sealed class TinyImages : IDisposable
{
    public const int TrainImages = 48;
    public const int ValidationImages = 8;
    public const int BatchSize = 8;

    private const int Side = 16;
    private const int TestCount = 20;

    private readonly TempFolder _folder = new();

    public TinyImages(int count = TrainImages + ValidationImages)
    {
        var (train, test) = SyntheticDataset.Create(seed: 3, threads: 2, count, TestCount);
        Write("train", train);
        Write("test", test);
    }

    /// <summary>The folder.</summary>
    public string Path => _folder.Path;

    /// <summary>
    /// A run on them with everything that could break exactness: augmentation, dropout, momentum that is thrown away at drops of the rate, and
    /// a best checkpoint beside the last one. An epoch has six steps.
    /// </summary>
    public string[] Arguments =>
    [
        "train", "--depth", "10", "--k", "1", "--dropout", "0.3", "--dataset", "folder", "--data-dir", Path, "--augment", "crop-flip",
        "--train-images", $"{TrainImages}", "--val-images", $"{ValidationImages}", "-b", $"{BatchSize}", "--epochs", "400",
        "--decay-epochs", "2,4,7,12", "--seed", "9",
    ];

    /// <summary>Writes the upper left part of each image as a PNG file.</summary>
    private void Write(string set, ImageDataset images)
    {
        for (int i = 0; i < images.Count; i++)
        {
            using var bitmap = new SKBitmap(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque);
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    var p = images.Read(i).Pixels.Slice((y * images.Width + x) * ImageDataset.Channels, ImageDataset.Channels);
                    bitmap.SetPixel(x, y, new SKColor(p[0], p[1], p[2]));
                }
            }

            using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
            _folder.Write($"{set}/{images.ClassNames[images.Labels[i]]}/{i:d5}.png", png.Span);
        }
    }

    public void Dispose() => _folder.Dispose();
}
