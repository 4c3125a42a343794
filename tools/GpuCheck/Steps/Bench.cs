using System.Text.Json.Nodes;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary><c>wrn bench</c> in the configurations that this build and this machine have.</summary>
internal sealed class Bench(StepContext context)
{
    /// <summary>The unit of its main figure.</summary>
    public const string Speed = "images/s";

    /// <summary>The exit code of <c>wrn</c> where a device or a library is not there.</summary>
    private const int NoDevice = 2;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    private readonly Lazy<string> _help = new(() => context.Wrn(TimeSpan.FromMinutes(1), "bench", "--help").Result.Output);

    /// <summary>Runs one configuration; where that is not possible, a figure says why and the answer is null.</summary>
    /// <param name="name">Of the figure.</param>
    /// <param name="configuration">What.</param>
    /// <param name="steps">How many are measured.</param>
    /// <param name="more">Further options.</param>
    public (JsonNode Result, string Command)? Run(string name, Configuration configuration, int steps, params string[] more)
    {
        var options = configuration.Options(_help.Value, out string? missing);
        string[] arguments = ["bench", .. configuration.Size(context.Settings.IsSmall), "--steps", $"{steps}", "--device", context.Settings.Device, .. options, .. more];
        if (missing is not null)
        {
            context.Result.Absent(name, Speed, $"wrn {string.Join(' ', arguments)} {missing}", $"not available in this build: it has no {missing}");
            return null;
        }

        string file = Path.Combine(context.Folder, "result.json");
        var (run, command) = context.Wrn(Limit, [.. arguments, "--result", file]);
        if (run.IsOk) return (JsonNode.Parse(File.ReadAllText(file))!, command);
        if (run.ExitCode == NoDevice) context.Result.Absent(name, Speed, command, run.Reason);
        else context.Result.Failed(name, Speed, command, run.Reason);
        return null;
    }
}
