using System.Text.Json.Nodes;

namespace WrnEngine.Training.Experiments;

/// <summary>A row of an experiment: one network, trained one way.</summary>
/// <param name="Name">What it is called in tables and claims; unique in its experiment.</param>
/// <param name="Options">Options of <c>wrn train</c>, with the keys of a config.json; they come before the experiment's.</param>
/// <param name="Paper">The paper's test error in percent, by data set; a data set whose value is null is one that the paper left out.</param>
internal sealed record ExperimentRow(string Name, JsonObject Options, IReadOnlyDictionary<string, double?> Paper)
{
    /// <summary>The row's own data sets; null for the experiment's.</summary>
    public IReadOnlyList<string>? Datasets { get; init; }

    /// <summary>Millions of parameters as printed; null where none are.</summary>
    public double? PaperParameters { get; init; }

    /// <summary>Milliseconds as printed, for those tables that have them; null elsewhere.</summary>
    public double? PaperMilliseconds { get; init; }

    /// <summary>
    /// Not trained where the budget does not even pay for the smallest twins of all rows on all images: a row that costs much and decides little.
    /// </summary>
    public bool IsDispensable { get; init; }

    /// <summary>Said below the table.</summary>
    public string? Note { get; init; }
}
