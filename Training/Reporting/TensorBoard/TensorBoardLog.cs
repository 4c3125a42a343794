using System.Runtime.InteropServices;
using WrnEngine.Models;
using WrnEngine.Tensors;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Reporting.TensorBoard;

/// <summary>
/// A run in TensorBoard: numbers of each logged step, results of each evaluation; with these the distribution of every weight and of its last gradient, and the
/// filters of the first convolution; once, images as training reads them. Steps are those done in all. Tensors are read where the network rests between an
/// epoch and the next: nothing is made on the device, and no step waits.
/// </summary>
internal sealed class TensorBoardLog : IRunLog
{
    private const int MostSamples = 64;
    private const int MostSamplePixels = 1 << 18;
    private const int FilterScale = 8;

    private readonly TensorBoardFile _file;
    private readonly WideResNet _model;
    private float[] _values = [];

    /// <summary>Begins an event file.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="from">Where a resumed run goes on, or null.</param>
    /// <param name="model">The network in training.</param>
    /// <param name="data">What it is trained on.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public TensorBoardLog(string folder, ResumePoint? from, WideResNet model, DatasetSplit data, ulong seed)
    {
        _model = model;
        _file = new TensorBoardFile(folder, TimeProvider.System);
        _file.Restart(from is null ? 0 : from.TotalSteps + 1); // a new one also where a run was killed before its first checkpoint
        if (from is null) WriteSamples(data, seed);
    }

    /// <inheritdoc/>
    public void Step(in LoggedStep step)
    {
        var r = step.Report;
        _file.Scalars(
            step.TotalSteps, ("train/loss", r.Loss), ("train/error", r.Error), ("lr", r.Lr), ("images_per_second", r.ImagesPerSecond),
            ("memory_megabytes", step.MemoryBytes / 1e6), ("epoch", r.Epoch - 1 + ((double)r.Step / r.StepsPerEpoch)));
    }

    /// <inheritdoc/>
    public void Epoch(in LoggedEpoch epoch)
    {
        if (!epoch.IsEvaluated) return;
        var e = epoch.Record;
        long step = epoch.TotalSteps;
        if (e.ValError is { } valError) _file.Scalars(step, ("val/loss", e.ValLoss!.Value), ("val/error", valError));
        if (e.TestError is { } testError) _file.Scalars(step, ("test/loss", e.TestLoss!.Value), ("test/error", testError));
        bool isFirst = true;
        foreach (var parameter in _model.NamedParameters())
        {
            var values = Read(parameter.Value);
            _file.Histogram($"weights/{parameter.Name}", values, step);
            if (isFirst) WriteFilters(parameter.Value.Shape, values, step);
            isFirst = false;
            if (parameter.Value.Grad is { } gradient) _file.Histogram($"gradients/{parameter.Name}", Read(gradient), step); // none before the first step of a resumed run
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Elements in stored order, valid until the next call.</summary>
    private ReadOnlySpan<float> Read(Tensor tensor)
    {
        int count = checked((int)tensor.Numel);
        if (_values.Length < count) _values = new float[count];
        tensor.Device.CopyToHost(tensor, MemoryMarshal.AsBytes(_values.AsSpan(0, count)));
        return _values.AsSpan(0, count);
    }

    /// <summary>The first images of the first batch, as they are in its epoch.</summary>
    private void WriteSamples(DatasetSplit data, ulong seed)
    {
        var source = data.Train.Source;
        int count = Math.Clamp(MostSamplePixels / (source.Height * source.Width), 1, Math.Min(MostSamples, data.Train.Count));
        using var loader = new BatchLoader(data.Train, data.TrainTransform(seed), count, BatchOrder.Training, seed, data.LoaderThreads);
        loader.StartEpoch(0);
        var images = loader.Next()!.Images;
        var grid = new PixelGrid(count, source.Height, source.Width);
        for (int i = 0; i < count; i++) grid.Set(i, images.Slice(i * source.ImageSize, source.ImageSize), Colours(data, images));
        _file.Image("images/training", grid.ToPng(), grid.Width, grid.Height, 0);
    }

    /// <summary>Undoes the normalisation. Whitened images have no colours to go back to: theirs are stretched over what there is.</summary>
    private static Func<float, int, float> Colours(DatasetSplit data, ReadOnlySpan<float> images)
    {
        if (data.Whitening is null)
        {
            float[] mean = data.Normalization.Mean.ToArray(), std = data.Normalization.Std.ToArray();
            return (value, channel) => (value * std[channel]) + mean[channel];
        }

        float largest = Largest(images);
        return (value, _) => 127.5f + (127.5f * value / largest);
    }

    /// <summary>Stored as [outC, kH, kW, 3]: each filter is a picture already. Grey is 0.</summary>
    private void WriteFilters(Shape shape, ReadOnlySpan<float> values, long step)
    {
        var (count, height, width) = (shape[0], shape[2], shape[3]);
        var grid = new PixelGrid(count, height, width, FilterScale);
        float largest = Largest(values);
        for (int i = 0; i < count; i++) grid.Set(i, values.Slice(i * (values.Length / count), values.Length / count), (value, _) => 127.5f + (127.5f * value / largest));
        _file.Image("filters/first_convolution", grid.ToPng(), grid.Width, grid.Height, step);
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 1e-30f;
        foreach (float value in values) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
