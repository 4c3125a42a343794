using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.OpCases;

namespace WrnEngine.Tests.Engine.Determinism;

/// <summary>The CPU's results are the same bits for any number of threads, and from one run to the next.</summary>
[Category("Cpu")]
public class ThreadCountTests
{
    private static readonly int[] ThreadCounts = [1, 2, 3];
    private readonly List<CpuDevice> _devices = [];

    [OneTimeSetUp]
    public void OpenDevices() => _devices.AddRange(ThreadCounts.Select(n => new CpuDevice(n, ArenaMode.Guarded)));

    [OneTimeTearDown]
    public void CloseDevices() => _devices.ForEach(d => d.Dispose());

    private static IEnumerable<string> Methods() => AllCases.All().Select(c => c.Method).Distinct();

    [TestCaseSource(nameof(Methods))]
    public void EveryOpCase(string method)
    {
        foreach (var c in AllCases.All().Where(c => c.Method == method && _devices[0].Computes(c.ComputesIn)))
        {
            var arrays = c.CreateArrays();
            var reference = Outputs(c, arrays, _devices[0]);
            foreach (var device in _devices.Skip(1))
            {
                var outputs = Outputs(c, arrays, device);
                for (int i = 0; i < reference.Count; i++)
                    Assert.That(outputs[i].AsSpan().SequenceEqual(reference[i]), $"{c} on {device.Team.ThreadCount} threads: other bits in output {i}");
            }
        }
    }

    private static List<byte[]> Outputs(OpCase c, CaseArrays arrays, CpuDevice device)
    {
        using var scope = new StepScope();
        var tensors = c.Upload(device, arrays);
        c.Run(device, tensors);
        return c.Arguments.Where(a => a.Role != ArgumentRole.Input).Select(a => Bytes(tensors[a.Name])).ToList();
    }

    private static byte[] Bytes(Tensor tensor)
    {
        byte[] bytes = new byte[tensor.SizeInBytes];
        tensor.Device.CopyToHost(tensor, bytes);
        return bytes;
    }

    [Test]
    public void TrainingASmallNetwork()
    {
        var reference = Train(_devices[0]);
        Assert.That(reference.Losses, Has.All.Matches<float>(float.IsFinite));
        Assert.That(reference.Losses[^1], Is.LessThan(reference.Losses[0]), "it learns its one batch");
        foreach (var device in _devices)
        {
            var run = Train(device);
            string what = $"on {device.Team.ThreadCount} threads";
            TensorAssert.AreBitIdentical(run.Losses, reference.Losses, $"losses {what}");
            TensorAssert.AreBitIdentical(run.Parameters, reference.Parameters, $"parameters {what}");
            TensorAssert.AreBitIdentical(run.Buffers, reference.Buffers, $"running statistics {what}");
            Assert.That(device.Memory.LiveBuffers, Is.Zero);
        }
    }

    /// <summary>A few steps of a network that has every kind of layer, and what came of it.</summary>
    private static (float[] Losses, float[] Parameters, float[] Buffers) Train(CpuDevice device)
    {
        using var model = new WideResNet(new WideResNetOptions(Depth: 10, WidenFactor: 1, DropRate: 0.2f), device, seed: 3);
        using var optimizer = new Sgd(model.NamedParameters(), 0.05f, momentum: 0.9f, weightDecay: 5e-4f, nesterov: true);
        var data = TestData.For("training");
        var (images, labels) = (data.Normal([7, 3, 16, 16]), data.Integers([7], 10));
        var losses = new List<float>();
        for (uint step = 0; step < 4; step++)
        {
            using var scope = new StepScope();
            using var tape = new GradTape();
            model.DropoutState.Step = step;
            var loss = model.Forward(images.ToTensor(device)).SoftmaxCrossEntropy(labels.ToTensor(device, DType.Int32), 0.1f);
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
            losses.Add(loss.Item());
        }
        return ([.. losses], Values(model.NamedParameters()), Values(model.NamedBuffers()));
    }

    private static float[] Values(IEnumerable<NamedTensor> tensors) => tensors.SelectMany(t => t.Value.ToArray<float>()).ToArray();
}
