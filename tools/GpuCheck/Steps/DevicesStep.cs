using System.Globalization;
using System.Text.Json.Nodes;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>Which card and driver this is, and that <c>wrn</c> can compute on it.</summary>
internal sealed class DevicesStep : IStep
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <inheritdoc/>
    public string Name => "devices";

    /// <inheritdoc/>
    public void Run(StepContext context)
    {
        var (listed, list) = context.Wrn(Limit, "devices");
        if (!listed.IsOk) context.Result.Failed("list of devices", "", list, listed.Reason);
        string file = Path.Combine(context.Folder, "first-step.json");
        var (opened, command) = context.Wrn(
            Limit, "bench", "--depth", "10", "--k", "1", "-b", "2", "--image-size", "8", "--steps", "1", "--device", context.Settings.Device, "--result", file);
        if (!opened.IsOk)
        {
            context.Result.Failed("first step", "s", command, opened.Reason);
            return;
        }

        var result = JsonNode.Parse(File.ReadAllText(file))!;
        context.Result.Measured("first step", (double)result["secondsPerStep"]!, "s", command);
        context.Result.Card = context.Settings.IsSimulated ? new Card((string)result["device"]!, null, null, null, null, null) : Probe(context);
    }

    private static Card? Probe(StepContext context)
    {
        var cuda = CudaDeviceProbe.Run();
        var device = cuda.Devices.FirstOrDefault(d => d.Ordinal == context.Settings.Ordinal);
        if (device is null) return null;
        string[] query = ["nvidia-smi", "--query-gpu=driver_version,power.limit,clocks.max.sm,clocks.max.mem", "--format=csv,noheader", "-i", $"{context.Settings.Ordinal}"];
        var (answer, command) = context.Run(query);
        string[] fields = answer.IsOk ? answer.Output.Split(',', StringSplitOptions.TrimEntries) : [];
        if (fields.Length == 4)
        {
            Number(context, "power limit", fields[1], "W", command);
            Number(context, "highest clock of the multiprocessors", fields[2], "MHz", command);
            Number(context, "highest clock of the memory", fields[3], "MHz", command);
        }
        else
        {
            context.Result.Absent("power limit", "W", command, answer.IsOk ? "nvidia-smi says something else" : answer.Reason);
        }

        return new Card(device.Name, device.ComputeCapability, device.Multiprocessors, device.MemoryBytes, fields.FirstOrDefault(), cuda.DriverVersionText);
    }

    /// <summary>The number at the start of <c>700.00 W</c>; some cards answer <c>[N/A]</c>.</summary>
    private static void Number(StepContext context, string name, string text, string unit, string command)
    {
        if (double.TryParse(text.Split(' ')[0], CultureInfo.InvariantCulture, out double value)) context.Result.Measured(name, value, unit, command);
        else context.Result.Absent(name, unit, command, $"nvidia-smi says {text}");
    }
}
