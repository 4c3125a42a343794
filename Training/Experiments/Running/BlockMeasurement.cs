using System.Text.Json.Nodes;
using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Explain;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;
using WrnEngine.Training.Verbs;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>blocks.json in a run folder: what each residual block of the trained network adds, over the first test images.</summary>
internal static class BlockMeasurement
{
    /// <summary>The file's name.</summary>
    public const string FileName = "blocks.json";

    private const int BatchSize = 50;

    /// <summary>Measures the network of a finished run and writes the file.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="load">Loads the data set.</param>
    /// <param name="stop">The wish to stop.</param>
    /// <exception cref="UserException">Another run holds the folder.</exception>
    public static void Run(string folder, ParsedOptions options, Func<DatasetOptions, DatasetSplit> load, StopSignal stop)
    {
        using var held = RunLock.Take(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var network = checkpoint.ReadState().Model;
        _ = Settings.DecideDefaults(options);
        var data = load(Settings.Dataset(options));
        using var device = DeviceChoice.Create(options);
        using var model = new WideResNet(network, device);
        checkpoint.LoadInto(model);
        var images = data.Test.First(RunCost.BlockImages);
        var blocks = new NetworkStudy(network, images.Source.Height, images.Source.Width).Blocks;
        var ratios = Ratios(model, blocks, images, data, device, stop);
        if (ratios is null) return;

        using var resident = new ResidentImages(device);
        var evaluator = new Evaluator(model, device, data, BatchSize, resident);
        double? Error() => evaluator.Run(images, stop)?.Error;
        double? whole = Error();
        var results = new JsonArray();
        for (int i = 0; i < blocks.Length; i++)
        {
            if (BlockStudy.Without(model, blocks[i], Error) is not { } without) return;
            results.Add(new JsonObject { ["block"] = blocks[i].Name, ["ratio"] = ratios[i], ["errorWithout"] = without, ["errorWith"] = whole });
        }

        if (whole is null) return;
        JsonFile.Write(Path.Combine(folder, FileName), new JsonObject { ["images"] = images.Count, ["blocks"] = results });
    }

    /// <summary>Reads the file; null where it is not there yet, or damaged: then the blocks are measured again.</summary>
    public static IReadOnlyList<BlockResult>? Read(string folder) =>
        JsonValues.FindObject(Path.Combine(folder, FileName)) is not { } json ? null : [.. json.List<JsonObject>("blocks").Select(b => new BlockResult(
            b.Word("block") ?? "", b.Number("ratio") is var ratio && double.IsFinite(ratio) ? ratio : null, b.Number("errorWithout"), b.Number("errorWith")))];

    /// <summary>The mean of |F(x)| / |shortcut| over the images; null for a block without a shortcut, and for all when somebody wants to stop.</summary>
    private static double?[]? Ratios(WideResNet model, BlockSketch[] blocks, ImageSubset images, DatasetSplit data, Device device, StopSignal stop)
    {
        var sums = new double?[blocks.Length];
        using var resident = new ResidentImages(device);
        using var batches = new DeviceBatches(images, data.EvaluationTransform(), 1, BatchOrder.Evaluation, seed: 0, data.LoaderThreads, resident, device);
        batches.StartEpoch(0);
        while (batches.Next() is { } batch)
        {
            if (stop.IsRequested) return null;
            using var scope = new StepScope();
            var activations = Activations.Of(model, batches.ToTensors(batch).Images);
            for (int i = 0; i < blocks.Length; i++)
                if (ResidualSum.RatioOf(blocks[i], activations) is { } ratio) sums[i] = (sums[i] ?? 0) + ratio;
        }

        return [.. sums.Select(s => s / images.Count)];
    }
}
