namespace WrnEngine.Training.Experiments.Planning;

/// <summary>Shares seconds out among rows: as many epochs as fit, the same for all of them, or as many as each can do in the same time.</summary>
/// <param name="experiment">What is compared.</param>
/// <param name="cells">The rows.</param>
/// <param name="speeds">Images per second of each.</param>
/// <param name="seeds">Runs of each.</param>
internal sealed class EpochShare(Experiment experiment, IReadOnlyList<CellSetup> cells, IReadOnlyList<double> speeds, int seeds)
{
    private int Longest => cells.Max(c => c.RecipeEpochs);

    /// <summary>Epochs of each row, or null where the least that makes sense does not fit.</summary>
    /// <param name="seconds">For all runs.</param>
    /// <param name="images">Training images; null for all.</param>
    public int[]? Fit(double seconds, int? images) => experiment.Equal == EqualShare.Time ? EqualTime(seconds, images) : EqualEpochs(seconds, images);

    /// <summary>What the least that makes sense takes.</summary>
    public double Least(int? images) => experiment.Equal == EqualShare.Time
        ? seeds * ((cells.Count * LeastTime(images)) + cells.Select((c, i) => MostBeside(c, speeds[i], images)).Sum())
        : Total(experiment.LeastEpochs, images);

    /// <summary>What runs of some epochs take, of no more than their recipe's.</summary>
    private double Total(int epochs, int? images) =>
        seeds * cells.Select((c, i) => RunCost.OfRun(experiment, c, speeds[i], Math.Min(epochs, c.RecipeEpochs), images)).Sum();

    private int[]? EqualEpochs(double seconds, int? images)
    {
        // From above: tests along the way make a run that is an epoch longer cheaper now and then.
        for (int epochs = Longest; epochs >= Math.Min(experiment.LeastEpochs, Longest); epochs--)
            if (Total(epochs, images) <= seconds) return [.. cells.Select(c => Math.Min(epochs, c.RecipeEpochs))];
        return null;
    }

    /// <summary>
    /// Every run trains for the same time. The fastest row must get the least epochs in it, and the slowest a whole one: a slow network that sees few images is
    /// what the comparison is about, but one that sees none of some would not be compared.
    /// </summary>
    private int[]? EqualTime(double seconds, int? images)
    {
        double least = LeastTime(images);
        // How many tests there are depends on the epochs, and these on the time that tests leave; the tests of the longest run are the most there can be.
        double beside = seeds * cells.Select((c, i) => MostBeside(c, speeds[i], images)).Sum();
        double time = (seconds - beside) / (seeds * cells.Count);
        if (time < least) return null;
        return [.. cells.Select((c, i) => Math.Clamp((int)(time / RunCost.OfEpoch(c, speeds[i], images)), 1, c.RecipeEpochs))];
    }

    private double MostBeside(CellSetup cell, double speed, int? images)
    {
        double most = 0;
        for (int epochs = 1; epochs <= Math.Min(cell.RecipeEpochs, 20); epochs++) most = Math.Max(most, RunCost.BesideTraining(experiment, cell, speed, epochs, images));
        return most;
    }

    private double LeastTime(int? images)
    {
        double[] epochs = [.. cells.Select((c, i) => RunCost.OfEpoch(c, speeds[i], images))];
        int fastest = Array.IndexOf(epochs, epochs.Min());
        return Math.Max(LeastEpochsOf(cells[fastest]) * epochs[fastest], epochs.Max());
    }

    private int LeastEpochsOf(CellSetup cell) => Math.Min(experiment.LeastEpochs, cell.RecipeEpochs);
}
