using System.Diagnostics;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Ops;

namespace WrnEngine.Training;

/// <summary>Measures how fast a slow device is by the smallest network, so that it can be said before the first step how long one takes.</summary>
internal static class SpeedProbe
{
    private const int Side = 16;

    /// <summary>Multiply-adds of a forward pass, per second of a training step.</summary>
    public static double MacsPerSecond(Device device)
    {
        using var model = new WideResNet(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, device);
        Step(model, device); // takes memory, loads kernels
        return model.Describe([1, 3, Side, Side]).Sum(l => l.Macs) / Step(model, device);
    }

    private static double Step(WideResNet model, Device device)
    {
        using var scope = new StepScope();
        using var tape = new GradTape();
        var (images, labels) = FixedBatch.Create(device, 1, Side, model.Options.NumClasses, seed: 1);
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        model.Forward(images).SoftmaxCrossEntropy(labels).Backward();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
