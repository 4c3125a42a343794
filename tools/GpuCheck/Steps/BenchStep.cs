using System.Text.Json;
using System.Text.Json.Nodes;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>Speed of a training step: each network, precision, and the convolutions of ours and of cuDNN.</summary>
internal sealed class BenchStep : IStep
{
    private const int Steps = 50;

    /// <summary>What every result has besides what it measured.</summary>
    private static readonly string[] NotFigures = ["parameters", "imagesPerSecond", "secondsPerStep"];

    /// <inheritdoc/>
    public string Name => "bench";

    /// <inheritdoc/>
    public void Run(StepContext context)
    {
        var bench = new Bench(context);
        foreach (var (depth, k) in Configuration.Networks(context.Settings.IsSmall))
            foreach (string precision in Configuration.Precisions)
                foreach (string conv in Configuration.Convs)
                {
                    var configuration = new Configuration(depth, k, precision, conv);
                    if (bench.Run(configuration.Name, configuration, context.Settings.IsSmall ? 1 : Steps) is not { } run) continue;
                    context.Result.Measured(configuration.Name, (double)run.Result["imagesPerSecond"]!, Bench.Speed, run.Command);
                    Others(context.Result, configuration.Name, run.Result, run.Command);
                    if (run.Result["hostSecondsPerStep"] is { } host) context.Result.Measured(configuration.HostShare, (double)host / (double)run.Result["secondsPerStep"]!, "", run.Command);
                    if (conv == "cudnn" && Speed(context.Result, configuration with { Conv = "native" }) is { } native)
                        context.Result.Measured(configuration.NativeToCudnn, native / (double)run.Result["imagesPerSecond"]!, "", run.Command);
                }
    }

    private static double? Speed(StepResult result, Configuration configuration) => result.Figures.FirstOrDefault(f => f.Name == configuration.Name)?.Value;

    /// <summary>The other numbers of a result: memory, the host's share of a step, and what later builds add.</summary>
    private static void Others(StepResult result, string name, JsonNode json, string command)
    {
        foreach (var (key, value) in json.AsObject())
        {
            if (value?.GetValueKind() != JsonValueKind.Number || NotFigures.Contains(key)) continue;
            string unit = key.Contains("Bytes", StringComparison.Ordinal) ? "B" : key.Contains("econds", StringComparison.Ordinal) ? "s" : "";
            result.Measured($"{name}: {key}", (double)value, unit, command);
        }
    }
}
