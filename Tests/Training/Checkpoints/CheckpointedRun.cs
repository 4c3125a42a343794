using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Training.Checkpoints;

namespace WrnEngine.Tests.Training.Checkpoints;

/// <summary>A WRN-10-1 with dropout that trains on tiny random images, each step a function of its number alone.</summary>
internal sealed class CheckpointedRun : IDisposable
{
    private const int Batch = 4;
    private const int StepsPerEpoch = 4;

    public static readonly WideResNetOptions Network = new(10, 1, NumClasses: 5, DropRate: 0.3f);

    private double _lossSum;
    private long _errors;

    public CheckpointedRun(ulong seed = 11)
    {
        Seed = seed;
        Device = new CpuDevice(2);
        Model = new WideResNet(Network, Device, seed);
        Optimizer = new Sgd(Model.NamedParameters(), 0.05f, momentum: 0.9f, weightDecay: 5e-4f, nesterov: true);
    }

    public ulong Seed { get; }

    public CpuDevice Device { get; }

    public WideResNet Model { get; }

    public Sgd Optimizer { get; }

    public int Steps { get; private set; }

    public CheckpointState State => new(Network, "random", Seed, Steps / StepsPerEpoch, Steps, new EpochSums(_lossSum, _errors, Steps % StepsPerEpoch * Batch));

    public void Train(int steps)
    {
        for (int i = 0; i < steps; i++) Step();
    }

    public void Resume(string path)
    {
        var state = Checkpoint.Load(path, Model, Optimizer);
        Steps = (int)state.Step;
        (_lossSum, _errors) = (state.EpochSums.LossSum, state.EpochSums.Errors);
    }

    public byte[] Bytes()
    {
        using var stream = new MemoryStream();
        Checkpoint.Writer(Model, Optimizer, State).WriteTo(stream);
        return stream.ToArray();
    }

    private void Step()
    {
        if (Steps % StepsPerEpoch == 0)
        {
            (_lossSum, _errors) = (0, 0);
            // As at the drops of the learning rate: the second epoch begins without momentum.
            if (Steps == StepsPerEpoch) Optimizer.ResetMomentum();
        }
        var data = TestData.For($"step {Steps}");
        using var step = new StepScope();
        using var tape = new GradTape();
        Model.DropoutState.Step = (uint)Steps;
        Model.DropoutState.SampleIndices = data.Integers([Batch], 1000).ToTensor(Device, DType.Int32);
        var labels = data.Integers([Batch], Network.NumClasses).ToTensor(Device, DType.Int32);
        var logits = Model.Forward(data.Normal([Batch, 3, 8, 8]).ToTensor(Device));
        var loss = logits.SoftmaxCrossEntropy(labels);
        _lossSum += loss.Item() * (double)Batch;
        _errors += logits.ArgMax().ToArray<int>().Zip(labels.ToArray<int>()).Count(p => p.First != p.Second);
        Optimizer.ZeroGrad();
        tape.Backward(loss);
        Optimizer.Step();
        Steps++;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Model.Dispose();
        Device.Dispose();
    }
}
