using System.Globalization;
using WrnEngine.Training.Experiments.Description;

namespace WrnEngine.Training.CommandLine;

/// <summary>How much of an experiment to do, and where its results go.</summary>
internal static class ExperimentOptions
{
    /// <summary>Minutes of all claims where none are given.</summary>
    public const double ClaimsMinutes = 90;

    private const int MostSeeds = 1000;

    private static readonly ValueReader<double?> ReadMinutes = text =>
        Read.Double(m => m > 0 && m <= 1e7, "a number of minutes above 0")(text) is (var value, null) ? (value, null) : (null, "must be a number of minutes above 0");

    private static readonly ValueReader<string> ReadSeeds = text => SeedsOf(text) is null
        ? (null, $"must be how many seeds, from 1 to {MostSeeds}, or the seeds themselves separated by commas, none twice, as in 1,2,3") : (text, null);

    /// <summary>Which experiment.</summary>
    public static Operands Experiment { get; } = new("NAME|FILE", "an experiment that comes with the program, or a file that describes another", 1, 1);

    /// <summary>Minutes.</summary>
    public static Setting<double?> Budget { get; } = new(
        "--budget", "MINUTES", "do as much as fits into that time on this machine: smaller networks, fewer epochs or images, alike for all that is compared", null,
        ReadMinutes, $"the paper's recipe in full for experiment, {ClaimsMinutes} for claims");

    /// <summary>Seeds.</summary>
    public static Setting<string> Seeds { get; } = new(
        "--seeds", "LIST|N", "train every network once with each of these seeds, or with seeds 1 to N", "1,2,3", ReadSeeds);

    /// <summary>The only data set.</summary>
    public static Setting<string?> Dataset { get; } = new(
        "--dataset", "NAME", "use this data set alone: one of the experiment's, or another that its networks are then compared on", null,
        Read.OptionalOneOf(DescriptionReader.Datasets), "the experiment's own, where they are there");

    /// <summary>Plans only.</summary>
    public static Setting<bool> DryRun { get; } = new("--dry-run", "", "print the plan with its times, and do nothing", false, Read.Switch, "");

    /// <summary>The folder.</summary>
    public static Setting<string?> Output { get; } = new(
        "--output", "DIR", "the folder with the plan, a run folder for each row and seed, and the report; what is done there already is not done again", null, Read.Text,
        "experiments/<name>-<minutes>min");

    /// <summary>The document.</summary>
    public static Setting<string?> Document { get; } = new("--document", "FILE", "also write the tables as a Markdown file", null, Read.Text, "");

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Experiment", Budget, Seeds, Dataset, DataOptions.DataDir, DryRun, Output, Document);

    /// <summary>Where to compute.</summary>
    public static OptionGroup DeviceGroup { get; } = new("Device", DeviceOptions.Device, DeviceOptions.Threads);

    /// <summary>The seeds that a text names: a list, or the first so many; null for anything else.</summary>
    public static IReadOnlyList<ulong>? SeedsOf(string text)
    {
        var seeds = new List<ulong>();
        foreach (string part in text.Split(','))
        {
            if (!ulong.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) || seeds.Contains(seed) || seeds.Count == MostSeeds) return null;
            seeds.Add(seed);
        }

        if (seeds.Count > 1) return seeds;
        return seeds[0] is >= 1 and <= MostSeeds ? [.. Enumerable.Range(1, (int)seeds[0]).Select(s => (ulong)s)] : null;
    }
}
