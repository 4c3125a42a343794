using System.Text.Json;
using System.Text.Json.Nodes;
using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.Libraries;

namespace WrnEngine.Training.Runs;

/// <summary>
/// plan.json: which implementation each op of a run takes on a CUDA device with cuDNN or cuBLAS. It is written whenever an op is decided, which is before the
/// op first runs: no state is ever saved that was computed by choices that are lost.
/// </summary>
internal static class PlanFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = "plan.json";

    /// <summary>Takes over what an earlier run decided, and keeps the file as long as the device decides. Without libraries there is nothing to keep.</summary>
    /// <param name="device">The device, before its first op.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="before">The folder of the run that goes on, or null.</param>
    /// <param name="notice">Tells the user.</param>
    /// <exception cref="UserException">The file cannot be read or written.</exception>
    public static void Keep(Device device, string folder, string? before, Action<string> notice)
    {
        if (device is not CudaDevice cuda) return;
        foreach (string note in cuda.Libraries.Notes) notice(note);
        if (cuda.Plan is not { } plan) return;
        if (before is not null && Path.Combine(before, FileName) is var earlier && File.Exists(earlier))
        {
            var read = Read(earlier);
            if (plan.TakeOver(read)) Write(plan, folder);
            else notice($"{earlier} was measured on {read.Device} with {read.Libraries}; here it is measured again, and results may differ in their last bits.");
        }

        plan.Changed += () => Write(plan, folder);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UserException">It is no plan.</exception>
    internal static AlgorithmPlan Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var root = JsonNode.Parse(stream)!;
            var plan = new AlgorithmPlan((string)root["device"]!, (string)root["libraries"]!);
            foreach (var choice in root["choices"]!.AsArray())
            {
                var timings = choice!["milliseconds"]!.AsObject().Select(t => new PlanTiming(t.Key, (double)t.Value!));
                string take = (string)choice["take"]!;
                if (!AlgorithmPlan.IsWay(take)) throw new FormatException($"'{take}' names no way to compute an op");
                plan.Add(new PlanEntry((string)choice["op"]!, take, [.. timings]));
            }

            return plan;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NullReferenceException or ArgumentNullException)
        {
            throw new UserException(ExitCode.BadData, $"{path} is no plan of algorithms ({e.Message.TrimEnd('.')}); remove it to measure again.", e);
        }
    }

    private static void Write(AlgorithmPlan plan, string folder)
    {
        var choices = new JsonArray();
        foreach (var entry in plan.Entries)
        {
            var times = new JsonObject();
            foreach (var timing in entry.Timings) times[timing.Candidate] = timing.Milliseconds;
            choices.Add(new JsonObject { ["op"] = entry.Op, ["take"] = entry.Take, ["milliseconds"] = times });
        }

        JsonFile.Write(Path.Combine(folder, FileName), new JsonObject { ["device"] = plan.Device, ["libraries"] = plan.Libraries, ["choices"] = choices });
    }
}
