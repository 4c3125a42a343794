using WrnEngine.Training.Runs;

namespace WrnEngine.Training;

/// <summary>Why a run came to its end.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs are done.</summary>
    Finished,

    /// <summary>The step limit.</summary>
    MaxSteps,

    /// <summary>The time limit.</summary>
    MaxTime,

    /// <summary>The error has not become lower for too long.</summary>
    EarlyStopped,

    /// <summary>Somebody asked.</summary>
    Stopped,
}

/// <summary>What a run came to.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Steps">Optimizer steps in all.</param>
/// <param name="ImagesPerSecond">Training speed of this process, without its first two steps.</param>
/// <param name="Epochs">Every epoch of the run so far, those before a resume included where metrics.csv has them.</param>
public sealed record TrainingOutcome(TrainingEnd End, long Steps, double ImagesPerSecond, IReadOnlyList<EpochRecord> Epochs);
