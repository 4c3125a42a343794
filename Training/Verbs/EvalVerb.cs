using System.Diagnostics;
using System.Text.Json.Nodes;
using WrnEngine.Models;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Download;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn eval</c>: a checkpoint on the test images.</summary>
internal static class EvalVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "eval", "test a checkpoint", "--checkpoint runs/wrn-16-8-cifar10", Run,
        EvalOptions.Group, DataOptions.TestGroup, DeviceOptions.PlainGroup, RunOptions.ResultGroup);

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        using var stop = StopSignal.OfProcess();
        string path = Checkpoint.Resolve(options.Get(EvalOptions.Checkpoint)
            ?? throw new UserException(ExitCode.Usage, "eval needs --checkpoint with a checkpoint file or a run folder."));
        var result = ResultFile.Prepare(options.Get(RunOptions.Result));
        using var device = DeviceChoice.Create(options);
        using var checkpoint = Checkpoint.Open(path);
        var network = checkpoint.ReadState().Model;
        var data = DatasetCatalog.Load(Dataset(options, path, checkpoint.ReadState().Dataset, terminal, stop));
        if (data.ClassCount != network.NumClasses)
        {
            throw new UserException(
                ExitCode.BadData,
                $"{path} holds a {network.Name} for {network.NumClasses} classes, but {data.Name} has {data.ClassCount}; give another --dataset.");
        }

        using var model = new WideResNet(network, device);
        checkpoint.LoadInto(model);
        long start = Stopwatch.GetTimestamp();
        using var resident = new ResidentImages(device);
        var evaluator = new Evaluator(model, device, data, options.Get(EvalOptions.BatchSize), resident);
        if (evaluator.Run(data.Test, stop) is not { } evaluation) return stop.ExitCode;
        double speed = data.Test.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;

        terminal.Out.WriteLine(
            $"{data.Name}  {network.Name}  test loss {evaluation.Loss:F4} error {evaluation.Error:F2} %  {data.Test.Count:N0} images  "
            + $"{ConsoleLog.Speed(speed)}  {device.Description}");
        result.Write(new JsonObject
        {
            ["config"] = options.ToJson(),
            ["device"] = device.Description,
            ["dataset"] = data.Name,
            ["parameters"] = model.ParameterCount,
            ["imagesPerSecond"] = speed,
            ["images"] = data.Test.Count,
            ["testLoss"] = evaluation.Loss,
            ["testError"] = evaluation.Error,
        });
        return ExitCode.Ok;
    }

    /// <summary>The data set asked for; else the one the network was trained on, prepared in the same way.</summary>
    private static DatasetOptions Dataset(ParsedOptions options, string path, string trainedOn, Terminal terminal, StopSignal stop)
    {
        if (!options.IsGiven(DataOptions.Dataset)) options.Decide(DataOptions.Dataset, trainedOn);
        if (ResumedOptions.Stored(path) is { } stored)
        {
            if (!options.IsGiven(DataOptions.Normalize)) options.Decide(DataOptions.Normalize, stored.Get(DataOptions.Normalize));
            if (!options.IsGiven(DataOptions.Augment)) options.Decide(DataOptions.Augment, stored.Get(DataOptions.Augment));
            if (!options.IsGiven(DataOptions.ImageSize)) options.Decide(DataOptions.ImageSize, stored.Get(DataOptions.ImageSize));
            if (!options.IsGiven(DataOptions.DataSeed)) options.Decide(DataOptions.DataSeed, stored.Get(DataOptions.DataSeed));
            options.Decide(DataOptions.SvhnExtra, stored.Get(DataOptions.SvhnExtra));
        }

        DownloadStep.Run(options, terminal, stop, mayUnasked: false);
        options.Decide(DataOptions.Dataset, DatasetCatalog.Resolve(options.Get(DataOptions.Dataset), options.Get(DataOptions.DataDir)!));
        if (options.Get(DeviceOptions.Threads) == 0) options.Decide(DeviceOptions.Threads, Environment.ProcessorCount);
        DataOptions.Decide(options);
        // What was said of the data set it was trained on says nothing of another; and training images are read for their constants only.
        string name = options.Get(DataOptions.Dataset);
        if (name != ImageFolderLoader.Key && !options.IsGiven(DataOptions.ImageSize)) options.Decide(DataOptions.ImageSize, null);
        if (name != SvhnLoader.Key || options.Get(DataOptions.Normalize) is not ("dataset" or "zca")) options.Decide(DataOptions.SvhnExtra, "off");
        return DataOptions.Prepared(options) with { Threads = options.Get(DeviceOptions.Threads), Notice = terminal.Notice };
    }
}
