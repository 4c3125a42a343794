using System.Diagnostics;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Runs;
using WrnEngine.Training.Verbs;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>
/// Does what a plan has and nobody has done yet. Each run is a whole <c>wrn train</c>, whose folder and lock say how far it is: a runner that was killed, or that
/// shares the folder with others, needs to know nothing else.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="folder">The experiment's folder.</param>
/// <param name="placement">Where to compute.</param>
/// <param name="data">Keeps the data set between runs.</param>
/// <param name="terminal">Where progress goes.</param>
/// <param name="stop">The wish to stop.</param>
internal sealed class ExperimentRunner(ExperimentPlan plan, string folder, Placement placement, LoadedData data, Terminal terminal, StopSignal stop)
{
    private const string ConsoleFile = "console.log";

    private readonly IReadOnlyList<PlannedRun> _runs = PlannedRun.Of(plan, folder);
    private readonly HashSet<PlannedRun> _given = []; // up, in this process
    private readonly Dictionary<string, string> _held = [];
    private readonly RunProgress _progress = new(terminal);

    /// <summary>Runs that this process brought to their end, and rows that it timed.</summary>
    public int Done { get; private set; }

    /// <summary>What others hold that is not finished: a run's name or <c>step times</c>, and by whom.</summary>
    public IReadOnlyDictionary<string, string> Held => _held;

    /// <summary>Runs that failed in this process, but for those that diverged.</summary>
    public IReadOnlyList<RunFailure> Failures { get; private set; } = [];

    /// <summary>Called after each run.</summary>
    public Action? Changed { get; init; }

    /// <summary>Works until nothing is left to do here, or somebody wants to stop.</summary>
    public void Run()
    {
        for (bool progresses = true; progresses && !stop.IsRequested;)
        {
            int before = Done;
            _held.Clear();
            if (plan.Experiment.Measures.HasFlag(ExperimentMeasures.StepTime)) TimeSteps();
            foreach (var run in _runs)
            {
                if (stop.IsRequested) return;
                if (IsOpen(run)) Do(run);
            }

            // Where something was done meanwhile, what others held may be free, or need to be done again.
            progresses = Done > before && _held.Count > 0;
        }
    }

    private bool IsOpen(PlannedRun run) =>
        !_given.Contains(run) && ResultsReader.Finished(plan, run) is null && RunNote.Read(run.Folder, run.Seed) is not { IsFinal: true };

    private IReadOnlyList<PlannedRun> Open => [.. _runs.Where(IsOpen)];

    private void Do(PlannedRun run)
    {
        long start = Stopwatch.GetTimestamp();
        bool isWhole = !run.IsStarted;
        try
        {
            if (ResultsReader.Trained(run) is null && !Train(run)) return;
            if (plan.Experiment.Measures.HasFlag(ExperimentMeasures.Blocks) && BlockMeasurement.Read(run.Folder) is null)
                BlockMeasurement.Run(run.Folder, WrnCommand.ParseTrain(run.Arguments(plan, placement, resumes: false)), data.Load, stop);
        }
        catch (UserException e) when (RunInUseException.HolderIn(e) is { } holder)
        {
            _held[Path.GetFileName(run.Folder)] = holder;
            return;
        }
        catch (Exception e) when (UserErrors.Explain(e) is { } explained)
        {
            Give(run, new RunFailure(run.Seed, run.Folder, explained.ExitCode, explained.Sentence));
            return;
        }

        if (ResultsReader.Finished(plan, run) is not { } result) return; // stopped
        Done++;
        _progress.Finished(run, result, Stopwatch.GetElapsedTime(start), isWhole, Open);
        Changed?.Invoke();
    }

    /// <summary>Trains to the end; false when there was nothing to train after all, or somebody wants to stop.</summary>
    private bool Train(PlannedRun run)
    {
        bool resumes = run.IsStarted;
        if (resumes) run.RefuseAnother();
        using var log = new LateFile(Path.Combine(run.Folder, ConsoleFile));
        var console = new Terminal(log, log, isLive: false);
        var options = WrnCommand.ParseTrain(run.Arguments(plan, placement, resumes));
        try
        {
            TrainVerb.Run(options, console, stop, data.Load);
        }
        catch (UserException e) when (e.ExitCode == ExitCode.Usage && !resumes && run.IsStarted)
        {
            // Another runner began it in between, and is not at it any more: it may even have finished it.
            return ResultsReader.Trained(run) is not null || Train(run);
        }
        catch (Exception e) when (RunInUseException.HolderIn(e) is null && UserErrors.Explain(e) is { } explained)
        {
            log.Write($"wrn: {explained.Sentence}\n");
            throw;
        }

        RunNote.Remove(run.Folder);
        return !stop.IsRequested;
    }

    private void Give(PlannedRun run, RunFailure failure)
    {
        _given.Add(run);
        if (failure.IsFinal) Done++;
        else Failures = [.. Failures, failure];
        try
        {
            RunNote.Write(failure);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is full, or the like: then the next runner has to find out by itself.
        }

        _progress.Failed(run, failure, Open);
        Changed?.Invoke();
    }

    private void TimeSteps()
    {
        PlannedCell[] Missing()
        {
            var known = StepTimeFile.Read(folder);
            return [.. plan.Cells.Where(c => c.Missing is null && !known.ContainsKey(c.Row.Name)).DistinctBy(c => c.Row.Name)];
        }

        if (Missing().Length == 0) return;
        try
        {
            using var held = RunLock.Take(folder, FolderLock.StepTimes);
            foreach (var cell in Missing())
            {
                if (StepTimeMeasurement.Run(plan, cell, placement, stop) is not { } time) return;
                var times = StepTimeFile.Read(folder);
                times[cell.Row.Name] = time;
                StepTimeFile.Write(folder, times);
                Done++;
                _progress.Timed(cell.Row.Name, time);
            }
        }
        catch (UserException e) when (RunInUseException.HolderIn(e) is { } holder)
        {
            _held["step times"] = holder;
        }
        catch (UserException e) when (e.ExitCode == ExitCode.DeviceFault)
        {
            terminal.Notice($"Step times could not be measured: {e.Message}");
        }
    }
}
