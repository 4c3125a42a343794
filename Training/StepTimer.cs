using System.Diagnostics;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;

namespace WrnEngine.Training;

/// <summary>A network with one random batch, whose training steps, or forward passes, are timed one by one.</summary>
internal sealed class StepTimer : IDisposable
{
    private readonly Device _device;
    private readonly bool _infers;
    private readonly Sgd _optimizer;
    private readonly ReplayedStep _replayed;
    private readonly Tensor _images, _labels;

    /// <summary>Builds network and batch.</summary>
    /// <param name="device">Where; it stays the caller's.</param>
    /// <param name="network">The network, with its number of classes.</param>
    /// <param name="batchSize">Images of a step.</param>
    /// <param name="side">Rows and columns of an image.</param>
    /// <param name="seed">Seed of weights and batch.</param>
    /// <param name="infers">Forward passes in evaluation mode instead of training steps.</param>
    public StepTimer(Device device, WideResNetOptions network, int batchSize, int side, ulong seed = 1, bool infers = false)
    {
        (_device, _infers) = (device, infers);
        (_images, _labels) = FixedBatch.Create(device, batchSize, side, network.NumClasses, seed);
        Model = new WideResNet(network, device, seed);
        var paper = new Hyperparameters();
        _optimizer = new Sgd(Model.NamedParameters(), paper.LearningRate, paper.Momentum, paper.WeightDecay, dampening: 0, nesterov: true);
        _replayed = new ReplayedStep(device);
        Model.Train(!infers);
    }

    /// <summary>The network.</summary>
    public WideResNet Model { get; }

    /// <summary>Steps that say little about those that follow: two that take memory and compile code, and one that is recorded where the device can.</summary>
    public int WarmupSteps => ReplayedStep.EagerSteps + (_device.RunsAhead ? 1 : 0);

    /// <summary>Does a step.</summary>
    /// <returns>Its time, and the part until everything was enqueued.</returns>
    public (double Seconds, double HostSeconds) Step()
    {
        using var noGrad = _infers ? new NoGrad() : null;
        long start = Stopwatch.GetTimestamp();
        if (_infers) _replayed.Run(Infer);
        else _replayed.Run(Train, _optimizer.IsSteady);
        double host = Stopwatch.GetElapsedTime(start).TotalSeconds;
        _device.Synchronize();
        return (Stopwatch.GetElapsedTime(start).TotalSeconds, host);
    }

    /// <summary>Gives the batch's memory back: what follows are no more steps.</summary>
    public void ReleaseBatch()
    {
        _images.Release();
        _labels.Release();
    }

    private void Train()
    {
        using var scope = new StepScope();
        using var tape = new GradTape();
        _optimizer.ZeroGrad();
        Model.Forward(_images).SoftmaxCrossEntropy(_labels).Backward();
        _optimizer.Step();
    }

    private void Infer()
    {
        using var scope = new StepScope();
        _ = Model.Forward(_images);
    }

    /// <summary>Releases network, momentum and batch.</summary>
    public void Dispose()
    {
        ReleaseBatch();
        _replayed.Dispose();
        _optimizer.Dispose();
        Model.Dispose();
    }
}
