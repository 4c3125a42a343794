namespace WrnEngine.Training.Experiments.Planning;

/// <summary>What an experiment comes to on a machine and a budget. Kept in its folder, so that a runner that is started again, or on another machine, does the same.</summary>
/// <param name="Experiment">Which one.</param>
/// <param name="BudgetMinutes">The budget; null for the paper's recipe in full.</param>
/// <param name="Scale">How all networks are scaled.</param>
/// <param name="TrainImages">Images trained on, the same for all; null for all there are.</param>
/// <param name="Seeds">Each row is trained once with each.</param>
/// <param name="Cells">The rows on each of their data sets.</param>
internal sealed record ExperimentPlan(
    Experiment Experiment, double? BudgetMinutes, TwinScale Scale, int? TrainImages, IReadOnlyList<ulong> Seeds, IReadOnlyList<PlannedCell> Cells)
{
    /// <summary>Images tested on, the same for all; null for all there are.</summary>
    public int? TestImages { get; init; }

    /// <summary>Networks, images and epochs are the paper's, so that its figures are a target.</summary>
    public bool IsAsPaper => BudgetMinutes is null && TrainImages is null && Scale == TwinScale.Full;

    /// <summary>Dispensable rows that the budget did not pay for.</summary>
    public IReadOnlyList<ExperimentRow> Untrained => Experiment.Trains && Cells.Any(c => c.Epochs > 0)
        ? [.. Cells.Where(c => c.Missing is null).GroupBy(c => c.Row).Where(g => g.All(c => c.Epochs == 0)).Select(g => g.Key)] : [];

    /// <summary>The minutes of all experiments together, of which <see cref="BudgetMinutes"/> is a part; null for an experiment by itself.</summary>
    public double? OfMinutes { get; init; }

    /// <summary>The data set that was asked for with <c>--dataset</c>; null for the experiment's own.</summary>
    public string? Dataset { get; init; }

    /// <summary>What is done once: loading data sets, and timing steps.</summary>
    public double SecondsBeside { get; init; }

    /// <summary>For how long the steps of a row are timed.</summary>
    public double SecondsOfStepTime { get; init; }

    /// <summary>What <see cref="Cells"/> with all seeds should take, and what is done once.</summary>
    public TimeSpan Time => TimeSpan.FromSeconds(SecondsBeside + Cells.Sum(c => c.SecondsOfRun * Seeds.Count));
}

/// <summary>A row on one data set: a network to train with each seed.</summary>
/// <param name="Row">The row.</param>
/// <param name="Dataset">As <c>--dataset</c> takes it.</param>
/// <param name="Network">The network that is trained, a twin of the row's where the plan scales: <c>WRN-40-0.5</c>.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Macs">Multiply-adds of its forward pass on an image.</param>
/// <param name="Epochs">How long it is trained; 0 where the experiment trains nothing, or not this row.</param>
/// <param name="ImagesPerSecond">Its measured training speed.</param>
/// <param name="SecondsOfRun">What one run should take; 0 for a row that is not run.</param>
/// <param name="Missing">Why the row is not run, as a part of a sentence; null where it is.</param>
internal sealed record PlannedCell(
    ExperimentRow Row, string Dataset, string Network, long Parameters, long Macs, int Epochs, double ImagesPerSecond, double SecondsOfRun, string? Missing)
{
    /// <summary>Images of an epoch.</summary>
    public int TrainImages { get; init; }

    /// <summary>Images of a test.</summary>
    public int TestImages { get; init; }

    /// <summary>Rows and columns of an image, as the network gets it.</summary>
    public int Side { get; init; }
}
