using System.Globalization;
using Spectre.Console;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;

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
        if (options.Get(SummaryOptions.Paper)) WritePaper(terminal);
        else WriteLayers(terminal, Settings.Network(options), options.Get(DataOptions.Dataset), options.Get(DataOptions.ImageSize));
        return ExitCode.Ok;
    }

    private static void WriteLayers(Terminal terminal, WideResNetOptions network, string dataset, int? imageSize)
    {
        int classes = !network.Architecture.IsForImageNet && dataset == CifarLayout.Cifar100.Key ? 100 : network.Architecture.ClassCount;
        int side = imageSize ?? network.Architecture.ImageSize;
        using var device = new MetaDevice();
        using var model = new WideResNet(network with { NumClasses = classes }, device);
        var layers = model.Describe([1, ImageDataset.Channels, side, side]).ToArray();
        var table = CreateTable(3, "Layer", "Kind", "Output", "Parameters", "Multiply-adds");
        foreach (var layer in layers)
        {
            table.AddRow(
                Markup.Escape(new string(' ', 2 * (layer.Depth - 1)) + layer.Name), Markup.Escape(layer.Kind), Markup.Escape(layer.Output.ToString()),
                Count(layer.Parameters), Count(layer.Macs));
        }

        terminal.Out.WriteLine($"{model.Options.Name}, {classes} classes, for one image [1, {ImageDataset.Channels}, {side}, {side}]");
        terminal.Ansi.Write(table);
        terminal.Out.WriteLine($"Parameters     {model.ParameterCount:N0}, all trained ({4 * model.ParameterCount / 1e6:F1} MB)");
        terminal.Out.WriteLine($"Multiply-adds  {layers.Sum(l => l.Macs):N0}");
    }

    private static void WritePaper(Terminal terminal)
    {
        var table = CreateTable(2, "Where", "Options", "Parameters", "Printed", "G multiply-adds");
        foreach (var entry in PaperNetworks.All)
        {
            using var device = new MetaDevice();
            using var model = new WideResNet(entry.Network, device);
            int side = entry.Network.Architecture.ImageSize;
            long macs = model.Describe([1, ImageDataset.Channels, side, side]).Sum(l => l.Macs);
            string printed = entry.Millions is { } millions ? string.Create(CultureInfo.InvariantCulture, $"{millions:F1}M") : "";
            table.AddRow(
                entry.Where, Arguments(entry.Network), Count(model.ParameterCount), entry.Note is null ? printed : $"* {printed}",
                string.Create(CultureInfo.InvariantCulture, $"{macs / 1e9:F3}"));
        }

        terminal.Out.WriteLine("The networks of arXiv 1605.07146v4, with 10 classes, or 1000 for ImageNet. Printed is the paper's count in millions.");
        terminal.Ansi.Write(table);
        foreach (var entry in PaperNetworks.All.Where(e => e.Note is not null))
            terminal.Out.WriteLine($"* {entry.Where}, {entry.Network.Name}: the paper prints {ValueText.Of(entry.Millions)}M, but {entry.Note}.");
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

    private static Table CreateTable(int firstNumber, params string[] titles)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string title in titles) table.AddColumn(new TableColumn(title).NoWrap());
        foreach (var column in table.Columns.Skip(firstNumber)) column.RightAligned();
        return table;
    }

    private static string Count(long value) => value == 0 ? "" : value.ToString("N0", null);
}
