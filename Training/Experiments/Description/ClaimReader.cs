using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Experiments.Description;

/// <summary>Reads the claims of a description.</summary>
internal static class ClaimReader
{
    private const string WantedPairs = "a list of pairs of row names";

    private static readonly Dictionary<string, ClaimKind> Kinds = new()
    {
        ["lower"] = ClaimKind.Lower,
        ["notWorse"] = ClaimKind.NotWorse,
        ["fasterPerMac"] = ClaimKind.FasterPerMac,
        ["idleBlocks"] = ClaimKind.IdleBlocks,
    };

    /// <summary>The claims.</summary>
    /// <param name="root">The description.</param>
    /// <param name="experiment">What was read of it: the rows that pairs name, and what is measured of them.</param>
    public static IReadOnlyList<Claim> Read(JsonPlace root, Experiment experiment)
    {
        var claims = new List<Claim>();
        foreach (var place in root.Objects("claims"))
        {
            place.Allow("name", "says", "source", "kind", "pairs", "margin", "guessingCounts");
            string name = place.Text("name");
            if (claims.Any(c => c.Name == name)) throw place.Wrong("name", $"is '{SafeText.Of(name)}', which another claim is called already");
            var kind = place.OptionalName("kind", Kinds) ?? throw place.Wrong("kind", $"is missing; it must be one of {string.Join(", ", Kinds.Keys)}");
            var (needed, key) = Needs(kind);
            if (!experiment.Measures.HasFlag(needed)) throw place.Wrong("kind", $"is {Kinds.First(k => k.Value == kind).Key}, for which \"measures\" must have \"{key}\"");
            claims.Add(new Claim(
                name, place.Text("says"), place.Text("source"), kind, Pairs(place, kind, experiment),
                place.OptionalNumber("margin", n => n >= 0, "a number of at least 0") ?? 0)
            {
                GuessingCounts = place.Flag("guessingCounts"),
            });
        }

        return claims;
    }

    private static (ExperimentMeasures Measure, string Key) Needs(ClaimKind kind) => kind switch
    {
        ClaimKind.FasterPerMac => (ExperimentMeasures.StepTime, "stepTime"),
        ClaimKind.IdleBlocks => (ExperimentMeasures.Blocks, "blocks"),
        _ => (ExperimentMeasures.Error, "error"),
    };

    private static List<(string First, string Second)> Pairs(JsonPlace place, ClaimKind kind, Experiment experiment)
    {
        var pairs = new List<(string First, string Second)>();
        foreach (var names in place.TextLists("pairs", WantedPairs))
        {
            // What is said of one row alone needs no second name.
            bool isSingle = names.Count == 1 && kind == ClaimKind.IdleBlocks;
            if (names.Count != 2 && !isSingle) throw place.Wrong("pairs", $"must be {WantedPairs}, and one has {names.Count} names");
            foreach (string name in names.Where(n => experiment.Rows.All(r => r.Name != n)))
            {
                string hint = Nearest.To(name, experiment.Rows.Select(r => r.Name)) is { } near ? $"; did you mean '{SafeText.Of(near)}'?" : "";
                throw place.Wrong("pairs", $"names '{SafeText.Of(name)}', which is no row{hint}");
            }

            pairs.Add((names[0], names[^1]));
        }

        return pairs.Count > 0 ? pairs : throw place.Wrong("pairs", $"must be {WantedPairs} with at least one pair");
    }
}
