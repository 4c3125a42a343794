using System.Diagnostics;
using WrnEngine.Training.Data;

namespace WrnEngine.Tests.Training.Data;

/// <summary>
/// How long data takes: making the procedural set, loading CIFAR-10 (the folder that WRN_DATA_DIR names, where it is set), and augmenting one
/// batch on one thread. Prints milliseconds; run it on a quiet machine.
/// </summary>
[Explicit("a measurement, for a quiet machine")]
public class DataThroughput
{
    private const int Batch = 128, Repeats = 200;

    [Test]
    public void ProceduralSet() => Time("procedural set, first time in the process", () => DatasetCatalog.Load(new DatasetOptions { Name = "synthetic" }));

    [Test]
    public void Cifar10()
    {
        string? folder = Environment.GetEnvironmentVariable("WRN_DATA_DIR");
        if (folder is null) Assert.Ignore("WRN_DATA_DIR does not name a folder with CIFAR-10");
        Time("CIFAR-10 with its statistics, first time in the process", () => DatasetCatalog.Load(new DatasetOptions { Name = "cifar10", DataDirectory = folder }));
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
}
