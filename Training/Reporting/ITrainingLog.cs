using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting;

/// <summary>Where a run stands after a step.</summary>
/// <param name="Epoch">1-based.</param>
/// <param name="Epochs">In all.</param>
/// <param name="Step">1-based, within the epoch.</param>
/// <param name="StepsPerEpoch">In an epoch.</param>
/// <param name="Lr">The step's learning rate.</param>
/// <param name="Loss">Mean over the epoch so far.</param>
/// <param name="Error">Likewise, in percent.</param>
/// <param name="ImagesPerSecond">Speed so far.</param>
/// <param name="Remaining">Estimate for the rest of the run.</param>
/// <param name="IsLast">The epoch or the run ends with this step.</param>
public readonly record struct StepReport(
    int Epoch, int Epochs, int Step, int StepsPerEpoch, float Lr, double Loss, double Error, double ImagesPerSecond, TimeSpan Remaining, bool IsLast);

/// <summary>Follows a run.</summary>
public interface ITrainingLog
{
    /// <summary>
    /// Asked for each step, before its report: whether anybody will look at the loss and error of its report. Where not, a device that runs ahead of its host isn't
    /// made to wait for them, and the report may have those of an earlier step.
    /// </summary>
    /// <param name="step">1-based, within the epoch.</param>
    /// <param name="isLast">The epoch or the run ends with it.</param>
    bool ShowsStep(int step, bool isLast) => true;

    /// <summary>A step is done.</summary>
    void Step(in StepReport report);

    /// <summary>A batch of an evaluation is done.</summary>
    void Evaluating(string what, int batch, int batches);

    /// <summary>An epoch is done, or as much of it as there will be.</summary>
    void Epoch(EpochRecord record, int epochs, double imagesPerSecond);
}
