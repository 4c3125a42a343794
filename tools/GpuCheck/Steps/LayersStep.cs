using System.Text.Json.Nodes;

namespace WrnEngine.Tools.GpuCheck.Steps;

/// <summary>The time of each op and shape beside the least that the card's arithmetic and memory allow. Every op waits for the device here, so short ones look slower than they are.</summary>
internal sealed class LayersStep : IStep
{
    private const int Steps = 10;

    /// <inheritdoc/>
    public string Name => "layers";

    /// <inheritdoc/>
    public void Run(StepContext context)
    {
        var bench = new Bench(context);
        var limits = CardLimits.Find(context.Card?.Name);
        if (limits is null) context.Result.Note($"the peaks of {context.Card?.Name ?? "the card"} are not known: rows have no limits");
        var (depth, k) = Configuration.Networks(context.Settings.IsSmall)[0];
        foreach (string precision in Configuration.Precisions)
        {
            var configuration = new Configuration(depth, k, precision, "native");
            string name = $"{configuration.Name}: all ops";
            if (bench.Run(name, configuration, context.Settings.IsSmall ? 1 : Steps, "--layers") is not { } run) continue;
            LayerRow[] rows = [.. run.Result["ops"]!.AsArray().Select(op => Row(precision, op!, limits))];
            foreach (var row in rows) context.Result.Layer(row);
            context.Result.Measured(name, rows.Sum(r => r.SecondsPerStep), "s", run.Command);
            if (limits is not null) context.Result.Measured($"{configuration.Name}: share of the limits", rows.Sum(r => r.LimitSeconds ?? 0) / rows.Sum(r => r.SecondsPerStep), "", run.Command);
        }
    }

    private static LayerRow Row(string precision, JsonNode op, CardLimits? limits)
    {
        double calls = (double)op["callsPerStep"]!, seconds = (double)op["secondsPerStep"]!, flops = (double)op["flopsPerCall"]!, bytes = (double)op["bytesPerCall"]!;
        double? arithmetic = calls * flops / limits?.FlopsPerSecond(precision), memory = calls * bytes / limits?.BytesPerSecond;
        double? limit = arithmetic is { } a && memory is { } m ? Math.Max(a, m) : null;
        string? bound = limit is null ? null : arithmetic >= memory ? "arithmetic" : "bytes";
        return new LayerRow(precision, (string)op["op"]!, (string)op["shape"]!, calls, seconds, flops, bytes, limit, bound, seconds > 0 ? limit / seconds : null);
    }
}
