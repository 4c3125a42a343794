using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Data.Download;

/// <summary>What <c>--download</c> does before a data set is loaded.</summary>
internal static class DownloadStep
{
    /// <summary>The environment variable that stands in for an option that is not given.</summary>
    public const string ModeVariable = "WRN_DOWNLOAD";

    /// <summary>The environment variable with an address: files are taken from below it, and from nowhere else.</summary>
    public const string MirrorVariable = "WRN_MIRROR";

    /// <summary>The option's values; the last one is what the bare option means.</summary>
    public static IReadOnlyList<string> Modes { get; } = ["auto", "no", "yes"];

    /// <summary>Downloads what the options ask for.</summary>
    /// <param name="options">Of a verb with data options.</param>
    /// <param name="terminal">Where progress goes.</param>
    /// <param name="stop">The wish to stop.</param>
    /// <param name="mayUnasked">Whether <c>--dataset auto</c> may download CIFAR-10 without being asked.</param>
    /// <param name="create">Makes the downloader; for tests.</param>
    /// <param name="catalog">What there is; for tests.</param>
    /// <returns>What to say when CIFAR-10, which nobody asked for, did not come; else null.</returns>
    /// <exception cref="DatasetException">What was asked for did not come.</exception>
    /// <exception cref="UserException">The options make no sense, or the user wants to stop.</exception>
    public static string? Run(
        ParsedOptions options, Terminal terminal, StopSignal stop, bool mayUnasked,
        Func<Terminal, StopSignal, DatasetDownload>? create = null, IReadOnlyList<RemoteDataset>? catalog = null)
    {
        string mode = Mode(options), name = options.Get(DataOptions.Dataset), directory = options.Get(DataOptions.DataDir)!;
        bool isAsked = mode == "yes", isAuto = name == DatasetCatalog.Auto;
        if (mode == "no" || (!isAsked && !(isAuto && mayUnasked))) return null;
        string key = isAuto ? CifarLayout.Cifar10.Key : name;
        if ((catalog ?? DownloadCatalog.All).FirstOrDefault(s => s.Key == key) is not { } set)
        {
            if (!options.IsGiven(DataOptions.Download)) return null;
            throw new UserException(
                ExitCode.Usage, $"--download knows {string.Join(", ", DownloadCatalog.All.Select(s => s.Key))}, not {name}; leave it out.");
        }

        // A part of the set that somebody put there is an error to complain about, not a reason to download unasked.
        if (!isAsked && CifarLoader.Find(CifarLayout.Cifar10, directory) is not null) return null;
        set = FromMirror(set);
        bool withExtra = set.Files.Any(f => f.IsExtra) && options.Get(DataOptions.SvhnExtra) == "on";
        if (set.IsComplete(directory, withExtra)) return null;
        if (!isAsked) terminal.Out.WriteLine($"{set.Title} is not in {directory}; trying to download it (--download no does without):");
        using var download = (create ?? ((t, s) => new DatasetDownload(t, s)))(terminal, stop);
        try
        {
            download.Run(set, directory, withExtra, isAsked);
            return null;
        }
        catch (DatasetException e) when (!isAsked)
        {
            return e.InnerException is not FetchFailure ? e.Message
                : $"{set.Title} could not be downloaded from any of the places above; --download tries longer, or put {set.Files[0].Name} into {directory}.";
        }
    }

    private static string Mode(ParsedOptions options)
    {
        if (options.Get(DataOptions.Download) is { } given) return given;
        string? variable = Environment.GetEnvironmentVariable(ModeVariable);
        if (string.IsNullOrEmpty(variable)) return Modes[0];
        return Modes.Contains(variable) ? variable : throw new UserException(
            ExitCode.Usage, $"the environment variable {ModeVariable} must be one of {string.Join(", ", Modes)}, not '{variable}'.");
    }

    private static RemoteDataset FromMirror(RemoteDataset set)
    {
        if (Environment.GetEnvironmentVariable(MirrorVariable) is not { Length: > 0 } mirror) return set;
        if (!Uri.TryCreate(mirror.TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new UserException(ExitCode.Usage, $"the environment variable {MirrorVariable} must be an http or https address, not '{mirror}'.");
        return set with { Files = [.. set.Files.Select(f => f with { Urls = [new Uri(address, f.Name).AbsoluteUri] })] };
    }
}
