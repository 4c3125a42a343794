using WrnEngine.Training.Experiments.Running;

namespace WrnEngine.Training.Experiments.Description;

/// <summary>Reads the rows of a description.</summary>
internal static class RowReader
{
    /// <summary>The rows, each with the place where it stands.</summary>
    /// <param name="root">The description.</param>
    /// <param name="datasets">The data sets of rows that have none of their own.</param>
    public static (IReadOnlyList<ExperimentRow> Rows, IReadOnlyList<JsonPlace> Places) Read(JsonPlace root, IReadOnlyList<string> datasets)
    {
        var places = root.Objects("rows");
        if (places.Count == 0) throw root.Wrong("rows", "is missing or empty; an experiment has at least one row");
        var rows = new List<ExperimentRow>();
        foreach (var place in places)
        {
            var row = Row(place);
            if (rows.FirstOrDefault(r => r.Name == row.Name) is not null) throw place.Wrong("name", $"is '{SafeText.Of(row.Name)}', which another row is called already");
            // Folders are named after rows.
            if (rows.FirstOrDefault(r => RunNames.Slug(r.Name) == RunNames.Slug(row.Name)) is { } other)
                throw place.Wrong("name", $"is '{SafeText.Of(row.Name)}', which differs too little from '{SafeText.Of(other.Name)}': their folders would have the same name");
            if (row.Datasets is null && datasets.Count == 0) throw place.Wrong("has no \"datasets\", and neither has the experiment");
            rows.Add(row);
        }

        return (rows, places);
    }

    private static ExperimentRow Row(JsonPlace place)
    {
        place.Allow("name", "options", "paper", "paperParameters", "paperMilliseconds", "datasets", "dispensable", "note");
        const string Positive = "a number above 0";
        return new ExperimentRow(place.Text("name"), place.OptionalObject("options")?.Copy() ?? [], Paper(place))
        {
            Datasets = DescriptionReader.DatasetNames(place),
            PaperParameters = place.OptionalNumber("paperParameters", n => n > 0, Positive),
            PaperMilliseconds = place.OptionalNumber("paperMilliseconds", n => n > 0, Positive),
            IsDispensable = place.Flag("dispensable"),
            Note = place.OptionalText("note"),
        };
    }

    private static Dictionary<string, double?> Paper(JsonPlace place)
    {
        if (place.OptionalObject("paper") is not { } paper) return [];
        paper.Allow([.. DescriptionReader.Datasets]);
        return paper.Numbers("a test error in percent, or null where the paper has none");
    }
}
