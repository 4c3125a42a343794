using WrnEngine.Models;
using WrnEngine.Training.Data;

namespace WrnEngine.Training.Experiments.Planning;

/// <summary>What a plan depends on of a data set.</summary>
/// <param name="TrainImages">Images that there are to train on.</param>
/// <param name="TestImages">Images of a test.</param>
/// <param name="Classes">Outputs of a classifier.</param>
/// <param name="Side">Rows and columns of an image.</param>
/// <param name="LoadSeconds">Loading it, with all that is computed before the first step.</param>
internal sealed record DatasetFacts(int TrainImages, int TestImages, int Classes, int Side, double LoadSeconds)
{
    /// <summary>Why it cannot be used, as a part of a sentence; null where it can.</summary>
    public string? Missing { get; init; }

    /// <summary>What is known of a data set without looking at its files: enough to count the parameters of a network.</summary>
    public static DatasetFacts Unseen(string dataset, WideResNetOptions network, string? missing = null)
    {
        bool isHundred = dataset == CifarLayout.Cifar100.Key && !network.Architecture.IsForImageNet;
        return new DatasetFacts(0, 0, isHundred ? CifarLayout.Cifar100.ClassNames.Count : network.Architecture.ClassCount, network.Architecture.ImageSize, 0) { Missing = missing };
    }
}
