using System.Diagnostics;
using System.Text.Json.Nodes;
using WrnEngine.Models;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Prediction;
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
        string path = TrainedNetworks.Resolve(options.Get(EvalOptions.Checkpoint)
            ?? throw new UserException(ExitCode.Usage, "eval needs --checkpoint with a checkpoint file, a run folder or the name of a trained network."));
        var result = ResultFile.Prepare(options.Get(RunOptions.Result));
        using var device = DeviceChoice.Create(options);
        using var checkpoint = Checkpoint.Open(path);
        var network = checkpoint.ReadState().Model;
        var data = DatasetCatalog.Load(CheckpointData.Options(options, path, checkpoint.ReadState().Dataset, terminal, stop));
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
}
