using System.Security.Cryptography;
using System.Text.Json.Nodes;
using WrnEngine.Devices;
using WrnEngine.Training.Data;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>
/// outcome.json: how a run ended, on what it ran, and what its last test found out about each image. With config.json, metrics.csv and log.jsonl it is all
/// that a report needs, so a report is written again without the data set and without the network.
/// </summary>
internal static class OutcomeFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = "outcome.json";

    /// <summary>Writes it into the run folder, after the last checkpoint.</summary>
    /// <param name="run">The folder.</param>
    /// <param name="before">The folder of the run that this one goes on with, or null.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="command">The command line.</param>
    /// <param name="trainer">The run.</param>
    /// <param name="data">What it was trained and tested on.</param>
    /// <param name="device">Where it ran.</param>
    /// <param name="outcome">What came of it.</param>
    public static void Write(
        RunFolder run, string? before, string name, string command, Trainer trainer, DatasetSplit data, Device device, TrainingOutcome outcome)
    {
        // What the run wrote when it ended before only adds to this outcome: a file that is no longer readable must not cost the new one.
        var earlier = before is null ? null : JsonValues.FindObject(Path.Combine(before, FileName));
        var json = new JsonObject
        {
            ["name"] = name,
            ["commands"] = new JsonArray([.. earlier.List<string>("commands").Append(command).Select(c => JsonValue.Create(c))]),
            ["end"] = outcome.End.ToString(),
            ["network"] = trainer.Model.Options.Name,
            ["parameters"] = trainer.Model.ParameterCount,
            ["steps"] = outcome.Steps,
            ["imagesPerSecond"] = double.IsFinite(outcome.ImagesPerSecond) ? outcome.ImagesPerSecond : null,
            ["peakBytes"] = device.Memory.PeakBytes,
            ["device"] = device.Description,
            ["processor"] = RunEnvironment.Processor,
            ["system"] = RunEnvironment.System,
            ["runtime"] = RunEnvironment.Runtime,
            ["version"] = RunEnvironment.Version,
            ["finished"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
            ["trainingImages"] = data.Train.Count,
            ["sha256OfImages"] = Fingerprint(data),
        };
        if (File.Exists(run.LastCheckpoint)) json["sha256"] = Sha256(run.LastCheckpoint);
        // A run that goes on and is stopped before its next test has none of its own.
        if ((trainer.LastTest?.ToJson() ?? earlier?["test"]?.DeepClone()) is { } test) json["test"] = test;
        JsonFile.Write(Path.Combine(run.FullPath, FileName), json);
    }

    /// <summary>SHA-256 of labels and pixels, training images first; null for images that are decoded when they are read.</summary>
    private static string? Fingerprint(DatasetSplit data)
    {
        ImageDataset[] sets = [data.Train.Source, data.Test.Source];
        if (sets.Any(s => !s.IsInMemory)) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var set in sets)
        {
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(set.Labels.AsSpan()));
            hash.AppendData(set.Pixels);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Sha256(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
