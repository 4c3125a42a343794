using System.Text.Json;
using System.Text.Json.Nodes;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>PyTorch on the same card: each of its modes once, then its best one and ours by turns, so that what the card does meanwhile hits both.</summary>
internal sealed class PyTorchStep : IStep
{
    private const int Rounds = 3, Steps = 50, NoTorch = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Precision and torch.compile's mode.</summary>
    private static readonly (string Precision, string Compile)[] Modes =
    [
        ("float32", "off"), ("tf32", "off"), ("tf32", "reduce-overhead"), ("bf16", "off"), ("bf16", "default"), ("bf16", "reduce-overhead"), ("bf16", "max-autotune"),
    ];

    /// <inheritdoc/>
    public string Name => "pytorch";

    /// <inheritdoc/>
    public void Run(StepContext context)
    {
        if (context.Programs.PyTorchPeer is not { } script)
        {
            context.Result.Absent("PyTorch", Bench.Speed, "", "tools/peers/pytorch_wrn.py is not here");
            return;
        }

        string[] python = [.. context.Programs.Python, script];
        var (probe, probeCommand) = context.Run([.. python, "--probe"], Limit);
        if (!probe.IsOk)
        {
            if (probe.ExitCode is null or NoTorch) context.Result.Absent("PyTorch", Bench.Speed, probeCommand, probe.Reason);
            else context.Result.Failed("PyTorch", Bench.Speed, probeCommand, probe.Reason);
            return;
        }

        var versions = JsonNode.Parse(LastJson(probe.Output)!)!.AsObject();
        foreach (var (name, value) in versions) context.Result.Software[name] = value?.ToString() ?? "none";
        foreach (var (depth, k) in Configuration.Networks(context.Settings.IsSmall)) Measure(context, python, depth, k);
    }

    private static void Measure(StepContext context, string[] python, int depth, int k)
    {
        (string Mode, double Speed)? best = null;
        foreach (var (precision, compile) in Modes.Where(m => !context.Settings.IsSmall || m.Compile == "off"))
        {
            string name = $"PyTorch, WRN-{depth}-{k}, {precision}, compile {compile}";
            if (Peer(context, python, depth, k, precision, compile, name) is not { } speed) continue;
            context.Result.Measured(name, speed.Value, Bench.Speed, speed.Command);
            if (precision == "bf16" && !(best?.Speed > speed.Value)) best = (compile, speed.Value);
        }

        if (best is not { } peer) return;
        string ratioName = $"WRN-{depth}-{k}, bf16: ratio to PyTorch at its best";
        var bench = new Bench(context);
        var ratios = new List<double>();
        string ours = "", theirs = "";
        for (int round = 0; round < (context.Settings.IsSmall ? 1 : Rounds); round++)
        {
            // Whichever convolutions of ours were faster before; cuDNN's where nobody knows.
            string conv = Speed(context, depth, k, "native") > Speed(context, depth, k, "cudnn") ? "native" : "cudnn";
            if (bench.Run(ratioName, new Configuration(depth, k, "bf16", conv), context.Settings.IsSmall ? 1 : Steps) is not { } own) return;
            if (Peer(context, python, depth, k, "bf16", peer.Mode, ratioName) is not { } other) return;
            ratios.Add((double)own.Result["imagesPerSecond"]! / other.Value);
            (ours, theirs) = (own.Command, other.Command);
        }

        context.Result.Measured(ratioName, ratios.Order().ElementAt(ratios.Count / 2), "", $"{ours} | {theirs}");
    }

    private static double Speed(StepContext context, int depth, int k, string conv) => context.Earlier("bench", new Configuration(depth, k, "bf16", conv).Name)?.Value ?? 0;

    private static (double Value, string Command)? Peer(StepContext context, string[] python, int depth, int k, string precision, string compile, string name)
    {
        string[] size = context.Settings.IsSmall ? ["--batch", "2", "--image-size", "8", "--steps", "2", "--warmup", "1"] : ["--batch", "128", "--steps", $"{Steps}", "--warmup", "20"];
        string device = context.Settings.IsSimulated ? "cpu" : context.Settings.Device;
        var (run, command) = context.Run([.. python, "--depth", $"{depth}", "--k", $"{k}", .. size, "--precision", precision, "--compile", compile, "--device", device], Limit);
        if (run.IsOk && LastJson(run.Output) is { } json) return ((double)JsonNode.Parse(json)!["imagesPerSecond"]!, command);
        // A mode that this version of PyTorch or this card does not have says so with the same exit code.
        if (run.ExitCode == NoTorch) context.Result.Absent(name, Bench.Speed, command, run.Reason);
        else context.Result.Failed(name, Bench.Speed, command, run.IsOk ? "it printed no JSON" : run.Reason);
        return null;
    }

    /// <summary>The last line that is a JSON object, past what libraries print.</summary>
    private static string? LastJson(string output) => output.Split('\n').LastOrDefault(static line =>
    {
        if (!line.StartsWith('{')) return false;
        try
        {
            return JsonNode.Parse(line) is JsonObject;
        }
        catch (JsonException)
        {
            return false;
        }
    });
}
