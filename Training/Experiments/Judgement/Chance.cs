using WrnEngine.Training.Data;

namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>What guessing comes to. Networks that are no better say nothing of their kind: they have not learned yet.</summary>
internal static class Chance
{
    /// <summary>Points of error that a network must be better than guessing by.</summary>
    public const double LeastGain = 3;

    /// <summary>The error of guessing in percent; null for a data set whose number of classes its name does not tell.</summary>
    public static double? Error(string dataset) => Classes(dataset) is { } classes ? 100 * (1 - (1.0 / classes)) : null;

    /// <summary>Whether a network with this error has learned something.</summary>
    public static bool IsBeatenBy(double error, string dataset) => Error(dataset) is not { } chance || error < chance - LeastGain;

    private static int? Classes(string dataset) => dataset switch
    {
        "cifar10" or DatasetCatalog.Auto => CifarLayout.Cifar10.ClassNames.Count, // what auto stands for has ten either way
        "cifar100" => CifarLayout.Cifar100.ClassNames.Count,
        SvhnLoader.Key => SvhnLoader.ClassNames.Length,
        FashionMnistLoader.Key => FashionMnistLoader.ClassNames.Length,
        SyntheticDataset.Key => SyntheticDataset.ClassNames.Count,
        _ => null,
    };
}
