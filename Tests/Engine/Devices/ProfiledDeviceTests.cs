using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Profiling;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Training;

namespace WrnEngine.Tests.Engine.Devices;

public class ProfiledDeviceTests
{
    [Test]
    public void ComputesWhatTheDeviceDoesAndTimesEveryOp()
    {
        using var plain = new CpuDevice(2);
        using var profiled = new ProfiledDevice(plain);
        Assert.That(Step(profiled), Is.EqualTo(Step(plain)));

        var convolution = profiled.Timings.Single(t => t is { Op: nameof(IConvOps.Conv2dForward), Detail: "16 -> 16, 3x3, 16x16 +norm +moments" });
        Assert.That(convolution.Calls, Is.EqualTo(1));
        Assert.That(convolution.Flops, Is.EqualTo(2.0 * 2 * 16 * 16 * 16 * 16 * 9));
        Assert.That(convolution.Bytes, Is.EqualTo(4.0 * ((2 * 2 * 16 * 16 * 16) + (16 * 16 * 9))));
        var classifier = profiled.Timings.Single(t => t is { Op: nameof(IMatMulOps.MatMul), Detail: "[2, 64] x [64, 10]" });
        Assert.That(classifier.Flops, Is.EqualTo(2.0 * 2 * 64 * 10));
        Assert.That(profiled.Timings.Select(t => t.Op), Is.SupersetOf(new[]
        {
            nameof(IConvOps.Conv2dBackwardInput), nameof(IConvOps.Conv2dBackwardWeight), nameof(INormOps.BatchNormBackwardReduced), nameof(IPoolOps.AveragePool2d),
            nameof(IMatMulOps.MatMul), nameof(ILossOps.SoftmaxCrossEntropy), nameof(IOptimizerOps.SgdStep),
        }));
        Assert.That(profiled.Timings.Select(t => t.Seconds), Is.All.Not.Negative); // the clock may stand still for the smallest
        Assert.That(convolution.Seconds, Is.Positive);
        profiled.Reset();
        Assert.That(profiled.Timings, Is.Empty);
        Assert.That(plain.Memory.LiveBuffers, Is.Zero);
    }

    [Test]
    public void AnOpsErrorComesThrough()
    {
        using var plain = new CpuDevice(1);
        using var profiled = new ProfiledDevice(plain);
        using var step = new StepScope();
        var empty = Tensor.Empty([0, 3, 2, 2], profiled);
        Assert.That(
            () => profiled.Norm.BatchNormStatistics(empty, Tensor.Zeros([3], profiled), Tensor.Zeros([3], profiled), null, null, 0.1f, 1e-5f),
            Throws.ArgumentException.With.Message.Contains("empty batch"));
    }

    [Test]
    public void TheProcessorsLimitsAreOfTheRightSize()
    {
        using var device = new CpuDevice(1);
        var limits = CpuLimits.Measure(device);
        Assert.That(limits.GigaflopsPerSecond, Is.InRange(1, 1000));
        Assert.That(limits.GigabytesPerSecond, Is.InRange(0.1, 1000));
        Assert.That(limits.CopyGigabytesPerSecond, Is.InRange(0.1, 1000));
    }

    private static float[] Step(Device device)
    {
        using var model = new WideResNet(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, device);
        using var optimizer = new Sgd(model.NamedParameters(), 0.1f, 0.9f, 5e-4f, dampening: 0, nesterov: true);
        var (images, labels) = FixedBatch.Create(device, 2, 16, 10, seed: 1);
        using (new StepScope())
        using (new GradTape())
        {
            optimizer.ZeroGrad();
            model.Forward(images).SoftmaxCrossEntropy(labels).Backward();
            optimizer.Step();
        }
        images.Release();
        labels.Release();
        return [.. model.NamedParameters().SelectMany(p => p.Value.ToArray<float>())];
    }
}
