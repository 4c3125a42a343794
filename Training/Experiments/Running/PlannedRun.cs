using System.Globalization;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Reporting.Report;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>One run of a plan: a command of <c>wrn train</c>, and the folder that it leaves.</summary>
/// <param name="Cell">Row and data set.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Folder">The run folder.</param>
internal sealed record PlannedRun(PlannedCell Cell, ulong Seed, string Folder)
{
    /// <summary>The runs of a plan in the order in which they are done: every row gets its first seed before any gets its second.</summary>
    public static IReadOnlyList<PlannedRun> Of(ExperimentPlan plan, string folder) =>
    [
        .. from seed in plan.Seeds
           from cell in plan.Cells
           where cell.Epochs > 0 && cell.Missing is null
           select new PlannedRun(cell, seed, Path.Combine(folder, RunNames.Run(cell.Row.Name, cell.Dataset, seed))),
    ];

    /// <summary>The arguments of the run from its beginning, or of the part that is left.</summary>
    public IReadOnlyList<string> Arguments(ExperimentPlan plan, Placement placement, bool resumes)
    {
        List<(Setting Setting, string Value)> ofPlan = [(RecipeOptions.Epochs, Text(Cell.Epochs))];
        if (plan.TrainImages is not null) ofPlan.Add((DataOptions.TrainImages, Text(Cell.TrainImages)));
        if (plan.TestImages is not null) ofPlan.Add((DataOptions.TestImages, Text(Cell.TestImages)));
        if (plan.Scale.Side != 1) ofPlan.Add((DataOptions.ImageSize, Text(Cell.Side)));
        List<string> arguments =
        [
            .. ArgumentList.With(RowArguments.Of(plan.Experiment, Cell.Row, plan.Scale), ofPlan), RunOptions.EvalEvery.Name, Text(RunCost.EvalEvery(plan.Experiment, Cell.Epochs)),
            DeviceOptions.Seed.Name, Seed.ToString(CultureInfo.InvariantCulture), DataOptions.Dataset.Name, Cell.Dataset,
        ];
        // Nothing is downloaded unasked, and event files would be most of a short run.
        arguments.AddRange([DataOptions.Download.Name, "no", RunOptions.Log.Name, RunOptions.Jsonl, .. placement.Arguments]);
        arguments.AddRange([resumes ? RunOptions.Resume.Name : RunOptions.Output.Name, Folder]);
        return arguments;
    }

    /// <summary>Has a checkpoint to go on with.</summary>
    public bool IsStarted => File.Exists(Path.Combine(Folder, Checkpoints.Checkpoint.LastFileName));

    /// <summary>Refuses to go on with a run of another length: <c>wrn train</c> would, and it would come to something else.</summary>
    /// <exception cref="UserException">The folder holds one.</exception>
    public void RefuseAnother()
    {
        var config = RunRecord.Read(Folder).Config;
        if (config.Number(RecipeOptions.Epochs.JsonName) is var epochs && epochs != Cell.Epochs)
            throw new UserException(ExitCode.BadData, $"{SafeText.Of(Folder)} holds a run of {ValueText.Of(epochs)} epochs, and the plan has {Cell.Epochs}; move it away.");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
