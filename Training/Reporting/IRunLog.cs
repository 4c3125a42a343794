using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting;

/// <summary>A log that a run leaves in its folder.</summary>
internal interface IRunLog : IDisposable
{
    /// <summary>A step that is logged is done.</summary>
    void Step(in LoggedStep step);

    /// <summary>An epoch is done, or as much of it as there will be.</summary>
    void Epoch(in LoggedEpoch epoch);
}

/// <summary>A step as logs see it.</summary>
/// <param name="Report">Where the run stands.</param>
/// <param name="MemoryBytes">Bytes of tensors at most so far.</param>
/// <param name="Seconds">Since the logs were opened.</param>
internal readonly record struct LoggedStep(StepReport Report, long MemoryBytes, double Seconds)
{
    /// <summary>Steps done in all.</summary>
    public long TotalSteps => ((Report.Epoch - 1L) * Report.StepsPerEpoch) + Report.Step;
}

/// <summary>An epoch as logs see it.</summary>
/// <param name="Record">What came of it.</param>
/// <param name="Epochs">In all.</param>
/// <param name="ImagesPerSecond">Speed so far.</param>
/// <param name="MemoryBytes">Bytes of tensors at most so far.</param>
/// <param name="TotalSteps">Steps done in all.</param>
internal readonly record struct LoggedEpoch(EpochRecord Record, int Epochs, double ImagesPerSecond, long MemoryBytes, long TotalSteps)
{
    /// <summary>The network was tested, on whatever images.</summary>
    public bool IsEvaluated => Record.ValError is not null || Record.TestError is not null;
}
