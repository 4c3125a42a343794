using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Devices;

/// <summary>A training step takes nothing from the system once the arena knows its needs.</summary>
[Category("Cpu")]
public class StepAllocationTests
{
    [Test]
    public void NoSystemAllocationAfterTheSecondStep()
    {
        using var device = new CpuDevice(2, ArenaMode.Pooled);
        var (images, labels) = (TestData.For("images").Normal([6, 3, 16, 16]), TestData.For("labels").Integers([6], 10));
        using (var model = new WideResNet(new WideResNetOptions(Depth: 10, WidenFactor: 2, DropRate: 0.1f), device))
        using (var optimizer = new Sgd(model.NamedParameters(), 0.01f, momentum: 0.9f))
        {
            long allocations = 0, reserved = 0, peak = 0;
            int live = 0;
            for (uint step = 1; step <= 6; step++)
            {
                using (new StepScope())
                using (new GradTape())
                {
                    model.DropoutState.Step = step;
                    var loss = model.Forward(images.ToTensor(device)).SoftmaxCrossEntropy(labels.ToTensor(device, DType.Int32));
                    optimizer.ZeroGrad();
                    loss.Backward();
                    optimizer.Step();
                }
                if (step == 2) (allocations, reserved, peak, live) = (device.Memory.SystemAllocations, device.Memory.ReservedBytes, device.Memory.PeakBytes, device.Memory.LiveBuffers);
                if (step <= 2) continue;
                Assert.That(device.Memory.SystemAllocations, Is.EqualTo(allocations), $"system allocations of step {step}");
                Assert.That(device.Memory.ReservedBytes, Is.EqualTo(reserved));
                Assert.That(device.Memory.PeakBytes, Is.EqualTo(peak));
                Assert.That(device.Memory.LiveBuffers, Is.EqualTo(live));
            }
            Assert.That(allocations, Is.Positive);
        }
        Assert.That(device.Memory.LiveBuffers, Is.Zero, "model and optimizer returned everything");
    }
}
