namespace WrnEngine.Training.Experiments.Planning;

/// <summary>What somebody asked of an experiment.</summary>
/// <param name="BudgetMinutes">The budget; null for the paper's recipe in full.</param>
/// <param name="Seeds">The seeds.</param>
/// <param name="Dataset">The only data set; null for the experiment's own.</param>
internal sealed record PlanRequest(double? BudgetMinutes, IReadOnlyList<ulong> Seeds, string? Dataset)
{
    /// <summary>The minutes of all experiments together, of which the budget is a part; null for an experiment by itself.</summary>
    public double? OfMinutes { get; init; }
}
