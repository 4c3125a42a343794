using System.Diagnostics;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training.Data.Whitening;

/// <summary>
/// How long the ZCA transform of CIFAR-10 takes (the folder that WRN_DATA_DIR names; else the procedural set), and how exact it is.
/// Prints seconds; run it on a quiet machine.
/// </summary>
[Explicit("a measurement, for a quiet machine")]
public class ZcaMeasurement
{
    [Test]
    public void FitAndApply([Values(1, 2)] int threads)
    {
        string? folder = Environment.GetEnvironmentVariable("WRN_DATA_DIR");
        var data = DatasetCatalog.Load(new DatasetOptions { Name = folder is null ? "synthetic" : "cifar10", DataDirectory = folder ?? "data" });
        var images = data.Train.Source;
        var mean = Time("feature means", () => ZcaTransform.FeatureMeans(images, threads));
        using var covariance = Time("covariance", () => ZcaTransform.Covariance(images, mean, threads));
        for (int i = 0; i < mean.Length; i++) covariance[i, i] += ZcaTransform.FilterBias;
        var (root, residual) = Time("inverse square root", () => InverseSquareRoot.Of(covariance, ZcaTransform.FilterBias, threads));
        using var transform = new ZcaTransform(mean, root, residual);
        float[] whitened = new float[data.Train.Count * images.ImageSize];
        Time("whitening the training images", () =>
        {
            transform.Apply(images, data.Train.Indices.ToArray(), whitened, threads);
            return 0;
        });
        TestContext.Out.WriteLine($"{images.Name}, {threads} threads: residual {residual:G3}, peak {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB");
        Assert.That(residual, Is.LessThan(InverseSquareRoot.WorstResidual));
    }

    [Test]
    public void Product()
    {
        const int N = 3072;
        using PanelMatrix a = new(N, N), b = new(N, N), c = new(N, N);
        for (int i = 0; i < 4; i++)
        {
            long start = Stopwatch.GetTimestamp();
            PanelProduct.Multiply(a, b, c, threads: 2);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            TestContext.Out.WriteLine($"product of {N} x {N} doubles: {seconds:F3} s, {2e-9 * N * N * N / seconds:F0} GFLOP/s");
        }

        Assert.That(c.Length, Is.EqualTo((long)N * N));
    }

    private static T Time<T>(string what, Func<T> action)
    {
        long start = Stopwatch.GetTimestamp();
        T result = action();
        TestContext.Out.WriteLine($"{what}: {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s");
        return result;
    }
}
