using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Experiments.Planning;

/// <summary>plan.json in an experiment's folder: whoever goes on there, on this machine or another, does what was planned first.</summary>
internal static class ExperimentPlanFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = "plan.json";

    /// <summary>Writes it.</summary>
    public static void Write(ExperimentPlan plan, string folder) => JsonFile.Write(Path.Combine(folder, FileName), new JsonObject
    {
        ["experiment"] = plan.Experiment.Name,
        ["sha256"] = plan.Experiment.Sha256,
        ["budgetMinutes"] = plan.BudgetMinutes,
        ["ofMinutes"] = plan.OfMinutes,
        ["dataset"] = plan.Dataset,
        ["seeds"] = new JsonArray([.. plan.Seeds.Select(s => (JsonNode)s)]),
        ["width"] = plan.Scale.Width,
        ["blocks"] = plan.Scale.Blocks,
        ["side"] = plan.Scale.Side,
        ["batchSize"] = plan.Scale.BatchSize,
        ["trainImages"] = plan.TrainImages,
        ["testImages"] = plan.TestImages,
        ["secondsBeside"] = plan.SecondsBeside,
        ["secondsOfStepTime"] = plan.SecondsOfStepTime,
        ["cells"] = new JsonArray([.. plan.Cells.Select(c => (JsonNode)new JsonObject
        {
            ["row"] = c.Row.Name,
            ["dataset"] = c.Dataset,
            ["network"] = c.Network,
            ["parameters"] = c.Parameters,
            ["macs"] = c.Macs,
            ["epochs"] = c.Epochs,
            ["trainImages"] = c.TrainImages,
            ["testImages"] = c.TestImages,
            ["side"] = c.Side,
            ["imagesPerSecond"] = c.ImagesPerSecond,
            ["secondsOfRun"] = c.SecondsOfRun,
            ["missing"] = c.Missing,
        })]),
    });

    /// <summary>Reads the plan of a folder, or null where there is none.</summary>
    /// <param name="folder">The experiment's folder.</param>
    /// <param name="experiment">The experiment that is to go on there.</param>
    /// <param name="request">What was asked now.</param>
    /// <exception cref="UserException">It is damaged, or the plan of something else.</exception>
    public static ExperimentPlan? Read(string folder, Experiment experiment, PlanRequest request)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            var json = JsonValues.ReadObject(path);
            var plan = new ExperimentPlan(
                experiment, (double?)json["budgetMinutes"], new TwinScale((double)json["width"]!, (double)json["blocks"]!, (double)json["side"]!) { BatchSize = (int?)json["batchSize"] }, (int?)json["trainImages"],
                [.. json["seeds"]!.AsArray().Select(s => (ulong)s!)], [])
            {
                TestImages = (int?)json["testImages"],
                OfMinutes = (double?)json["ofMinutes"],
                Dataset = (string?)json["dataset"],
                SecondsBeside = (double)json["secondsBeside"]!,
                SecondsOfStepTime = (double)json["secondsOfStepTime"]!,
            };
            if (Difference(plan, (string)json["experiment"]!, (string)json["sha256"]!, request) is { } difference)
                throw new UserException(ExitCode.Usage, $"{SafeText.Of(folder)} holds another plan: {difference}; give another --output.");
            return plan with { Cells = [.. json["cells"]!.AsArray().Select(c => Cell(c!.AsObject(), experiment))] };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException or NullReferenceException or OverflowException)
        {
            throw new UserException(ExitCode.BadData, $"{SafeText.Of(path)} is damaged; remove it to plan again, or give another --output.", e);
        }
    }

    private static PlannedCell Cell(JsonObject json, Experiment experiment) => new(
        experiment.Rows.First(r => r.Name == (string)json["row"]!), (string)json["dataset"]!, (string)json["network"]!, (long)json["parameters"]!, (long)json["macs"]!,
        (int)json["epochs"]!, (double)json["imagesPerSecond"]!, (double)json["secondsOfRun"]!, (string?)json["missing"])
    {
        TrainImages = (int)json["trainImages"]!,
        TestImages = (int)json["testImages"]!,
        Side = (int)json["side"]!,
    };

    /// <summary>The first thing in which a plan is not what is asked for now.</summary>
    private static string? Difference(ExperimentPlan plan, string name, string sha256, PlanRequest request)
    {
        var experiment = plan.Experiment;
        if (name != experiment.Name) return $"that of {SafeText.Of(name)}";
        if (sha256 != experiment.Sha256) return $"the description of {SafeText.Of(name)} was another one";
        // A part of a larger budget depends on how long the plans before it took to make.
        if (plan.OfMinutes != request.OfMinutes || (plan.OfMinutes is null && plan.BudgetMinutes != request.BudgetMinutes))
            return $"--budget was {Minutes(plan.OfMinutes ?? plan.BudgetMinutes)}, not {Minutes(request.OfMinutes ?? request.BudgetMinutes)}";
        if (!plan.Seeds.SequenceEqual(request.Seeds)) return $"--seeds were {Seeds(plan.Seeds)}, not {Seeds(request.Seeds)}";
        return plan.Dataset == request.Dataset ? null : $"--dataset was {plan.Dataset ?? "not given"}, not {request.Dataset ?? "left out"}";
    }

    private static string Minutes(double? minutes) => minutes is null ? "not given" : ValueText.Of(minutes)!;

    private static string Seeds(IReadOnlyList<ulong> seeds) => string.Join(',', seeds.Select(s => s.ToString(CultureInfo.InvariantCulture)));
}
