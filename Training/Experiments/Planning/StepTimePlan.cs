namespace WrnEngine.Training.Experiments.Planning;

/// <summary>What timing the steps of all rows takes. It is always the paper's own sizes that are timed.</summary>
/// <param name="SecondsOfRow">For how long the steps of a row are timed.</param>
/// <param name="TotalSeconds">All rows, with what comes before.</param>
internal sealed record StepTimePlan(double SecondsOfRow, double TotalSeconds)
{
    /// <summary>Steps of a row at least.</summary>
    public const int LeastSteps = 3;

    private const double UsualSeconds = 20, Start = 1;

    /// <summary>Nothing is timed.</summary>
    public static StepTimePlan None { get; } = new(0, 0);

    /// <summary>
    /// Measures the smallest row; the others take longer by their multiply-adds, or less, for a wider network computes at least as fast.
    /// </summary>
    /// <param name="experiment">What is compared.</param>
    /// <param name="cells">The rows in the paper's sizes.</param>
    /// <param name="machine">Measures.</param>
    /// <param name="seconds">What there is.</param>
    public static StepTimePlan Make(Experiment experiment, IReadOnlyList<CellSetup> cells, IPlanningMachine machine, double seconds)
    {
        CellSetup[] rows = [.. cells.DistinctBy(c => c.Row.Name)];
        var smallest = rows.MinBy(c => c.Macs)!;
        int batch = experiment.StepTimeBatchSize;
        double perMac = batch / machine.ImagesPerSecond(smallest, batch, 0) / smallest.Macs;
        // Networks that are not trained otherwise get what there is; others leave most of it to training.
        double share = experiment.Trains ? seconds / 4 : seconds;
        double each = Math.Min(UsualSeconds, Math.Max(0, share / rows.Length - Start));
        while (Total(each) > share && each > Start) each = Math.Max(Start, each * 0.8);
        return new StepTimePlan(each, Total(each));

        double Total(double each) => rows.Sum(c => Start + (perMac * c.Macs) + Math.Max(each, LeastSteps * perMac * c.Macs));
    }
}
