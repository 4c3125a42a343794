using Spectre.Console;
using WrnEngine.Devices.Cpu;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn summary</c>: the layers of a network with their sizes.</summary>
internal static class SummaryVerb
{
    private const int Side = 32;

    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new(
        "summary", "list the layers of a network with shapes, parameters and multiply-adds", "--depth 28 --k 10 --dataset cifar100", Run,
        NetworkOptions.Group, new OptionGroup("Data", DataOptions.Dataset));

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        int classes = options.Get(DataOptions.Dataset) == "cifar100" ? 100 : 10;
        using var device = new CpuDevice();
        using var model = new WideResNet(Settings.Network(options) with { NumClasses = classes }, device);
        var layers = model.Describe([1, ImageDataset.Channels, Side, Side]).ToArray();
        var table = new Table().Border(TableBorder.Simple);
        foreach (string title in new[] { "Layer", "Kind", "Output", "Parameters", "Multiply-adds" }) table.AddColumn(new TableColumn(title).NoWrap());
        table.Columns[3].RightAligned();
        table.Columns[4].RightAligned();
        foreach (var layer in layers)
        {
            table.AddRow(
                Markup.Escape(new string(' ', 2 * (layer.Depth - 1)) + layer.Name), Markup.Escape(layer.Kind), Markup.Escape(layer.Output.ToString()),
                Count(layer.Parameters), Count(layer.Macs));
        }

        terminal.Out.WriteLine($"{model.Options.Name}, {classes} classes, for one image [1, {ImageDataset.Channels}, {Side}, {Side}]");
        terminal.Ansi.Write(table);
        terminal.Out.WriteLine($"Parameters     {model.ParameterCount:N0}, all trained ({4 * model.ParameterCount / 1e6:F1} MB)");
        terminal.Out.WriteLine($"Multiply-adds  {layers.Sum(l => l.Macs):N0}");
        return ExitCode.Ok;
    }

    private static string Count(long value) => value == 0 ? "" : value.ToString("N0", null);
}
