using System.Text.Json.Nodes;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Experiments.Running;

namespace WrnEngine.Training.Experiments.Description;

/// <summary>Finds out, when a description is read, that every row and every smaller version of it is a network that can be trained.</summary>
internal static class OptionsCheck
{
    /// <summary>Checks all of them.</summary>
    /// <param name="experiment">What was read.</param>
    /// <param name="root">Where the experiment's own options stand.</param>
    /// <param name="places">Where the rows stand.</param>
    public static void Run(Experiment experiment, JsonPlace root, IReadOnlyList<JsonPlace> places)
    {
        if (Problem(experiment.Options) is { } problem) throw root.Wrong("options", problem);
        if (Problem(experiment.BudgetOptions) is { } other) throw root.Wrong("budgetOptions", other);
        for (int i = 0; i < places.Count; i++)
        {
            var row = experiment.Rows[i];
            if (Problem(row.Options) is { } wrong) throw places[i].Wrong("options", wrong);
            foreach (var scale in experiment.Twins.Prepend(TwinScale.Full))
            {
                try
                {
                    _ = RowArguments.Network(experiment, row, scale);
                }
                catch (UserException e)
                {
                    string which = scale == TwinScale.Full ? "" : $"at width {ValueText.Of(scale.Width)} and blocks {ValueText.Of(scale.Blocks)} ";
                    throw places[i].Wrong($"the network of '{SafeText.Of(row.Name)}' {which}cannot be built: {e.Message}");
                }
            }
        }
    }

    /// <summary>What is wrong with options by themselves, as the tail of a sentence; null for nothing.</summary>
    private static string? Problem(JsonObject options)
    {
        foreach (var (key, value) in options)
        {
            var settings = RowArguments.Settings;
            if (settings.FirstOrDefault(s => s.JsonName == key) is not { } setting) return $"cannot be used: {JsonArguments.Unknown(key, settings)}";
            if (RowArguments.OfTheRunner.Contains(setting)) return $"cannot be used: \"{key}\" is for the runner to decide";
            var (argument, problem) = JsonArguments.Of(setting, value);
            if (problem is not null) return $"cannot be used: {problem}";
            if (argument is null) continue;
            try
            {
                _ = WrnCommand.ParseTrain([argument]);
            }
            catch (UserException e)
            {
                return $"cannot be used: {e.Message}";
            }
        }

        return null;
    }
}
