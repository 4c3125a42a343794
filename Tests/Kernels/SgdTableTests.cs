using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Nn;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels;

/// <summary>The optimizer's table on the device: sent when it has changed, in memory that is taken once and given back.</summary>
public class SgdTableTests : SimulatedDeviceFixture
{
    private static readonly Shape[] Shapes = [[7], [3, 17, 3, 3], [40, 33, 3, 3], [1]];

    protected override ArenaMode Arena => ArenaMode.Pooled;

    [Test]
    public void TheTableIsSentOnlyWhenItChanges()
    {
        var parameters = Parameters(Device);
        using var optimizer = new Sgd(parameters, 0.1f, momentum: 0.9f, weightDecay: 5e-4f, nesterov: true);
        List<int> copies = [], launches = [];
        for (int step = 0; step < 6; step++)
        {
            if (step == 4) optimizer.ResetMomentum();
            optimizer.LearningRate = 0.1f / (step + 1);
            foreach (var p in parameters) p.Value.GradIsFresh = true;
            int sent = 0;
            SimulatorDriver.Intercept = entry =>
            {
                if (entry.StartsWith("cuMemcpyHtoD", StringComparison.Ordinal)) sent++;
                return CudaResult.Success;
            };
            launches.Add(Launches(optimizer.Step).Length);
            SimulatorDriver.Intercept = null;
            copies.Add(sent);
        }
        Assert.That(launches, Is.All.EqualTo(1));
        // The momentum begins in the first step and again in the fifth; the steps after those go on with it.
        Assert.That(copies, Is.EqualTo((int[])[1, 1, 0, 0, 1, 1]));
    }

    [Test]
    public void AStepAllocatesNothingOnceTheTableIsThere()
    {
        var parameters = Parameters(Device);
        using var optimizer = new Sgd(parameters, 0.1f, momentum: 0.9f);
        optimizer.Step();
        var memory = Device.Memory;
        var before = (memory.LiveBuffers, memory.SystemAllocations, memory.ReservedBytes, memory.PeakBytes);
        int calls = 0;
        SimulatorDriver.Intercept = entry =>
        {
            if (entry is "cuMemAlloc" or "cuMemFree") calls++;
            return CudaResult.Success;
        };
        for (int step = 0; step < 3; step++) optimizer.Step();
        SimulatorDriver.Intercept = null;
        Assert.That(calls, Is.Zero, "calls of cuMemAlloc and cuMemFree");
        Assert.That((memory.LiveBuffers, memory.SystemAllocations, memory.ReservedBytes, memory.PeakBytes), Is.EqualTo(before));
    }

    [Test]
    public void TablesOfSeveralOptimizersAreKeptApart()
    {
        var (first, second) = (Parameters(Device), Parameters(Device));
        using var small = new Sgd(first.Take(1), 0.5f);
        using var large = new Sgd(second, 0.5f);
        small.Step();
        large.Step();
        small.Step();
        float[] start = ToArray(Parameters(Device)[0].Value), grad = ToArray(first[0].Value.Grad!);
        Assert.That(ToArray(first[0].Value), Is.EqualTo(start.Zip(grad, (w, g) => MathF.FusedMultiplyAdd(-0.5f, g, MathF.FusedMultiplyAdd(-0.5f, g, w))).ToArray()));
        Assert.That(ToArray(second[0].Value), Is.EqualTo(start.Zip(grad, (w, g) => MathF.FusedMultiplyAdd(-0.5f, g, w)).ToArray()));
    }

    [TestCase(0.9f, 0, true)]
    [TestCase(0.9f, 0.25f, false)]
    [TestCase(0, 0, false)]
    public void StepsGiveTheBitsOfTheFormula(float momentum, float dampening, bool nesterov)
    {
        var parameters = Parameters(Device);
        float[][] weights = [.. parameters.Select(p => ToArray(p.Value))], grads = [.. parameters.Select(p => ToArray(p.Value.Grad!))];
        float[][] buffers = [.. weights.Select(w => new float[w.Length])];
        using var optimizer = new Sgd(parameters, 0.1f, momentum, 5e-4f, dampening, nesterov);
        for (int step = 0; step < 3; step++)
        {
            optimizer.Step();
            for (int p = 0; p < weights.Length; p++)
                for (int i = 0; i < weights[p].Length; i++)
                {
                    float g = MathF.FusedMultiplyAdd(5e-4f, weights[p][i], grads[p][i]);
                    float b = step == 0 ? g : MathF.FusedMultiplyAdd(momentum, buffers[p][i], (1 - dampening) * g);
                    buffers[p][i] = b;
                    float taken = momentum == 0 ? g : nesterov ? MathF.FusedMultiplyAdd(momentum, b, g) : b;
                    weights[p][i] = MathF.FusedMultiplyAdd(-0.1f, taken, weights[p][i]);
                }
        }
        for (int p = 0; p < weights.Length; p++) TensorAssert.AreBitIdentical(ToArray(parameters[p].Value), weights[p], $"parameter {p}");
    }

    private static float[] ToArray(Tensor t) => t.ToArray<float>();

    private static NamedTensor[] Parameters(Device device)
    {
        var data = TestData.For("sgd table");
        return [.. Shapes.Select((shape, i) =>
        {
            var p = data.Normal(shape).ToTensor(device);
            p.Grad = data.Normal(shape).ToTensor(device);
            p.GradIsFresh = true;
            return new NamedTensor($"p{i}", p);
        })];
    }
}
