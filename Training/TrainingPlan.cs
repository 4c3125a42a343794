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

    /// <summary>Further lines for checkpoints: what it takes to build this plan again.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
