using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Reporting;

/// <summary>What a run says of the options that are off by default, for its banner.</summary>
internal static class RecipeExtras
{
    /// <summary>", mixup 0.2, cutout 16, gradient up to norm 1, average of the weights 0.999", as far as they are on.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="trainsAsIs">Nothing is done to training images.</param>
    public static string Of(Hyperparameters recipe, bool trainsAsIs)
    {
        string[] parts =
        [
            trainsAsIs ? ", images unshuffled and unvaried, tested on the same" : "",
            recipe.Mixup > 0 && !trainsAsIs ? $", mixup {recipe.Mixup}" : "",
            recipe.Cutout > 0 && !trainsAsIs ? $", cutout {recipe.Cutout}" : "",
            recipe.ClipGrad > 0 ? $", gradient up to norm {recipe.ClipGrad}" : "",
            recipe.ModelEmaDecay > 0 ? $", tests the weights' average with decay {recipe.ModelEmaDecay}" : "",
        ];
        return string.Concat(parts);
    }

    /// <summary>"; stops after 500 steps, 10m, or 5 tests without a lower validation error", as far as there are limits.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="holdsOut">There are validation images.</param>
    public static string Limits(TrainingPlan plan, bool holdsOut)
    {
        string?[] limits =
        [
            plan.MaxSteps is { } steps ? steps == 1 ? "1 step" : $"{steps:N0} steps" : null,
            plan.MaxTime is { } time ? DurationText.Of(time) : null,
            plan.Patience is { } patience
                ? $"{patience} {(patience == 1 ? "test" : "tests in a row")} without a lower {(holdsOut ? "validation" : "test")} error" : null,
        ];
        string text = string.Join(" or ", limits.Where(l => l is not null));
        return text.Length > 0 ? $"; stops after {text}" : "";
    }
}
