using System.Runtime.InteropServices;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Tensors;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Prediction;

/// <summary>A class and how likely the network takes it to be.</summary>
/// <param name="Index">The class, from 0.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Probability">Softmax of the logits.</param>
internal readonly record struct ClassScore(int Index, string Name, double Probability);

/// <summary>A network from a checkpoint, ready to say what pictures show.</summary>
internal sealed class Predictor : IDisposable
{
    private readonly Device _device;

    /// <summary>Loads a checkpoint.</summary>
    /// <param name="path">The checkpoint file.</param>
    /// <param name="device">Where to compute; it stays the caller's.</param>
    /// <exception cref="CheckpointException">It is no checkpoint, or does not say how images are prepared.</exception>
    /// <exception cref="UserException">Its network reads whitened images.</exception>
    public Predictor(string path, Device device)
    {
        using var checkpoint = Checkpoint.Open(path);
        State = checkpoint.ReadState();
        Preprocessing = State.Preprocessing ?? throw new CheckpointException(
            $"'{path}' was written before checkpoints said how their images are prepared; export it with --dataset {State.Dataset} and use the exported file");
        try
        {
            Input = new ImageInput(Preprocessing);
        }
        catch (NotSupportedException e)
        {
            throw new UserException(ExitCode.BadData, $"'{path}' cannot be used for single pictures: {e.Message}.", e);
        }

        _device = device;
        Model = new WideResNet(State.Model, device);
        try
        {
            checkpoint.LoadInto(Model);
            Model.Eval();
        }
        catch
        {
            Model.Dispose();
            throw;
        }
    }

    /// <summary>What the checkpoint says of its run.</summary>
    public CheckpointState State { get; }

    /// <summary>How images are prepared.</summary>
    public Preprocessing Preprocessing { get; }

    /// <summary>Prepares them.</summary>
    public ImageInput Input { get; }

    /// <summary>The network, in evaluation mode.</summary>
    public WideResNet Model { get; }

    /// <summary>The likeliest classes of each picture, best first; of equally likely ones the lower number comes first.</summary>
    /// <param name="images">[H, W, 3] bytes of each, from <see cref="ImageInput.ReadPixels"/>.</param>
    /// <param name="count">How many classes.</param>
    /// <exception cref="UserException">The network's outputs are no numbers.</exception>
    public IReadOnlyList<ClassScore[]> Predict(IReadOnlyList<byte[]> images, int count)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var scope = new StepScope();
        using var noGrad = new NoGrad();
        float[] logits = Model.Forward(ToTensor(images)).ToArray<float>();
        int classes = State.Model.NumClasses;
        return [.. Enumerable.Range(0, images.Count).Select(i => Best(logits.AsSpan(i * classes, classes), count))];
    }

    /// <summary>Pictures as the network reads them, [N, 3, H, W], in the caller's step scope.</summary>
    public Tensor ToTensor(IReadOnlyList<byte[]> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var values = new float[images.Count * Input.Size]; // [N, H, W, 3], the order in which the tensor is stored
        for (int i = 0; i < images.Count; i++) Input.Normalize(images[i], values.AsSpan(i * Input.Size, Input.Size));
        var tensor = Tensor.Empty([images.Count, ImageDataset.Channels, Input.Height, Input.Width], _device);
        _device.CopyFromHost(MemoryMarshal.AsBytes(values.AsSpan()), tensor);
        return tensor;
    }

    private ClassScore[] Best(ReadOnlySpan<float> logits, int count)
    {
        double max = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            if (!float.IsFinite(logit)) throw new UserException(ExitCode.BadData, "the network's outputs are no numbers; its checkpoint is of a run that diverged.");
            max = Math.Max(max, logit);
        }

        var exps = new double[logits.Length];
        for (int i = 0; i < exps.Length; i++) exps[i] = Math.Exp(logits[i] - max);
        double sum = exps.Sum();
        int[] order = [.. Enumerable.Range(0, exps.Length).OrderByDescending(i => exps[i]).Take(count)]; // a stable sort
        return Array.ConvertAll(order, i => new ClassScore(i, Preprocessing.ClassName(i), exps[i] / sum));
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => Model.Dispose();
}
