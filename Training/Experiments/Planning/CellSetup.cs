using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Experiments.Running;
using WrnEngine.Training.Verbs;

namespace WrnEngine.Training.Experiments.Planning;

/// <summary>A row on a data set at some scale, with all that its runs have in common.</summary>
/// <param name="Row">The row.</param>
/// <param name="Dataset">The data set.</param>
/// <param name="Options">The options of its runs, defaults decided.</param>
/// <param name="Network">The network, with its number of classes.</param>
/// <param name="Facts">The data set's numbers, with the side that its images are resized to.</param>
internal sealed record CellSetup(ExperimentRow Row, string Dataset, ParsedOptions Options, WideResNetOptions Network, DatasetFacts Facts)
{
    /// <summary>Its parameters.</summary>
    public long Parameters { get; private init; }

    /// <summary>Multiply-adds of a forward pass on an image.</summary>
    public long Macs { get; private init; }

    /// <summary>Residual blocks.</summary>
    public int Blocks { get; private init; }

    /// <summary>Images of a step.</summary>
    public int BatchSize { get; private init; }

    /// <summary>The length of its recipe.</summary>
    public int RecipeEpochs { get; private init; }

    /// <summary>Images that it trains on when none are left out.</summary>
    public int TrainImages => Facts.TrainImages;

    /// <summary>Puts one together.</summary>
    public static CellSetup Create(Experiment experiment, ExperimentRow row, string dataset, TwinScale scale, Placement placement, DatasetFacts facts)
    {
        facts = facts with { Side = scale.SideOf(facts.Side) };
        var options = WrnCommand.ParseTrain([.. RowArguments.Of(experiment, row, scale), DataOptions.Dataset.Name, dataset, .. placement.Arguments]);
        _ = Settings.DecideDefaults(options);
        var network = Settings.Network(options) with { NumClasses = facts.Classes };
        using var device = new MetaDevice();
        using var model = new WideResNet(network, device);
        return new CellSetup(row, dataset, options, network, facts)
        {
            BatchSize = options.Get(RecipeOptions.BatchSize),
            RecipeEpochs = Settings.Recipe(options).Epochs,
            Parameters = model.ParameterCount,
            Macs = model.Describe([1, ImageDataset.Channels, facts.Side, facts.Side]).Sum(l => l.Macs),
            Blocks = model.Blocks.Count,
        };
    }
}
