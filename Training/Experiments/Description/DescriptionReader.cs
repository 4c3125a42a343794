using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Experiments.Description;

/// <summary>Reads the description of an experiment: JSON in which comments and trailing commas are allowed.</summary>
internal static class DescriptionReader
{
    private static readonly JsonDocumentOptions Relaxed = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
    };

    private static readonly Dictionary<string, ExperimentMeasures> Measures = new()
    {
        ["none"] = ExperimentMeasures.None,
        ["error"] = ExperimentMeasures.Error,
        ["curve"] = ExperimentMeasures.Curve,
        ["stepTime"] = ExperimentMeasures.StepTime,
        ["blocks"] = ExperimentMeasures.Blocks,
    };

    private static readonly Dictionary<string, EqualShare> Shares = new() { ["epochs"] = EqualShare.Epochs, ["time"] = EqualShare.Time };

    /// <summary>Names of data sets that a description may have: <c>auto</c> is not one, for nobody would know what was trained on.</summary>
    public static IReadOnlyList<string> Datasets { get; } = [.. DatasetCatalog.Names.Where(n => n != DatasetCatalog.Auto)];

    /// <summary>Reads a description.</summary>
    /// <param name="name">The experiment's name.</param>
    /// <param name="file">What to call the file in messages.</param>
    /// <param name="text">Its bytes.</param>
    /// <exception cref="UserException">Something in it is wrong.</exception>
    public static Experiment Read(string name, string file, byte[] text)
    {
        try
        {
            var root = JsonNode.Parse(text, null, Relaxed) as JsonObject
                ?? throw new UserException(ExitCode.BadData, $"{SafeText.Of(file)} describes no experiment: it holds no object.");
            var experiment = Read(name, new JsonPlace(file, "", root)) with { Sha256 = Convert.ToHexStringLower(SHA256.HashData(text)) };
            return experiment;
        }
        catch (JsonException e)
        {
            string where = e.LineNumber is { } line ? $" in line {line + 1}" : "";
            throw new UserException(ExitCode.BadData, $"{SafeText.Of(file)} describes no experiment: it is no JSON{where}, or has a key twice.", e);
        }
        catch (InvalidOperationException e) // half a surrogate pair
        {
            throw new UserException(ExitCode.BadData, $"{SafeText.Of(file)} describes no experiment: it holds text that is no Unicode.", e);
        }
    }

    private static Experiment Read(string name, JsonPlace root)
    {
        root.Allow(
            "title", "source", "about", "datasets", "options", "budgetOptions", "measures", "equal", "twins", "leastEpochs", "stepTimeBatchSize", "share", "rows", "claims", "inconsistencies");
        var datasets = DatasetNames(root) ?? [];
        var (rows, places) = RowReader.Read(root, datasets);
        var experiment = new Experiment(
            name, root.Text("title"), root.Text("source"), root.OptionalText("about") ?? "", datasets, root.OptionalObject("options")?.Copy() ?? [], rows,
            [], root.OptionalTexts("inconsistencies") ?? [])
        {
            BudgetOptions = root.OptionalObject("budgetOptions")?.Copy() ?? [],
            Measures = MeasuresOf(root),
            Equal = root.OptionalName("equal", Shares) ?? EqualShare.Epochs,
            Twins = [.. root.Objects("twins").Select(Twin)],
            LeastEpochs = root.Whole("leastEpochs", 8),
            StepTimeBatchSize = root.Whole("stepTimeBatchSize", 32),
            Share = root.OptionalNumber("share", n => n >= 0, "a number of at least 0") ?? 0,
        };
        OptionsCheck.Run(experiment, root, places);
        return experiment with { Claims = ClaimReader.Read(root, experiment) };
    }

    /// <summary>The data sets of the whole or of a row; null where it says nothing.</summary>
    internal static IReadOnlyList<string>? DatasetNames(JsonPlace place)
    {
        if (place.OptionalTexts("datasets") is not { } names) return null;
        if (names.FirstOrDefault(n => !Datasets.Contains(n)) is { } unknown)
        {
            string hint = CommandLine.Nearest.To(unknown, Datasets) is { } near ? $"; did you mean {near}?" : "";
            throw place.Wrong("datasets", $"must be some of {string.Join(", ", Datasets)}, not '{SafeText.Of(unknown)}'{hint}");
        }

        if (names.Count == 0 || names.Distinct().Count() < names.Count) throw place.Wrong("datasets", "must name at least one data set, and none twice");
        return names;
    }

    private static ExperimentMeasures MeasuresOf(JsonPlace root)
    {
        if (root.OptionalTexts("measures") is not { } names) return ExperimentMeasures.Error;
        if (names.FirstOrDefault(n => !Measures.ContainsKey(n)) is { } unknown)
        {
            string hint = CommandLine.Nearest.To(unknown, Measures.Keys) is { } near ? $"; did you mean {near}?" : "";
            throw root.Wrong("measures", $"must be some of {string.Join(", ", Measures.Keys)}, not '{SafeText.Of(unknown)}'{hint}");
        }

        return names.Aggregate(ExperimentMeasures.None, (all, n) => all | Measures[n]);
    }

    private static TwinScale Twin(JsonPlace place)
    {
        place.Allow("width", "blocks", "side", "batchSize");
        const string Wanted = "a number above 0 and up to 1";
        var twin = new TwinScale(Factor("width"), Factor("blocks"), Factor("side")) { BatchSize = place.OptionalWhole("batchSize") };
        return twin with { BatchSize = null } == TwinScale.Full ? throw place.Wrong("is nothing smaller: give \"width\", \"blocks\" or \"side\"") : twin;

        double Factor(string key) => place.OptionalNumber(key, IsFactor, Wanted) ?? 1;

        static bool IsFactor(double n) => n is > 0 and <= 1;
    }
}
