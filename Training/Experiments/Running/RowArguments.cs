using WrnEngine.Models;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Experiments.Running;

/// <summary>The arguments of <c>wrn train</c> that a row comes to.</summary>
internal static class RowArguments
{
    /// <summary>What a description may not say: where, on what and how long a run goes is for its runner to decide, and so is where it ends.</summary>
    public static IReadOnlyList<Setting> OfTheRunner { get; } =
    [
        DataOptions.Dataset, DataOptions.DataDir, DataOptions.Download, DeviceOptions.Device, DeviceOptions.Threads, DeviceOptions.Seed,
        RunOptions.Output, RunOptions.Resume, RunOptions.Config, RunOptions.EvalEvery, RunOptions.Log, RunOptions.LogInterval, RunOptions.MaxSteps, RunOptions.MaxTime,
        RunOptions.Patience, RunOptions.FastDevRun, RunOptions.Result,
    ];

    private static readonly Setting[] Sizes = [NetworkOptions.Depth, NetworkOptions.WidenFactor, NetworkOptions.BlocksPerGroup];

    /// <summary>All options of <c>wrn train</c>.</summary>
    public static IReadOnlyList<Setting> Settings => Verbs.TrainVerb.Verb.Settings;

    /// <summary>The network of a row.</summary>
    /// <exception cref="UserException">There is no such network at that scale.</exception>
    public static WideResNetOptions Network(Experiment experiment, ExperimentRow row, TwinScale scale) =>
        Scaled(Verbs.Settings.Network(WrnCommand.ParseTrain(Own(experiment, row))), scale);

    /// <summary>Network and recipe of a row; its own options come before the experiment's.</summary>
    /// <exception cref="UserException">There is no such network at that scale.</exception>
    public static IReadOnlyList<string> Of(Experiment experiment, ExperimentRow row, TwinScale scale)
    {
        string[] own = Own(experiment, row);
        if (scale == TwinScale.Full) return own;
        var network = Network(experiment, row, scale);
        List<(Setting Setting, string Value)> scaled =
        [
            network.BlocksPerGroupOverride is { } blocks ? (NetworkOptions.BlocksPerGroup, ValueText.Of(blocks)!) : (NetworkOptions.Depth, ValueText.Of(network.Depth)!),
            (NetworkOptions.WidenFactor, ValueText.Of(network.WidenFactor)!),
        ];
        if (scale.BatchSize is { } images) scaled.Add((RecipeOptions.BatchSize, ValueText.Of(images)!));
        return ArgumentList.With(ArgumentList.Without(own, Sizes), scaled);
    }

    private static string[] Own(Experiment experiment, ExperimentRow row) =>
    [
        .. from setting in Settings
           let value = row.Options.ContainsKey(setting.JsonName) ? row.Options[setting.JsonName] : experiment.Options[setting.JsonName]
           let argument = JsonArguments.Of(setting, value).Argument
           where argument is not null
           select argument,
    ];

    private static WideResNetOptions Scaled(WideResNetOptions network, TwinScale scale)
    {
        const double Rounding = 1e-9; // of a third, and the like
        try
        {
            if (scale.Blocks != 1)
            {
                double exact = network.BlocksPerGroup * scale.Blocks, blocks = Math.Round(exact);
                if (network.Architecture.IsForImageNet || blocks < 1 || Math.Abs(exact - blocks) > Rounding)
                {
                    string why = network.Architecture.IsForImageNet ? "its blocks are fixed" : $"it would have {ValueText.Of(exact)} blocks per group";
                    throw new UserException(ExitCode.BadData, $"{network.Name} cannot be scaled so: {why}.");
                }

                network = network.WithBlocksPerGroup((int)blocks);
            }

            network = network with { WidenFactor = network.WidenFactor * scale.Width };
            network.Validate();
            return network;
        }
        catch (ArgumentException e)
        {
            throw new UserException(ExitCode.BadData, $"{e.Message}.", e);
        }
    }
}
