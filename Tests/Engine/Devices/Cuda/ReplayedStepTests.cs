using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Nn;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Devices.Cuda;

/// <summary>When a step is replayed, when it must not be, and that its bits are those of single launches whatever happens in between.</summary>
[Category("Kernels")]
[NonParallelizable]
public class ReplayedStepTests
{
    private const int Samples = 5, Features = 19, Classes = 7;

    private CudaDevice _device = null!;

    [SetUp]
    public void Open()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        _device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Pooled });
    }

    [TearDown]
    public void Close()
    {
        _device.Dispose();
        SimulatorDriver.Reset();
    }

    [Test]
    public void TheThirdStepIsRecordedAndReplayed()
    {
        using var expected = new Classifier(new CpuDevice(1));
        using var actual = new Classifier(_device);
        for (int i = 0; i < 6; i++)
        {
            expected.Run();
            actual.Run();
            Assert.That(actual.Step.WasReplayed, Is.EqualTo(i >= 2), $"step {i}");
            if (i is 1 or 2 or 5) TensorAssert.AreBitIdentical(actual.Weights, WeightsAfter(i + 1), $"weights after step {i}");
        }

        Assert.That(actual.Weights, Is.EqualTo(expected.Weights).Within(1e-5f));
        Assert.That(actual.Step.Recordings, Is.EqualTo(1));
        long eagerPeak = _device.Memory.PeakBytes;
        _device.Memory.ResetPeak();
        actual.Run();
        Assert.That(_device.Memory.PeakBytes, Is.EqualTo(eagerPeak), "memory that a replayed step uses");
        Assert.That(expected.Step.Recordings, Is.Zero, "the cpu device records nothing");
    }

    /// <summary>A tensor that somebody keeps where the recorded step has its temporary ones is not written over.</summary>
    [Test]
    public void WhatIsKeptInTheStepsMemoryStaysAsItIs()
    {
        using var step = new Classifier(_device);
        for (int i = 0; i < 4; i++) step.Run();
        var kept = Tensor.Full([1000], 3, _device);
        for (int i = 4; i < 9; i++)
        {
            step.Run();
            Assert.That(kept.ToArray<float>(), Is.All.EqualTo(3), $"after step {i}");
        }

        TensorAssert.AreBitIdentical(step.Weights, WeightsAfter(9), "weights");
        Assert.That((step.Step.WasReplayed, step.Step.Recordings), Is.EqualTo((true, 2)), "recorded anew beside the tensor");
        kept.Release();
        step.Run();
        Assert.That((step.Step.WasReplayed, step.Step.Recordings), Is.EqualTo((true, 2)));
    }

    /// <summary>What is over before the next step may use the memory meanwhile.</summary>
    [Test]
    public void PassesInBetweenChangeNothing()
    {
        using var step = new Classifier(_device);
        for (int i = 0; i < 7; i++)
        {
            step.Run();
            using (new StepScope()) _ = Tensor.Full([64, 64], 3, _device).MatMul(Tensor.Full([64, 64], float.NaN, _device)).ToArray<float>();
        }

        Assert.That((step.Step.WasReplayed, step.Step.Recordings), Is.EqualTo((true, 1)));
        TensorAssert.AreBitIdentical(step.Weights, WeightsAfter(7), "weights");
    }

    [Test]
    public void AnotherOptimizerInBetweenIsNoticed()
    {
        using var step = new Classifier(_device);
        using var other = new Classifier(_device);
        for (int i = 0; i < 4; i++) step.Run();
        other.RunEagerly();
        for (int i = 4; i < 8; i++) step.Run();
        Assert.That(step.Step.Recordings, Is.EqualTo(2));
        TensorAssert.AreBitIdentical(step.Weights, WeightsAfter(8), "weights");
        TensorAssert.AreBitIdentical(other.Weights, WeightsAfter(1), "the other's weights");
    }

    [Test]
    public void AMomentumThatStartsAnewIsRunAgain()
    {
        using var step = new Classifier(_device);
        using var plain = new Classifier(_device);
        for (int i = 0; i < 9; i++)
        {
            foreach (var each in (Classifier[])[step, plain])
                if (i == 4) each.Optimizer.ResetMomentum();
            step.Run();
            if (i is 4 or 5) Assert.That(step.Step.WasReplayed, Is.False, $"step {i}");
        }

        for (int i = 0; i < 9; i++)
        {
            if (i == 4) plain.Optimizer.ResetMomentum();
            plain.RunEagerly();
        }

        Assert.That((step.Step.WasReplayed, step.Step.Recordings), Is.EqualTo((true, 2)));
        TensorAssert.AreBitIdentical(step.Weights, plain.Weights, "weights");
    }

    [Test]
    public void AConstantThatChangesIsNotOverlooked()
    {
        using var step = new Classifier(_device) { HasPlacedRate = false };
        using var plain = new Classifier(_device) { HasPlacedRate = false };
        for (int i = 0; i < 8; i++)
        {
            step.Rate = i < 4 ? 0.1f : 0.03f;
            step.Run();
            Assert.That(step.Optimizer.IsSteady, Is.EqualTo(i > 0));
        }

        for (int i = 0; i < 8; i++)
        {
            plain.Rate = i < 4 ? 0.1f : 0.03f;
            plain.RunEagerly();
        }

        Assert.That(step.Step.Recordings, Is.EqualTo(2));
        TensorAssert.AreBitIdentical(step.Weights, plain.Weights, "weights");
    }

    /// <summary>Where the arena has no room for the step that is to be recorded, it is run once more, and then recorded.</summary>
    [Test]
    public void AnArenaThatIsFullPutsTheRecordingOff()
    {
        using var step = new Classifier(_device);
        for (int i = 0; i < 2; i++) step.Run();
        // Everything that is left of the slab, but for what no tensor of the step fits in.
        var taken = new List<Tensor>();
        long slabs = _device.Memory.SystemAllocations;
        for (int size = 32 << 20; size >= 256; size /= 2)
            while (true)
            {
                var t = Tensor.Empty([size], _device, DType.UInt8);
                if (_device.Memory.SystemAllocations > slabs)
                {
                    t.Release();
                    break;
                }

                taken.Add(t);
            }

        foreach (var t in taken) Assert.That(t.SizeInBytes, Is.Positive);
        long reserved = _device.Memory.ReservedBytes;
        for (int i = 2; i < 6; i++) step.Run();
        Assert.That(_device.Memory.ReservedBytes, Is.EqualTo(reserved));
        Assert.That((step.Step.WasReplayed, step.Step.Recordings), Is.EqualTo((true, 1)));
        foreach (var t in taken) t.Release();
        TensorAssert.AreBitIdentical(step.Weights, WeightsAfter(6), "weights");
    }

    [Test]
    public void ACopyInARecordedStepIsRefusedAndTheDeviceGoesOn()
    {
        using var step = new ReplayedStep(_device);
        void Copy()
        {
            using var scope = new StepScope();
            _ = Tensor.From([1f, 2f], [2], _device);
        }

        for (int i = 0; i < ReplayedStep.EagerSteps; i++) step.Run(Copy);
        Assert.That(() => step.Run(Copy), Throws.InvalidOperationException.With.Message.Contains("copied from the host's memory"));
        using var scope = new StepScope();
        Assert.That(Tensor.Full([3], 2, _device).Sum().Item(), Is.EqualTo(6)); // loads the kernels
        Assert.That(() => _device.Record(() => Tensor.Full([1], 1, _device).ToArray<float>()), Throws.InvalidOperationException.With.Message.Contains("copied to"));
        Assert.That(() => _device.Record(() => throw new TimeoutException()), Throws.TypeOf<TimeoutException>());
        Assert.That(_device.Record(() => Tensor.Full([1, 1, 4, 4], 2, _device).MaxPool2d(2, 2)), Is.Null, "a kernel that was never loaded");
        Assert.That(Tensor.Full([3], 2, _device).Sum().Item(), Is.EqualTo(6));
    }

    [Test]
    public void DevicesThatDoNotRecordRunEveryStep([Values] bool separate)
    {
        using var device = new CudaDevice(
            SimulatorDriver.Table, "ptxsim", options: separate ? new CudaOptions { Arena = ArenaMode.Separate } : new CudaOptions { Arena = ArenaMode.Pooled, Graphs = false });
        using var step = new Classifier(device);
        for (int i = 0; i < 4; i++)
        {
            step.Run();
            Assert.That(step.Step.WasReplayed, Is.False);
        }
    }

    /// <summary>Weights after the same steps, each kernel launched by itself, on a device of its own.</summary>
    private static float[] WeightsAfter(int steps)
    {
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Graphs = false });
        using var plain = new Classifier(device);
        for (int i = 0; i < steps; i++) plain.RunEagerly();
        return plain.Weights;
    }

    /// <summary>A linear classifier with dropout in front, whose batch, learning rate and mask are others in each step.</summary>
    private sealed class Classifier : IDisposable
    {
        private readonly Device _device;
        private readonly Tensor _weight, _bias, _table;
        private readonly StepInputs _inputs;
        private int _steps;

        public Classifier(Device device)
        {
            _device = device;
            var data = TestData.For("classifier");
            _weight = data.Normal([Features, Classes]).ToTensor(device);
            _bias = data.Normal([Classes]).ToTensor(device);
            _table = data.Normal([Samples, Features]).ToTensor(device);
            _weight.RequiresGrad = _bias.RequiresGrad = true;
            Optimizer = new Sgd([new NamedTensor("weight", _weight), new NamedTensor("bias", _bias)], Rate, momentum: 0.9f, weightDecay: 1e-2f, nesterov: true);
            _inputs = new StepInputs(device, Samples);
            Step = new ReplayedStep(device);
        }

        public Sgd Optimizer { get; }

        public ReplayedStep Step { get; }

        public float Rate { get; set; } = 0.1f;

        public bool HasPlacedRate { get; init; } = true;

        public float[] Weights => [.. _weight.ToArray<float>(), .. _bias.ToArray<float>()];

        public void Run()
        {
            Send();
            Step.Run(Compute, Optimizer.IsSteady);
        }

        public void RunEagerly()
        {
            Send();
            Compute();
        }

        private void Send()
        {
            float rate = HasPlacedRate ? Rate / (1 + _steps) : Rate;
            int[] labels = [.. Enumerable.Range(0, Samples).Select(i => (i + _steps) % Classes)];
            _inputs.Send(rate, (uint)_steps, 0, [.. Enumerable.Range(0, Samples).Select(i => 100 * _steps + i)], labels);
            Optimizer.LearningRate = HasPlacedRate ? _inputs.LearningRate : rate;
            _steps++;
        }

        private void Compute()
        {
            using var scope = new StepScope();
            using var tape = new GradTape();
            Optimizer.ZeroGrad();
            var x = _table.Dropout(0.4f, new DropoutKey(9, _inputs.Step, 1), _inputs.Indices);
            (x.MatMul(_weight) + _bias).SoftmaxCrossEntropy(_inputs.Labels).Backward();
            Optimizer.Step();
        }

        public void Dispose()
        {
            Step.Dispose();
            _inputs.Dispose();
            Optimizer.Dispose();
            _weight.Release();
            _bias.Release();
            _table.Release();
            if (_device is CpuDevice) _device.Dispose();
        }
    }
}
