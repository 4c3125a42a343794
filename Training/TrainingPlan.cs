using WrnEngine.Models;

namespace WrnEngine.Training;

/// <summary>What to train, how, and how far.</summary>
/// <param name="Network">The network; its number of classes is the data set's.</param>
/// <param name="Recipe">How to train it.</param>
/// <param name="Seed">Seed of weights, order, augmentation and dropout.</param>
public sealed record TrainingPlan(WideResNetOptions Network, Hyperparameters Recipe, ulong Seed)
{
    /// <summary>Evaluate after every so many epochs and after the last; 0: never.</summary>
    public int EvalEvery { get; init; } = 1;

    /// <summary>Stop after that many optimizer steps in all, the resumed ones included.</summary>
    public long? MaxSteps { get; init; }

    /// <summary>Evaluate also when <see cref="MaxSteps"/> ends the run.</summary>
    public bool EvaluateAtMaxSteps { get; init; }

    /// <summary>Stop when training has taken that long in this process, and evaluate.</summary>
    public TimeSpan? MaxTime { get; init; }

    /// <summary>Stop after that many evaluations in a row without a lower validation error, or test error where nothing is held out.</summary>
    public int? Patience { get; init; }

    /// <summary>Save also after every so many optimizer steps; null: where an epoch ends and where the run does.</summary>
    public int? SaveEvery { get; init; }

    /// <summary>True when an evaluation is due after a 0-based epoch.</summary>
    public bool EvaluatesAfter(int epoch) => EvalEvery > 0 && ((epoch + 1) % EvalEvery == 0 || epoch + 1 == Recipe.Epochs);

    /// <summary>Further lines for checkpoints: what it takes to build this plan again.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
