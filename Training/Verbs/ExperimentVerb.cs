using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Running;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn experiment</c>: one of the paper's comparisons, or one of the user's own, with the paper's figures beside what came out here.</summary>
internal static class ExperimentVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "experiment", "do one of the paper's comparisons and print its table beside the paper's", "table4 --budget 30", Run,
        ExperimentOptions.Group, ExperimentOptions.DeviceGroup)
    {
        Operands = ExperimentOptions.Experiment,
    };

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        var experiment = ExperimentCatalog.Find(options.Operands[0]);
        var request = new PlanRequest(options.Get(ExperimentOptions.Budget), ExperimentOptions.SeedsOf(options.Get(ExperimentOptions.Seeds))!, options.Get(ExperimentOptions.Dataset));
        if (request.BudgetMinutes is not null) experiment = experiment.WithinBudget();
        string folder = options.Get(ExperimentOptions.Output) ?? RunNames.Experiment(experiment.Name, request.BudgetMinutes);
        string? document = options.Get(ExperimentOptions.Document);
        using var stop = StopOf(terminal);
        var session = new ExperimentSession(terminal, Placement.Of(options), stop, CommandOf(Verb, options));
        bool isDry = options.Get(ExperimentOptions.DryRun);
        if (!isDry && document is not null) WriteCheck.File(document, ExperimentOptions.Document.Name);

        var plan = session.Plan(experiment, request, folder, keeps: !isDry, p => p.Make() is var made && !isDry && IsEmpty(made) ? throw NothingThere(made) : made);
        PlanTable.Write(plan, terminal);
        if (isDry) return ExitCode.Ok;
        var runner = session.Run(plan, folder, () => ExperimentSession.Report([session.Results(plan, folder)], folder, isEnd: false));
        return ExperimentEnd.Write(session, [session.Results(plan, folder)], [runner], folder, document);
    }

    /// <summary>What goes on after the wish to stop, and again.</summary>
    internal static StopSignal StopOf(Terminal terminal) =>
        StopSignal.OfProcess(() => terminal.Error.WriteLine("wrn: stopping after this step; Ctrl-C again leaves at once, without saving"));

    /// <summary>The command that goes on.</summary>
    internal static string CommandOf(Verb verb, ParsedOptions options) =>
        Invocation.Command([verb.Name, .. options.Operands, .. options.Settings.Where(options.IsGiven).SelectMany(options.Arguments)]);

    private static bool IsEmpty(ExperimentPlan plan) => plan.Cells.All(c => c.Missing is not null);

    private static UserException NothingThere(ExperimentPlan plan) => new(
        ExitCode.InputOutput, plan.Cells.Count == 0
            ? $"{SafeText.Of(plan.Experiment.Name)} has no row on that data set; give another --dataset, or leave it out."
            : $"{plan.Cells[0].Missing}; point --data-dir at its folder, or name another data set with --dataset.");
}
