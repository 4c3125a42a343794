using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Training;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training;

/// <summary>A WRN-10-1 on a few procedural images: the whole trainer in well under a second per epoch.</summary>
internal static class TinyRun
{
    public const int TrainImages = 40;
    public const int TestImages = 24;
    public const int BatchSize = 8;

    public static TrainingPlan Plan(int epochs = 3, float dropout = 0) => new(
        new WideResNetOptions(10, 1, DropRate: dropout),
        new Hyperparameters { Epochs = epochs, BatchSize = BatchSize, DecayEpochs = [2, 3] },
        Seed: 5);

    public static DatasetSplit Data(int validationImages = 0, int trainImages = TrainImages, int testImages = TestImages)
    {
        var (train, test) = SyntheticDataset.Create(seed: 3, threads: 2, trainImages, testImages);
        return DatasetSplit.Create(train, test, ChannelNormalization.Of(train, threads: 1), null, validationImages, seed: 5);
    }

    public static TrainingOutcome Run(
        TrainingPlan plan, DatasetSplit data, string? folder = null, bool resumes = false, int threads = 2,
        ITrainingLog? log = null, StopSignal? stop = null)
    {
        using var device = new CpuDevice(threads);
        using var own = stop is null ? new StopSignal() : null;
        using var trainer = new Trainer(plan, data, device, log ?? new Recorder(), stop ?? own!);
        using var run = folder is null ? null : RunFolder.Claim(folder, resumes);
        run?.Describe([]);
        if (resumes) trainer.Resume(run!.LastCheckpoint, MetricsCsv.Read(run.Metrics));
        return trainer.Run(run);
    }

    /// <summary>The names in a run folder, but for its logs and its report.</summary>
    public static string Files(string folder) =>
        string.Join(' ', Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Where(f => !IsLog(f) && !IsReport(f)).Order(StringComparer.Ordinal));

    private static bool IsReport(string name) => name is OutcomeFile.FileName or ReportPage.FileName;

    private static bool IsLog(string name) => name == JsonlLog.FileName || name.StartsWith("events.out.tfevents.", StringComparison.Ordinal);

    /// <summary>Keeps what a run reports.</summary>
    internal sealed class Recorder : ITrainingLog
    {
        public List<StepReport> Steps { get; } = [];

        public List<EpochRecord> Epochs { get; } = [];

        /// <summary>Called after each step.</summary>
        public Action<StepReport>? OnStep { get; init; }

        /// <summary>Called after each batch of an evaluation.</summary>
        public Action? OnEvaluating { get; init; }

        public void Step(in StepReport report)
        {
            Steps.Add(report);
            OnStep?.Invoke(report);
        }

        public void Evaluating(string what, int batch, int batches) => OnEvaluating?.Invoke();

        public void Epoch(EpochRecord record, int epochs, double imagesPerSecond) => Epochs.Add(record);
    }
}
