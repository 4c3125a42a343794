using System.Text.Json.Nodes;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>step-times.json in an experiment's folder: the time of a step of each row, as far as they were measured.</summary>
internal static class StepTimeFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = "step-times.json";

    /// <summary>Reads the rows that are there; none of a damaged file, whose rows are measured again.</summary>
    public static Dictionary<string, StepTime> Read(string folder)
    {
        var times = new Dictionary<string, StepTime>();
        foreach (var (row, node) in JsonValues.FindObject(Path.Combine(folder, FileName)) ?? [])
        {
            if (node is not JsonObject o || o.List<double>("seconds") is not { Count: > 0 } seconds || !double.IsFinite(o.Number("batchSize"))) continue;
            times[row] = new StepTime(seconds, (int)o.Number("batchSize")) { Network = o.Word("network") ?? "", Macs = (long)o.Number("macs") };
        }

        return times;
    }

    /// <summary>Replaces the file.</summary>
    public static void Write(string folder, IReadOnlyDictionary<string, StepTime> times)
    {
        var json = new JsonObject();
        foreach (var (row, time) in times)
        {
            json[row] = new JsonObject
            {
                ["network"] = time.Network,
                ["macs"] = time.Macs,
                ["batchSize"] = time.BatchSize,
                ["seconds"] = new JsonArray([.. time.Seconds.Select(s => (JsonNode)s)]),
            };
        }

        JsonFile.Write(Path.Combine(folder, FileName), json);
    }
}
