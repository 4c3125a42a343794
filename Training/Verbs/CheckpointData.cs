using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Download;

namespace WrnEngine.Training.Verbs;

/// <summary>The data set that belongs to a checkpoint.</summary>
internal static class CheckpointData
{
    /// <summary>The data set asked for; else the one the network was trained on, prepared in the same way.</summary>
    public static DatasetOptions Options(ParsedOptions options, string path, string trainedOn, Terminal terminal, StopSignal stop)
    {
        if (!options.IsGiven(DataOptions.Dataset)) options.Decide(DataOptions.Dataset, trainedOn);
        if (ResumedOptions.Stored(path) is { } stored)
        {
            if (!options.IsGiven(DataOptions.Normalize)) options.Decide(DataOptions.Normalize, stored.Get(DataOptions.Normalize));
            if (!options.IsGiven(DataOptions.Augment)) options.Decide(DataOptions.Augment, stored.Get(DataOptions.Augment));
            if (!options.IsGiven(DataOptions.ImageSize)) options.Decide(DataOptions.ImageSize, stored.Get(DataOptions.ImageSize));
            if (!options.IsGiven(DataOptions.DataSeed)) options.Decide(DataOptions.DataSeed, stored.Get(DataOptions.DataSeed));
            options.Decide(DataOptions.SvhnExtra, stored.Get(DataOptions.SvhnExtra));
        }

        DownloadStep.Run(options, terminal, stop, mayUnasked: false);
        options.Decide(DataOptions.Dataset, DatasetCatalog.Resolve(options.Get(DataOptions.Dataset), options.Get(DataOptions.DataDir)!));
        if (options.Get(DeviceOptions.Threads) == 0) options.Decide(DeviceOptions.Threads, Environment.ProcessorCount);
        DataOptions.Decide(options);
        // What was said of the data set it was trained on says nothing of another; and training images are read for their constants only.
        string name = options.Get(DataOptions.Dataset);
        if (name != ImageFolderLoader.Key && name != trainedOn && !options.IsGiven(DataOptions.ImageSize)) options.Decide(DataOptions.ImageSize, null);
        if (name != SvhnLoader.Key || options.Get(DataOptions.Normalize) is not ("dataset" or "zca")) options.Decide(DataOptions.SvhnExtra, "off");
        return DataOptions.Prepared(options) with { Threads = options.Get(DeviceOptions.Threads), Notice = terminal.Notice };
    }
}
