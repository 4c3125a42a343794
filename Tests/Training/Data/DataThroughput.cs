using System.Diagnostics;
using SkiaSharp;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

/// <summary>
/// How long data takes: making the procedural set, loading CIFAR-10 or SVHN (from the folder that WRN_DATA_DIR names) or a folder of images (the
/// one that WRN_IMAGE_DIR names), augmenting one batch on one thread, and decoding and augmenting photographs as for ImageNet. Prints
/// milliseconds; run it on a quiet machine.
/// </summary>
[Explicit("a measurement, for a quiet machine")]
public class DataThroughput
{
    private const int Batch = 128, Repeats = 200;

    [Test]
    public void ProceduralSet() => Time("procedural set, first time in the process", () => DatasetCatalog.Load(new DatasetOptions { Name = "synthetic" }));

    [TestCase("cifar10", "WRN_DATA_DIR")]
    [TestCase("svhn", "WRN_DATA_DIR")]
    [TestCase("folder", "WRN_IMAGE_DIR")]
    public void RealFiles(string name, string variable)
    {
        string? folder = Environment.GetEnvironmentVariable(variable);
        if (folder is null) Assert.Ignore($"{variable} does not name a folder with {name}");
        Time($"{name} with its constants, first time in the process", () =>
        {
            var data = DatasetCatalog.Load(new DatasetOptions { Name = name, DataDirectory = folder });
            TestContext.Out.WriteLine($"{data.Train.Count} training and {data.Test.Count} test images");
        });
    }

    [Test]
    public void Photographs()
    {
        const int Count = 200, Height = 375, Width = 500;
        using var folder = new TempFolder();
        for (int i = 0; i < 4; i++)
            folder.Write($"train/a/{i}.jpg", Jpeg(Height, Width, i));
        folder.Write("val/a/0.jpg", Jpeg(Height, Width, 0));
        var data = DatasetCatalog.Load(new DatasetOptions { Name = "folder", DataDirectory = folder.Path });
        var target = new float[data.Train.Source.ImageSize];
        foreach (SampleTransform transform in new[] { data.TrainTransform(seed: 1), data.EvaluationTransform() })
        {
            for (int i = 0; i < 20; i++) transform.Apply(data.Train.Source, i % 4, i, target);
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Count; i++) transform.Apply(data.Train.Source, i % 4, i, target);
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds / Count;
            TestContext.Out.WriteLine($"{transform.GetType().Name} of a JPEG of {Width} x {Height}: {milliseconds:f2} ms on one thread");
        }

        Assert.That(target, Has.None.NaN);
    }

    [Test]
    public void Augmentation()
    {
        var data = DatasetCatalog.Load(new DatasetOptions { Name = "synthetic" });
        var images = data.Train.Source;
        var transform = new CropFlipTransform(data.Normalization, images.Width, seed: 1);
        int size = images.Height * images.Width * ImageDataset.Channels;
        var target = new float[Batch * size];
        var milliseconds = new double[Repeats];
        for (int r = 0; r < Repeats; r++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Batch; i++) transform.Apply(images, r * Batch + i, epoch: 0, target.AsSpan(i * size, size));
            milliseconds[r] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(milliseconds);
        TestContext.Out.WriteLine($"augmentation of {Batch} images on one thread: {milliseconds[Repeats / 2]:f3} ms (median of {Repeats})");
        Assert.That(target, Has.None.NaN);
    }

    private static void Time(string what, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        TestContext.Out.WriteLine($"{what}: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:f0} ms");
    }

    /// <summary>Noise over a gradient: about as many bytes as a photograph of that size has.</summary>
    private static byte[] Jpeg(int height, int width, int seed)
    {
        using var bitmap = new SKBitmap(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                byte noise = (byte)(((x * 7919) ^ (y * 104_729) ^ (seed * 31)) % 48);
                bitmap.SetPixel(x, y, new SKColor((byte)(x / 3 + noise), (byte)(y / 2 + noise), (byte)(120 + noise)));
            }
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }
}
