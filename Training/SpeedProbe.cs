using System.Diagnostics;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Ops;

namespace WrnEngine.Training;

/// <summary>Measures how fast a network trains here before the first step, so that a long run can say soon how long it will take.</summary>
internal static class SpeedProbe
{
    private const double MacsPerProbe = 2e10; // about a second of forward and backward on two cores, with enough images to fill them
    private const int MinImages = 4;
    private const int WarmupImages = 2;

    /// <summary>Images per second of a training step. The network is left as it was.</summary>
    public static double ImagesPerSecond(WideResNet model, Device device, int side, int batchSize)
    {
        double macs = model.Describe([1, 3, side, side]).Sum(l => l.Macs);
        int measured = (int)Math.Clamp(MacsPerProbe / macs, Math.Min(MinImages, batchSize), batchSize);
        var statistics = model.NamedBuffers().Select(b => (b.Value, Saved: b.Value.ToArray<float>())).ToArray();
        double seconds = 0;
        foreach (int count in new[] { Math.Min(WarmupImages, measured), measured }) // the first pass compiles the code
        {
            long start = Stopwatch.GetTimestamp();
            using var scope = new StepScope();
            using var tape = new GradTape();
            var (images, labels) = FixedBatch.Create(device, count, side, model.Options.NumClasses, seed: 1);
            model.Forward(images).SoftmaxCrossEntropy(labels).Backward();
            device.Synchronize();
            seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        foreach (var (buffer, saved) in statistics) buffer.CopyFrom<float>(saved);
        return measured / seconds;
    }
}
