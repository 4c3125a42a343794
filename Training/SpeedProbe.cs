using System.Diagnostics;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Ops;

namespace WrnEngine.Training;

/// <summary>Measures how fast a network trains here before the first step, so that a long run can say soon how long it will take.</summary>
internal static class SpeedProbe
{
    private const double MacsPerPass = 5e10; // about two seconds of forward and backward on two cores before the code is fully compiled
    private const int MinImages = 4;
    private const int WarmupImages = 2;
    private const int Passes = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3); // no further pass begins after it: the user waits

    /// <summary>Images per second of a training step. The network is left as it was.</summary>
    public static double ImagesPerSecond(WideResNet model, Device device, int side, int batchSize)
    {
        double macs = model.Describe([1, 3, side, side]).Sum(l => l.Macs);
        int count = (int)Math.Clamp(MacsPerPass / macs, Math.Min(MinImages, batchSize), batchSize);
        var statistics = model.NamedBuffers().Select(b => (b.Value, Saved: b.Value.ToArray<float>())).ToArray();
        long start = Stopwatch.GetTimestamp();
        Pass(model, device, side, Math.Min(WarmupImages, count));
        double seconds = Pass(model, device, side, count);
        for (int pass = 1; pass < Passes && Stopwatch.GetElapsedTime(start) < Limit; pass++)
            seconds = Math.Min(seconds, Pass(model, device, side, count));
        foreach (var (buffer, saved) in statistics) buffer.CopyFrom<float>(saved);
        return count / seconds;
    }

    private static double Pass(WideResNet model, Device device, int side, int count)
    {
        using var scope = new StepScope();
        using var tape = new GradTape();
        var (images, labels) = FixedBatch.Create(device, count, side, model.Options.NumClasses, seed: 1);
        long start = Stopwatch.GetTimestamp();
        model.Forward(images).SoftmaxCrossEntropy(labels).Backward();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
