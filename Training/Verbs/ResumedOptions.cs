using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Verbs;

/// <summary>
/// The options of a resumed run: those on the command line, and for the rest those the run began with, which its checkpoint carries.
/// </summary>
internal static class ResumedOptions
{
    /// <summary>Where a checkpoint keeps them.</summary>
    public const string MetadataKey = "options";

    private static readonly Setting[] Network = [.. NetworkOptions.Group.Settings];

    // With another value of these, the steps already done would have been other steps, or their tests other tests.
    private static readonly Setting[] Order =
    [
        DeviceOptions.Seed, RecipeOptions.BatchSize,
        DataOptions.Dataset, DataOptions.TrainImages, DataOptions.TestImages, DataOptions.ValImages, DataOptions.Normalize, DataOptions.Augment,
        DataOptions.ImageSize, DataOptions.SvhnExtra, DataOptions.DataSeed, RunOptions.OverfitBatches,
    ];

    /// <summary>Reads the checkpoint's options and completes the given ones with them.</summary>
    /// <exception cref="CheckpointException">It is damaged, or holds another network than the one asked for.</exception>
    /// <exception cref="UserException">Something else cannot change within a run.</exception>
    public static ParsedOptions Merge(ParsedOptions asked, string checkpoint)
    {
        if (Stored(checkpoint) is not { } stored) return asked;
        if (Difference(Network, asked, stored) is { } network)
            throw new CheckpointException($"{checkpoint} holds another network: {network}; leave these options out, or start a new run.");
        if (Difference(Order, asked, stored) is { } order)
        {
            throw new UserException(
                ExitCode.Usage, $"{checkpoint} belongs to a run with other options: {order}; leave these options out, or start a new run.");
        }

        string[] completed = [.. asked.Settings.Where(s => s.IsStored && !IsAsked(s, asked)).SelectMany(stored.Arguments)];
        string[] given = [.. asked.Settings.Where(s => IsAsked(s, asked)).SelectMany(asked.Arguments)];
        return WrnCommand.ParseTrain([.. given, .. completed]);
    }

    /// <summary>The options that a checkpoint carries, or null when it was not written by <c>wrn train</c>.</summary>
    /// <exception cref="CheckpointException">This version does not understand them.</exception>
    public static ParsedOptions? Stored(string checkpoint)
    {
        using var file = Checkpoint.Open(checkpoint);
        if (!file.ReadState().Extra.TryGetValue(MetadataKey, out string? text)) return null;
        try
        {
            return WrnCommand.ParseTrain(text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
        catch (UserException e)
        {
            throw new CheckpointException($"{checkpoint} was written with options that this version does not know: {e.Message}", e);
        }
    }

    private static string? Difference(Setting[] settings, ParsedOptions asked, ParsedOptions stored)
    {
        string[] differences = [.. settings
            .Where(s => IsAsked(s, asked) && s.Text(asked) != s.Text(stored))
            .Select(s => $"{s.Name} is {s.Text(stored) ?? s.DefaultText}, not {s.Text(asked)}")];
        return differences.Length == 0 ? null : string.Join(", ", differences);
    }

    /// <summary>Asking for <c>--dataset auto</c> is asking for nothing.</summary>
    private static bool IsAsked(Setting setting, ParsedOptions asked) =>
        asked.IsGiven(setting) && !(setting == DataOptions.Dataset && asked.Get(DataOptions.Dataset) == DatasetCatalog.Auto);
}
