namespace WrnEngine.Training.CommandLine;

/// <summary>What to summarise.</summary>
internal static class SummaryOptions
{
    /// <summary>All networks of the paper.</summary>
    public static Setting<bool> Paper { get; } = new(
        "--paper", "", "instead of one network, list every network of the paper with its count and the paper's", false, Read.Switch);

    /// <summary>Print for programs.</summary>
    public static Setting<bool> Json { get; } = new("--json", "", "print every row and the totals as JSON", false, Read.Switch);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Summary", Paper, Json);
}
