namespace WrnEngine.Training.Experiments.Planning;

/// <summary>Which rows run on which data sets.</summary>
internal static class PlanSlots
{
    /// <summary>All of them, one data set after another, so that a runner loads each once. Those that the paper left out are left out.</summary>
    /// <param name="experiment">What is compared.</param>
    /// <param name="dataset">The only data set: one of the experiment's, or another, on which then every row runs; null for the experiment's own.</param>
    public static IEnumerable<(ExperimentRow Row, string Dataset)> Of(Experiment experiment, string? dataset)
    {
        string[] own = [.. experiment.Rows.SelectMany(r => r.Datasets ?? experiment.Datasets).Distinct()];
        bool isForeign = dataset is not null && !own.Contains(dataset);
        foreach (string name in dataset is null ? own : [dataset])
        {
            foreach (var row in experiment.Rows)
            {
                if (!isForeign && !(row.Datasets ?? experiment.Datasets).Contains(name)) continue;
                if (row.Paper.TryGetValue(name, out double? paper) && paper is null) continue;
                yield return (row, name);
            }
        }
    }
}
