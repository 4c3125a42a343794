using System.Globalization;
using System.Text;
using WrnEngine.Tools.GpuCheck.Steps;

namespace WrnEngine.Tools.GpuCheck;

/// <summary>The tables of docs/gpu.md, between its markers, from a report.</summary>
internal static class DocumentTable
{
    /// <summary>The line before the tables.</summary>
    public const string Begin = "<!-- gpu-check: begin -->";

    /// <summary>The line after them.</summary>
    public const string End = "<!-- gpu-check: end -->";

    private const string NotMeasured = "not measured";
    private const int LayerRows = 16;

    /// <summary>Step, figure, what readers call it, aim.</summary>
    private static IEnumerable<(string Step, string Figure, string What, string Aim)> Rows(GpuReport report)
    {
        yield return ("tests", "tests passed", "unit tests on the device", "all");
        foreach (string tool in (string[])["memcheck", "racecheck", "initcheck", "synccheck"]) yield return ("sanitizer", tool, $"compute-sanitizer {tool}, kernel tests", "0");
        foreach (var figure in report.Steps.FirstOrDefault(s => s.Name == "agreement")?.Figures ?? []) yield return ("agreement", figure.Name, figure.Name, "");
        if (report.Find("agreement", "") is null && !report.Steps.Any(s => s.Name == "agreement" && s.Figures.Count > 0)) yield return ("agreement", "", "whole networks, cuda against cpu", "");
        foreach (var (depth, k) in Configuration.Networks(report.Small))
            foreach (string precision in Configuration.Precisions)
                foreach (string conv in Configuration.Convs)
                {
                    var configuration = new Configuration(depth, k, precision, conv);
                    yield return ("bench", configuration.Name, $"training, {configuration.Name}", "");
                }

        foreach (var (depth, k) in Configuration.Networks(report.Small))
        {
            var fastest = new Configuration(depth, k, "bf16", "cudnn");
            foreach (string conv in Configuration.Convs) yield return ("bench", (fastest with { Conv = conv }).HostShare, (fastest with { Conv = conv }).HostShare, depth == 16 ? "under 0.05" : "");
            yield return ("bench", fastest.NativeToCudnn, fastest.NativeToCudnn, depth == 16 ? "0.5" : "");
            string ratio = $"WRN-{depth}-{k}, bf16: ratio to PyTorch at its best";
            yield return ("pytorch", ratio, ratio, depth == 16 ? "1" : "");
        }

        yield return ("train", "test error", "test error of the training", "");
    }

    /// <summary>The lines between the markers.</summary>
    public static string Text(GpuReport report)
    {
        var text = new StringBuilder();
        text.AppendLine(report.Steps.Count == 0 ? "Nothing has been measured on a GPU yet.\n" : Heading(report));
        text.AppendLine("| What | Figure | Aim |\n|---|---|---|");
        foreach (var (step, figure, what, aim) in Rows(report)) text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {Value(report.Find(step, figure))} | {aim} |");
        LayerRow[] layers = [.. report.Steps.SelectMany(s => s.Layers)];
        foreach (string precision in layers.Select(l => l.Precision).Distinct()) AppendLayers(text, precision, [.. layers.Where(l => l.Precision == precision)]);
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>Writes a document's tables over.</summary>
    /// <exception cref="CheckException">It has no markers.</exception>
    public static void Replace(string path, GpuReport report)
    {
        string text = File.ReadAllText(path).ReplaceLineEndings("\n");
        int begin = text.IndexOf(Begin, StringComparison.Ordinal), end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new CheckException($"{path} has no lines '{Begin}' and '{End}' for the tables to go between.");
        File.WriteAllText(path, $"{text[..(begin + Begin.Length)]}\n{Text(report)}{text[end..]}");
    }

    /// <summary>The lines between a document's markers.</summary>
    public static string Between(string text)
    {
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length + 1;
        return text[begin..text.IndexOf(End, StringComparison.Ordinal)];
    }

    private static string Heading(GpuReport report)
    {
        string card = report.Card is { } c ? c.Name + (c.Driver is null ? "" : $", driver {c.Driver}") + (c.CudaVersion is null ? "" : $", CUDA {c.CudaVersion}") : $"{report.Device}, which could not be opened";
        string rehearsal = report.Simulated ? " A rehearsal on the simulator: these figures say nothing about a GPU." : report.Small ? " A rehearsal at small sizes: these figures say nothing about speed." : "";
        return string.Create(CultureInfo.InvariantCulture, $"{report.Date:yyyy-MM-dd}, {card}; build {report.Build}.{rehearsal}\n");
    }

    private static string Value(Figure? figure) => figure switch
    {
        null => NotMeasured,
        { Value: { } value } => $"{Number(value)} {figure.Unit}".TrimEnd() + (figure.Simulated ? " (simulator)" : ""),
        { Outcome: Outcome.Failed } => $"failed: {Cell(figure.Reason)}",
        _ => $"{NotMeasured}: {Cell(figure.Reason)}",
    };

    private static string Cell(string? text) => (text ?? "").Replace('|', '/').ReplaceLineEndings(" ");

    private static string Number(double value) => value switch
    {
        0 => "0",
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 0.01 => value.ToString("G4", CultureInfo.InvariantCulture),
        _ => value.ToString("0.0e-0", CultureInfo.InvariantCulture),
    };

    private static void AppendLayers(StringBuilder text, string precision, LayerRow[] rows)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"\nThe ops that take longest in a training step, {precision}, native:\n");
        text.AppendLine("| Op | Shape | Calls | ms | Limit, ms | Bound | Share of the limit |\n|---|---|---|---|---|---|---|");
        foreach (var r in rows.OrderByDescending(r => r.SecondsPerStep).Take(LayerRows))
        {
            string limit = r.LimitSeconds is { } s ? Number(1e3 * s) : "unknown", share = r.ShareOfLimit is { } f ? string.Create(CultureInfo.InvariantCulture, $"{100 * f:F0} %") : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {r.Op} | {r.Shape} | {r.CallsPerStep:0.#} | {Number(1e3 * r.SecondsPerStep)} | {limit} | {r.Bound} | {share} |");
        }
    }
}
