using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Experiments.Results;

/// <summary>What an experiment has found out so far.</summary>
/// <param name="Plan">What was to be done.</param>
/// <param name="Cells">What came of each cell, in the plan's order.</param>
/// <param name="Commands">How to get it again: the command of the runner.</param>
internal sealed record ExperimentResults(ExperimentPlan Plan, IReadOnlyList<CellResult> Cells, string Command)
{
    /// <summary>Every run that the plan has is there.</summary>
    public bool IsComplete => Cells.All(c => c.Cell.Missing is not null || c.IsComplete(Plan));
}

/// <summary>What came of a row on a data set.</summary>
/// <param name="Cell">What was to be done.</param>
/// <param name="Runs">A run for each seed that is done.</param>
/// <param name="StepTime">The time of a step; null where it is not measured, or not yet.</param>
internal sealed record CellResult(PlannedCell Cell, IReadOnlyList<SeedResult> Runs, StepTime? StepTime)
{
    /// <summary>Runs that came to nothing; the others go on without them.</summary>
    public IReadOnlyList<RunFailure> Failures { get; init; } = [];

    /// <summary>The test error of each run, in percent.</summary>
    public IEnumerable<double> Errors => Runs.Select(r => r.TestError);

    /// <summary>Nothing of it is left to do.</summary>
    public bool IsComplete(ExperimentPlan plan) =>
        (Cell.Epochs == 0 || Runs.Count + Failures.Count(f => f.IsFinal) == plan.Seeds.Count) && (StepTime is not null || !plan.Experiment.Measures.HasFlag(ExperimentMeasures.StepTime));
}

/// <summary>One finished run.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Folder">Its run folder.</param>
/// <param name="TestError">After the last epoch, in percent.</param>
/// <param name="Epochs">All of it.</param>
/// <param name="Blocks">What each residual block adds, in the network's order; empty where it is not measured.</param>
internal sealed record SeedResult(ulong Seed, string Folder, double TestError, IReadOnlyList<EpochRecord> Epochs, IReadOnlyList<BlockResult> Blocks)
{
    /// <summary>What repeats it.</summary>
    public string Command { get; init; } = "";

    /// <summary>Training and tests.</summary>
    public double Seconds => Epochs.Sum(e => e.Seconds);
}

/// <summary>A run that came to nothing.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Folder">Its run folder.</param>
/// <param name="ExitCode">What <c>wrn train</c> answered.</param>
/// <param name="Sentence">What it said.</param>
internal sealed record RunFailure(ulong Seed, string Folder, int ExitCode, string Sentence)
{
    /// <summary>It would come to the same again: the loss was no number. Anything else is tried again by the next runner.</summary>
    public bool IsFinal => ExitCode == Training.ExitCode.Diverged;
}

/// <summary>What a residual block adds to what comes along its shortcut, over some test images.</summary>
/// <param name="Block">Its name: <c>group1.block0</c>.</param>
/// <param name="Ratio">Mean of |F(x)| / |shortcut|; null without a shortcut.</param>
/// <param name="ErrorWithout">Test error in percent of the same images when F(x) is left out.</param>
/// <param name="ErrorWith">Their test error with it.</param>
internal sealed record BlockResult(string Block, double? Ratio, double ErrorWithout, double ErrorWith);

/// <summary>The measured time of a training step, forward and backward, without the optimizer's data set.</summary>
/// <param name="Seconds">Of each measured step.</param>
/// <param name="BatchSize">Images in it.</param>
internal sealed record StepTime(IReadOnlyList<double> Seconds, int BatchSize)
{
    /// <summary>The network, always in the paper's own size: <c>WRN-40-4</c>.</summary>
    public string Network { get; init; } = "";

    /// <summary>Multiply-adds of its forward pass on an image. Where the plan scales, those of the cell are a twin's.</summary>
    public long Macs { get; init; }
}
