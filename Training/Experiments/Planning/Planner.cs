using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Experiments.Planning;

/// <summary>
/// Finds the largest version of an experiment that a budget pays for: the paper's networks, else the first of their twins at which every run gets the least
/// epochs of all training images, else the smallest twins on fewer images, without the rows that are dispensable then. All that is compared is made smaller alike.
/// </summary>
/// <param name="experiment">What is compared.</param>
/// <param name="request">What was asked.</param>
/// <param name="placement">Where runs compute.</param>
/// <param name="machine">Loads and measures.</param>
internal sealed class Planner(Experiment experiment, PlanRequest request, Placement placement, IPlanningMachine machine)
{
    /// <summary>The part of the budget that is planned for: measured speeds are those of a few steps.</summary>
    internal const double Aim = 0.94;

    private const int FewestImages = 1000;

    private IReadOnlyList<(ExperimentRow Row, string Dataset, DatasetFacts Facts)> _slots = [];
    private StepTimePlan _stepTimes = StepTimePlan.None;

    /// <summary>Makes the plan.</summary>
    /// <exception cref="UserException">The budget pays for no version of it.</exception>
    public ExperimentPlan Make()
    {
        _slots = [.. PlanSlots.Of(experiment, request.Dataset).Select(s => (s.Row, s.Dataset, experiment.Trains
            ? machine.Survey(experiment, s.Row, s.Dataset) : DatasetFacts.Unseen(s.Dataset, Running.RowArguments.Network(experiment, s.Row, TwinScale.Full))))];
        bool anything = _slots.Any(s => s.Facts.Missing is null);
        if (anything && experiment.Measures.HasFlag(ExperimentMeasures.StepTime))
        {
            _stepTimes = StepTimePlan.Make(experiment, Cells(TwinScale.Full), machine, SecondsLeft);
            if (SecondsLeft < 0) throw TooSmall(-SecondsLeft);
        }

        if (!experiment.Trains || !anything) return Plan(TwinScale.Full, null, [], [], []);
        if (request.BudgetMinutes is null)
        {
            var cells = Cells(TwinScale.Full);
            // Nothing is decided by the speeds here, so a guess will do where measuring takes long.
            double[] speeds = [.. cells.Select(c => machine.ImagesPerSecond(c, c.BatchSize, double.PositiveInfinity))];
            return Plan(TwinScale.Full, null, cells, speeds, [.. cells.Select(c => c.RecipeEpochs)]);
        }

        return Affordable();
    }

    /// <summary>The plan of an experiment that is left out, and why.</summary>
    public ExperimentPlan LeftOut(string why)
    {
        _slots = [.. PlanSlots.Of(experiment, request.Dataset).Select(s =>
            (s.Row, s.Dataset, DatasetFacts.Unseen(s.Dataset, Running.RowArguments.Network(experiment, s.Row, TwinScale.Full), why)))];
        _stepTimes = StepTimePlan.None;
        return Plan(TwinScale.Full, null, [], [], []);
    }

    /// <summary>What is left of the budget for runs.</summary>
    private double SecondsLeft => request.BudgetMinutes is { } minutes ? (minutes * 60 * Aim) - machine.Spent.TotalSeconds - SecondsBeside : double.PositiveInfinity;

    /// <summary>Every runner goes through the data sets once for each seed, and keeps one at a time.</summary>
    private double SecondsBeside => _stepTimes.TotalSeconds
        + (request.Seeds.Count * _slots.Where(s => s.Facts.Missing is null).GroupBy(s => s.Dataset).Sum(g => g.Max(s => s.Facts.LoadSeconds)));

    private ExperimentPlan Affordable()
    {
        List<CellSetup> cells = [];
        foreach (var scale in experiment.Twins.Prepend(TwinScale.Full))
        {
            cells = Cells(scale);
            if (Measure(cells) is { } speeds && new EpochShare(experiment, cells, speeds, request.Seeds.Count).Fit(SecondsLeft, null) is { } epochs)
                return Plan(scale, null, cells, speeds, epochs);
        }

        if (cells.Exists(c => !c.Row.IsDispensable)) cells = [.. cells.Where(c => !c.Row.IsDispensable)];
        return OnFewerImages(experiment.Twins is [.., var smallest] ? smallest : TwinScale.Full, cells);
    }

