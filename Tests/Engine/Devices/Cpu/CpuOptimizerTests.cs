using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>SGD over many slots at once: parts of the loop begin and end inside slots.</summary>
[Category("Cpu")]
public class CpuOptimizerTests
{
    private static readonly Shape[] Shapes = [[17], [33, 65, 3, 3], [], [0], [1, 3, 1, 1], [160, 160, 3, 3], [160], [7, 10_007]];

    [TestCase(0f, 0f, false)]
    [TestCase(0.9f, 0f, false)]
    [TestCase(0.9f, 0.2f, false)]
    [TestCase(0.9f, 0f, true)]
    public void ThreeStepsOfManySlotsMatchTheOracleForAnyNumberOfThreads(float momentum, float dampening, bool nesterov)
    {
        var data = new TestData(12);
        RefArray[] parameters = Array.ConvertAll(Shapes, s => data.Normal(s));
        RefArray[][] grads = [.. Enumerable.Range(0, 3).Select(_ => Array.ConvertAll(Shapes, s => data.Normal(s)))];
        var settings = new SgdSettings(0.1f, momentum, dampening, nesterov);
        var results = TeamSizes.SameBits(d =>
        {
            var values = Array.ConvertAll(parameters, p => p.ToTensor(d));
            // The buffer's content before the first step must not matter.
            Tensor?[] buffers = Array.ConvertAll(Shapes, s => momentum == 0 ? null : Tensor.Full(s, float.NaN, d));
            for (int step = 0; step < grads.Length; step++)
                d.Optimizer.SgdStep([.. Shapes.Select((_, i) => new SgdSlot(values[i], grads[step][i].ToTensor(d), buffers[i], Decay(i), step == 0))], settings);
            return values;
        });
        for (int i = 0; i < Shapes.Length; i++)
        {
            var (value, buffer) = (parameters[i], (RefArray?)null);
            foreach (var grad in grads)
                (value, buffer) = SgdOracle.Step(value, grad[i], buffer, settings.LearningRate, momentum, dampening, Decay(i), nesterov);
            TensorAssert.AreClose(results[i], value, 5e-7, $"parameter {i} of shape {Shapes[i]}");
        }

        static float Decay(int slot) => slot % 2 == 0 ? 5e-4f : 0;
    }

    [Test]
    public void MomentumWithoutABufferIsRefused()
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        var slot = new SgdSlot(Tensor.Zeros([3], d), Tensor.Zeros([3], d), null, 0, true);
        Assert.That(() => d.Optimizer.SgdStep([slot], new SgdSettings(0.1f, 0.9f, 0, false)), Throws.ArgumentException.With.Message.Contains("momentum buffer"));
    }
}
