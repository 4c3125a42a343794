using System.Globalization;
using System.Text.Json.Nodes;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn summary</c>: the layers of a network with their sizes, or the networks of the paper with theirs.</summary>
internal static class SummaryVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "summary", "list the layers of a network with shapes, parameters and multiply-adds", "--depth 28 --k 10 --dataset cifar100", Run,
        SummaryOptions.Group, NetworkOptions.Group, new OptionGroup("Data", DataOptions.Dataset, DataOptions.ImageSize));

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        bool asJson = options.Get(SummaryOptions.Json);
        if (options.Get(SummaryOptions.Paper)) WritePaper(terminal, asJson);
        else WriteLayers(terminal, Settings.Network(options), options.Get(DataOptions.Dataset), options.Get(DataOptions.ImageSize), asJson);
        return ExitCode.Ok;
    }

    private static void WriteLayers(Terminal terminal, WideResNetOptions network, string dataset, int? imageSize, bool asJson)
    {
        int classes = !network.Architecture.IsForImageNet && dataset == CifarLayout.Cifar100.Key ? 100 : network.Architecture.ClassCount;
        int side = imageSize ?? network.Architecture.ImageSize;
        using var device = new MetaDevice();
        using var model = new WideResNet(network with { NumClasses = classes }, device);
        var table = new LayerTable(model, [1, ImageDataset.Channels, side, side]);
        if (asJson) terminal.Out.WriteLine(JsonFile.Text(table.ToJson()));
        else table.Write(terminal);
    }

    private static void WritePaper(Terminal terminal, bool asJson)
    {
        var table = new TextTable(2, "Where", "Options", "Parameters", "Printed", "G multiply-adds");
        var json = new JsonArray();
        foreach (var entry in PaperNetworks.All)
        {
            using var device = new MetaDevice();
            using var model = new WideResNet(entry.Network, device);
            int side = entry.Network.Architecture.ImageSize;
            long macs = model.Describe([1, ImageDataset.Channels, side, side]).Sum(l => l.Macs);
            string printed = entry.Millions is { } millions ? string.Create(CultureInfo.InvariantCulture, $"{millions:F1}M") : "";
            table.Add(
                entry.Where, Arguments(entry.Network), $"{model.ParameterCount:N0}", entry.Note is null ? printed : $"* {printed}",
                string.Create(CultureInfo.InvariantCulture, $"{macs / 1e9:F3}"));
            json.Add(new JsonObject
            {
                ["where"] = entry.Where,
                ["network"] = entry.Network.Name,
                ["options"] = Arguments(entry.Network),
                ["parameters"] = model.ParameterCount,
                ["printedMillions"] = entry.Millions,
                ["multAdds"] = macs,
                ["note"] = entry.Note,
            });
        }

        if (asJson)
        {
            terminal.Out.WriteLine(JsonFile.Text(json));
            return;
        }

        terminal.Line("The networks of arXiv 1605.07146v4, with 10 classes, or 1000 for ImageNet. Printed is the paper's count in millions.");
        table.Write(terminal);
        foreach (var entry in PaperNetworks.All.Where(e => e.Note is not null))
            terminal.Line($"* {entry.Where}, {entry.Network.Name}: the paper prints {ValueText.Of(entry.Millions)}M, but {entry.Note}.");
    }

    /// <summary>What one would type for it.</summary>
    internal static string Arguments(WideResNetOptions network)
    {
        var arguments = new List<string>();
        if (network.Architecture != Architecture.Wrn) arguments.Add($"--model {network.Architecture.Name}");
        if (!network.Architecture.IsForImageNet) arguments.Add($"--depth {network.Depth}");
        if (network.Architecture == Architecture.Wrn || network.WidenFactor != network.Architecture.DefaultWidenFactor) arguments.Add($"--k {ValueText.Of(network.WidenFactor)}");
        if (network.Block != WideResNetOptions.BasicBlock) arguments.Add($"--block {network.Block}");
        if (network.DropRate > 0) arguments.Add($"--dropout {ValueText.Of(network.DropRate)}");
        return string.Join(' ', arguments);
    }
}