    private ExperimentPlan OnFewerImages(TwinScale scale, List<CellSetup> cells)
    {
        double[] speeds = [.. cells.Select(c => machine.ImagesPerSecond(c, c.BatchSize, 0))];
        var share = new EpochShare(experiment, cells, speeds, request.Seeds.Count);
        int batch = cells.Max(c => c.BatchSize), most = cells.Max(c => c.TrainImages) / batch * batch;
        int least = Math.Min((FewestImages + batch - 1) / batch * batch, most);
        double left = SecondsLeft;
        if (least == 0 || share.Fit(left, least) is not { } epochs) throw TooSmall(share.Least(least) - left);
        // The more images, the less fits: the largest number that does is between these two.
        for (int above = most + batch; above - least > batch;)
        {
            int images = (least + above) / 2 / batch * batch;
            if (share.Fit(left, images) is { } more) (least, epochs) = (images, more);
            else above = images;
        }

        return Plan(scale, least, cells, speeds, epochs);
    }

    /// <summary>The speeds of all cells, or null as soon as it is clear that the least epochs of some do not fit: the largest are measured first.</summary>
    private double[]? Measure(List<CellSetup> cells)
    {
        var speeds = new double[cells.Count];
        double sum = 0;
        foreach (int i in Enumerable.Range(0, cells.Count).OrderByDescending(i => cells[i].Macs))
        {
            double images = LeastOf(cells[i]), left = SecondsLeft - sum;
            if (left <= 0) return null;
            speeds[i] = machine.ImagesPerSecond(cells[i], cells[i].BatchSize, images / left);
            if (images / speeds[i] > left) return null;
            sum += images / speeds[i];
        }

        return speeds;
    }

    /// <summary>Images that all runs of a cell see at least. Where the time is equal, that is an epoch of every row, and as long as the slowest one.</summary>
    private double LeastOf(CellSetup cell) =>
        (double)request.Seeds.Count * cell.TrainImages * (experiment.Equal == EqualShare.Time ? 1 : Math.Min(experiment.LeastEpochs, cell.RecipeEpochs));

    private List<CellSetup> Cells(TwinScale scale) =>
        [.. _slots.Where(s => s.Facts.Missing is null).Select(s => CellSetup.Create(experiment, s.Row, s.Dataset, scale, placement, s.Facts))];

    private ExperimentPlan Plan(TwinScale scale, int? images, List<CellSetup> cells, double[] speeds, int[] epochs)
    {
        var planned = new List<PlannedCell>();
        foreach (var (row, dataset, facts) in _slots)
        {
            int at = -1;
            for (int i = 0; i < cells.Count; i++)
                if (cells[i].Row == row && cells[i].Dataset == dataset) at = i;
            var cell = at >= 0 ? cells[at] : CellSetup.Create(experiment, row, dataset, scale, placement, facts);
            planned.Add(new PlannedCell(
                row, dataset, cell.Network.Name, cell.Parameters, cell.Macs, at < 0 ? 0 : epochs[at], at < 0 ? 0 : speeds[at],
                at < 0 ? 0 : RunCost.OfRun(experiment, cell, speeds[at], epochs[at], images), facts.Missing)
            {
                TrainImages = at < 0 ? 0 : RunCost.TrainImages(cell, images),
                TestImages = at < 0 ? 0 : RunCost.TestImages(facts, images),
                Side = cell.Facts.Side,
            });
        }

        return new ExperimentPlan(experiment, request.BudgetMinutes, scale, images, request.Seeds, planned)
        {
            TestImages = RunCost.TestImages(images),
            OfMinutes = request.OfMinutes,
            Dataset = request.Dataset,
            SecondsBeside = SecondsBeside,
            SecondsOfStepTime = _stepTimes.SecondsOfRow,
        };
    }

    private UserException TooSmall(double missingSeconds)
    {
        double minutes = Math.Ceiling(request.BudgetMinutes!.Value + (missingSeconds / 60 / Aim));
        return new UserException(ExitCode.Usage, $"{SafeText.Of(experiment.Name)} needs at least {ValueText.Of(minutes)} minutes on this machine; give a larger --budget or fewer --seeds.");
    }
}
