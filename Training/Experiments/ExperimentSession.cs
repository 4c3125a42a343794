using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Reporting;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Experiments.Running;

namespace WrnEngine.Training.Experiments;

/// <summary>What the verbs have in common for one command: terminal, images, machine, and what the user wants.</summary>
internal sealed class ExperimentSession
{
    private readonly Placement _placement;
    private readonly LoadedData _data = new();
    private readonly ThisMachine _machine;

    /// <summary>Begins a command.</summary>
    /// <param name="terminal">Where output goes.</param>
    /// <param name="placement">Where to compute.</param>
    /// <param name="stop">The wish to stop.</param>
    /// <param name="command">The command, as one would type it.</param>
    public ExperimentSession(Terminal terminal, Placement placement, StopSignal stop, string command)
    {
        (Terminal, _placement, Stop, Command) = (terminal, placement, stop, command);
        _machine = new ThisMachine(placement, _data, stop);
    }

    /// <summary>Where output goes.</summary>
    public Terminal Terminal { get; }

    /// <summary>The wish to stop.</summary>
    public StopSignal Stop { get; }

    /// <summary>The command, as one would type it.</summary>
    public string Command { get; }

    /// <summary>The plan of a folder; where it has none, a new one.</summary>
    /// <param name="experiment">What to do.</param>
    /// <param name="request">How much of it.</param>
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="keeps">A new plan is written into the folder.</param>
    /// <param name="make">Makes a new one.</param>
    /// <exception cref="UserException">The folder holds another plan, or there is none for the budget.</exception>
    public ExperimentPlan Plan(Experiment experiment, PlanRequest request, string folder, bool keeps, Func<Planner, ExperimentPlan> make)
    {
        ExperimentPlan Make()
        {
            _machine.Restart();
            return make(new Planner(experiment, request, _placement, _machine));
        }

        if (ExperimentPlanFile.Read(folder, experiment, request) is { } known) return known;
        if (!keeps) return Make();
        Runs.WriteCheck.Folder(folder, $"the folder {SafeText.Of(folder)}");
        ExperimentPlan? other = null;
        // Another runner may be planning: then its plan is ours.
        using var held = FolderLock.Wait(folder, FolderLock.Plan, () => Stop.IsRequested || (other = ExperimentPlanFile.Read(folder, experiment, request)) is not null);
        if ((other ?? ExperimentPlanFile.Read(folder, experiment, request)) is { } theirs) return theirs;
        if (held is null) throw new UserException(Stop.ExitCode, "stopped before anything was trained.");
        var plan = Make();
        ExperimentPlanFile.Write(plan, folder);
        return plan;
    }

    /// <summary>Does what is left of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="changed">Called after each run.</param>
    public ExperimentRunner Run(ExperimentPlan plan, string folder, Action changed)
    {
        var runner = new ExperimentRunner(plan, folder, _placement, _data, Terminal, Stop) { Changed = changed };
        runner.Run();
        return runner;
    }

    /// <summary>What there is so far.</summary>
    public ExperimentResults Results(ExperimentPlan plan, string folder) => ResultsReader.Read(plan, folder, Command);

    /// <summary>Writes the page. While others are at it, it waits at the end of all work, and else leaves it to the next run.</summary>
    public static void Report(IReadOnlyList<ExperimentResults> results, string folder, bool isEnd)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(isEnd ? 10 : 0);
        using var held = FolderLock.Wait(folder, FolderLock.Report, () => DateTime.UtcNow >= deadline);
        if (held is not null) ExperimentReport.Write(results, folder);
    }
}
