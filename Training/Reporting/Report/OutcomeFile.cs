using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
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
    /// <param name="name">The run's name.</param>
    /// <param name="arguments">Those of the command line.</param>
    /// <param name="model">The network.</param>
    /// <param name="device">Where it ran.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="test">What the last test found out; null where there was none.</param>
    public static void Write(
        RunFolder run, string name, IEnumerable<string> arguments, WideResNet model, Device device, TrainingOutcome outcome, TestResults? test)
    {
        var json = new JsonObject
        {
            ["name"] = name,
            ["command"] = Invocation.Command(arguments),
            ["end"] = outcome.End.ToString(),
            ["network"] = model.Options.Name,
            ["parameters"] = model.ParameterCount,
            ["steps"] = outcome.Steps,
            ["imagesPerSecond"] = double.IsFinite(outcome.ImagesPerSecond) ? outcome.ImagesPerSecond : null,
            ["peakBytes"] = device.Memory.PeakBytes,
            ["device"] = device.Description,
            ["system"] = $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors",
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["version"] = typeof(OutcomeFile).Assembly.GetName().Version?.ToString(),
            ["finished"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", null),
        };
        if (File.Exists(run.LastCheckpoint)) json["sha256"] = Sha256(run.LastCheckpoint);
        if (test is { Count: > 0 }) json["test"] = test.ToJson();
        JsonFile.Write(Path.Combine(run.FullPath, FileName), json);
    }

    private static string Sha256(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
