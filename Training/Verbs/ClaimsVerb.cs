using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Experiments.Running;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn claims</c>: every claim of the paper, in the time that there is.</summary>
internal static class ClaimsVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "claims", "put all of the paper's claims to the test, in the time that there is", "--budget 90", Run, ExperimentOptions.Group, ExperimentOptions.DeviceGroup);

    private static int Run(ParsedOptions options, Terminal terminal) => Run(options, terminal, [.. ExperimentCatalog.All.Where(e => e.Share > 0).Select(e => e.WithinBudget())]);

    /// <summary>Does experiments one after the other, with one report.</summary>
    internal static int Run(ParsedOptions options, Terminal terminal, IReadOnlyList<Experiment> experiments)
    {
        double minutes = options.Get(ExperimentOptions.Budget) ?? ExperimentOptions.ClaimsMinutes;
        var request = new PlanRequest(minutes, ExperimentOptions.SeedsOf(options.Get(ExperimentOptions.Seeds))!, options.Get(ExperimentOptions.Dataset)) { OfMinutes = minutes };
        string folder = options.Get(ExperimentOptions.Output) ?? RunNames.Claims(minutes);
        string? document = options.Get(ExperimentOptions.Document);
        using var stop = ExperimentVerb.StopOf(terminal);
        var session = new ExperimentSession(terminal, Placement.Of(options), stop, ExperimentVerb.CommandOf(Verb, options));
        bool isDry = options.Get(ExperimentOptions.DryRun);
        if (!isDry)
        {
            if (document is not null) WriteCheck.File(document, ExperimentOptions.Document.Name);
            WriteCheck.Folder(folder, $"the folder {SafeText.Of(folder)}");
        }

        var parts = Plans(session, experiments, request, folder, isDry);
        var time = TimeSpan.FromSeconds(parts.Sum(p => p.Plan.Time.TotalSeconds));
        terminal.Line($"{parts.Count} experiments, {Durations.Text(time)} in all, until about {PlanTable.End(time)}.");
        terminal.Out.Flush();
        if (isDry) return ExitCode.Ok;

        ExperimentResults[] Results() => [.. parts.Select(p => session.Results(p.Plan, p.Folder))];
        var runners = new List<ExperimentRunner>();
        foreach (var (plan, own) in parts)
        {
            if (stop.IsRequested) break;
            if (!session.Results(plan, own).IsComplete) terminal.Line($"{plan.Experiment.Name}: {plan.Experiment.Title}");
            runners.Add(session.Run(plan, own, () => ExperimentSession.Report(Results(), folder, isEnd: false)));
        }

        return ExperimentEnd.Write(session, Results(), runners, folder, document);
    }

    /// <summary>
    /// Plans for all of them before the first run, so that one sees what is to come. Each gets its share of what those before it have left, so what one does not
    /// need the later ones get.
    /// </summary>
    private static List<(ExperimentPlan Plan, string Folder)> Plans(
        ExperimentSession session, IReadOnlyList<Experiment> experiments, PlanRequest request, string folder, bool isDry)
    {
        double left = request.BudgetMinutes!.Value, shares = experiments.Sum(e => e.Share);
        var parts = new List<(ExperimentPlan Plan, string Folder)>();
        foreach (var experiment in experiments)
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            string own = Path.Combine(folder, RunNames.Slug(experiment.Name));
            var plan = session.Plan(experiment, request with { BudgetMinutes = left * experiment.Share / shares }, own, keeps: !isDry, Affordable);
            PlanTable.Write(plan, session.Terminal);
            parts.Add((plan, own));
            shares -= experiment.Share;
            left = Math.Max(0, left - System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMinutes - (plan.Time.TotalMinutes / Planner.Aim));
        }

        return parts;
    }

    /// <summary>An experiment that its share does not pay for is left out, and the others go on.</summary>
    private static ExperimentPlan Affordable(Planner planner)
    {
        try
        {
            return planner.Make();
        }
        catch (UserException e) when (e.ExitCode == ExitCode.Usage)
        {
            return planner.LeftOut(e.Message.Split(';')[0].TrimEnd('.'));
        }
    }
}
