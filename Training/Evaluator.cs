using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting.Report;

namespace WrnEngine.Training;

/// <summary>Mean loss and error, in percent, over a set of images.</summary>
public readonly record struct Evaluation(double Loss, double Error);

/// <summary>Measures a network on images it does not train on: running statistics, no dropout, no augmentation, every image once.</summary>
internal sealed class Evaluator(WideResNet model, Device device, DatasetSplit data, int batchSize, ResidentImages resident)
{
    /// <summary>Loss and error on <paramref name="images"/>, or null when <paramref name="stop"/> came in between.</summary>
    /// <param name="images">What to measure on.</param>
    /// <param name="stop">The wish to stop.</param>
    /// <param name="progress">Told the batches done and all batches.</param>
    /// <param name="details">Takes what is found out about each image; a device that runs ahead is waited for after each batch then.</param>
    public Evaluation? Run(ImageSubset images, StopSignal stop, Action<int, int>? progress = null, TestResults? details = null)
    {
        using var batches = new DeviceBatches(
            images, data.EvaluationTransform(), batchSize, BatchOrder.Evaluation, seed: 0, data.LoaderThreads, resident, device);
        batches.StartEpoch(0);
        using var results = new StepResults(device);
        double lossSum = 0;
        long errors = 0;
        model.Eval();
        try
        {
            using var noGrad = new NoGrad();
            int done = 0;
            while (batches.Next() is { } batch)
            {
                if (stop.IsRequested) return null;
                using var scope = new StepScope();
                var (x, labels) = batches.ToTensors(batch);
                var logits = model.Forward(x);
                results.Keep(logits.SoftmaxCrossEntropy(labels), logits.TopKCount(labels), (uint)done);
                results.Add(done, batch.Count);
                details?.Add(batch.Indices, batch.Labels, logits.ToArray<float>());
                if (!device.RunsAhead || results.IsFull) Read(); // where it does not run ahead they are there already
                progress?.Invoke(++done, batches.BatchesPerEpoch);
            }

            Read();
        }
        finally
        {
            model.Train();
        }

        return new Evaluation(lossSum / images.Count, 100.0 * errors / images.Count);

        void Read()
        {
            while (results.Next() is { } batch)
            {
                lossSum += (double)batch.Loss * batch.Samples;
                errors += batch.Samples - batch.Correct;
            }
        }
    }
}
