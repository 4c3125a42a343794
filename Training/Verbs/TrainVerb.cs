using System.Diagnostics;
using System.Text.Json.Nodes;
using WrnEngine.Devices;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Download;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn train</c>, and <c>wrn</c> without a verb.</summary>
internal static class TrainVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "train", "train a network (the default: its options work without a verb)", "--depth 16 --k 8 --dataset cifar10 --data-dir data", Run,
        NetworkOptions.Group, DataOptions.Group, DeviceOptions.Group, RecipeOptions.Group, RunOptions.Group);

    private static int Run(ParsedOptions asked, Terminal terminal)
    {
        using var stop = StopSignal.OfProcess(
            () => terminal.Error.WriteLine("wrn: stopping after this step; Ctrl-C again leaves at once, without saving"));
        return Run(asked, terminal, stop, DatasetCatalog.Load);
    }

    /// <summary>Trains as the command line says, for whoever has a wish to stop and a way to load images of its own.</summary>
    /// <param name="asked">The options of the command line.</param>
    /// <param name="terminal">Where output goes.</param>
    /// <param name="stop">The wish to stop.</param>
    /// <param name="load">Loads the data set.</param>
    /// <returns>The exit code.</returns>
    internal static int Run(ParsedOptions asked, Terminal terminal, StopSignal stop, Func<DatasetOptions, DatasetSplit> load)
    {
        string? checkpoint = asked.Get(RunOptions.Resume) is { } path ? Checkpoint.Resolve(path) : null;
        var options = checkpoint is null ? asked : ResumedOptions.Merge(asked, checkpoint);
        Settings.RefuseContradictions(options);
        var result = ResultFile.Prepare(options.Get(RunOptions.Result));
        using var device = DeviceChoice.Create(options);
        _ = Settings.Network(options); // refused before anything is downloaded
        string? failedDownload = DownloadStep.Run(options, terminal, stop, mayUnasked: true);
        bool fallsBack = Settings.DecideDefaults(options);
        var network = Settings.Network(options);
        string? before = checkpoint is null ? null : Path.GetDirectoryName(checkpoint) is { Length: > 0 } parent ? parent : ".";
        using var notKept = options.Get(RunOptions.FastDevRun) ? new TemporaryFolder() : null;
        string output = notKept?.FullPath ?? options.Get(RunOptions.Output) ?? before
            ?? RunFolder.DefaultPath($"{network.Slug}-{options.Get(DataOptions.Dataset)}", DateTime.Now);
        options.Decide(RunOptions.Output, output);
        // Before the checkpoint is read, and before the data set, which may take its time.
        using var run = RunFolder.Claim(output, resumes: before is not null && Path.GetFullPath(output) == Path.GetFullPath(before));
        PlanFile.Keep(device, run.FullPath, before, terminal.Notice);
        var data = Settings.Narrowed(options, load(Settings.Dataset(options) with { Notice = terminal.Notice }));
        var plan = Settings.Plan(options, network);
        string name = $"{plan.Network.Slug}-{data.Name}";
        var log = new ConsoleLog(terminal, data.Name, options.Get(RunOptions.LogInterval), data.Validation is not null);
        using var logs = new TrainingLogs(log, options.Get(RunOptions.LogInterval), device);

        using var trainer = new Trainer(plan, data, device, logs, stop);
        log.SpeedKnown = report => Banner.WriteTime(terminal, trainer.Model, report.ImagesPerSecond, report.Remaining);
        if (checkpoint is not null) trainer.Resume(checkpoint, MetricsCsv.Read(RunFolder.MetricsIn(before!)));
        var config = Settings.Config(options, plan);
        run.Describe(config);
        var from = before is null ? null : new ResumePoint(before, trainer.TotalSteps, trainer.EpochsDone);
        logs.Open(options.Get(RunOptions.Log).Split(','), run.FullPath, from, trainer, data, plan.Seed);

        Banner.Write(
            terminal, plan, data, trainer.Model, DeviceChoice.Explain(options.Get(DeviceOptions.Device), device), name, run.FullPath,
            StepMemory.Estimate(trainer.Model, plan.Recipe.BatchSize, data.Train.Source, device));
        if (failedDownload is not null) terminal.Notice(failedDownload);
        if (fallsBack) terminal.Notice(Banner.Synthetic(options.Get(DataOptions.DataDir)!));
        foreach (string notice in data.Notices) terminal.Notice(notice);
        if (checkpoint is not null) terminal.Line($"Goes on from {checkpoint} after step {trainer.TotalSteps:N0}.");
        terminal.Out.Flush();

        TrainingOutcome outcome;
        long start = Stopwatch.GetTimestamp();
        try
        {
            if (device.Name == DeviceChoice.Simulator) Banner.WriteStepEstimate(terminal, trainer, data, device);
            outcome = trainer.Run(run);
        }
        catch (Exception e) when (DeviceFault.Is(e))
        {
            throw DeviceFault.Of(e, device, new StepSize(trainer.Model.Options, plan.Recipe.BatchSize, data.Train.Source.Height), run);
        }
        finally
        {
            log.Clear();
        }

        result.Write(Result(config, name, device, data, trainer, outcome));
        if (options.Get(RunOptions.FastDevRun)) return Tried(terminal, outcome, stop);
        string command = Invocation.Command(asked.Settings.Where(asked.IsGiven).SelectMany(asked.Arguments));
        OutcomeFile.Write(run, before, name, command, trainer, data, device, outcome);
        string report = ReportPage.Write(run.FullPath);
        if (outcome.End is TrainingEnd.Stopped or TrainingEnd.MaxTime) return Stopped(terminal, outcome, run, options, stop);
        string what = outcome.End == TrainingEnd.MaxSteps ? "Stopped at the limit of" : outcome.End == TrainingEnd.EarlyStopped
            ? $"Stopped early, {options.Get(RunOptions.Patience)} tests without a lower error, after" : "Done after";
        RunSummary.Write(terminal, name, outcome, $"{what} {outcome.Steps:N0} steps.", run, Stopwatch.GetElapsedTime(start), device.Memory.PeakBytes, report);
        return ExitCode.Ok;
    }

    private static JsonObject Result(JsonObject config, string name, Device device, DatasetSplit data, Trainer trainer, TrainingOutcome outcome) => new()
    {
        ["name"] = name,
        ["config"] = config.DeepClone(),
        ["device"] = device.Description,
        ["dataset"] = data.Name,
        ["parameters"] = trainer.Model.ParameterCount,
        ["steps"] = outcome.Steps,
        ["imagesPerSecond"] = outcome.ImagesPerSecond,
        ["epochs"] = JsonFile.Node(outcome.Epochs),
    };

    private static int Tried(Terminal terminal, TrainingOutcome outcome, StopSignal stop)
    {
        if (outcome.End != TrainingEnd.MaxSteps) return stop.ExitCode;
        terminal.Line("Tried out: a training step, a batch of each test and a checkpoint. Nothing was kept.");
        return ExitCode.Ok;
    }

    private static int Stopped(Terminal terminal, TrainingOutcome outcome, RunFolder run, ParsedOptions options, StopSignal stop)
    {
        var given = options.GivenArguments(except: [RunOptions.Output, RunOptions.Resume, RunOptions.Config]);
        string limit = outcome.End == TrainingEnd.MaxTime ? $" at the limit of {RunOptions.MaxTime.Text(options)}," : "";
        terminal.Line($"Stopped{limit} after step {outcome.Steps:N0}; the state is saved. Go on with:");
        terminal.Command(Invocation.Command([.. given, "--resume", run.FullPath]));
        terminal.Out.Flush();
        return stop.ExitCode;
    }
}
