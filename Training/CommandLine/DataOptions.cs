using WrnEngine.Training.Data;

namespace WrnEngine.Training.CommandLine;

/// <summary>What to train and test on.</summary>
internal static class DataOptions
{
    /// <summary>Which data set.</summary>
    public static Setting<string> Dataset { get; } = new(
        "--dataset", "NAME", $"{string.Join(" | ", DatasetCatalog.Names)}; auto takes CIFAR-10 where it is found, else the procedural set",
        DatasetCatalog.Auto, Read.OneOf(DatasetCatalog.Names), isStored: true);

    /// <summary>Where its files are.</summary>
    public static Setting<string?> DataDir { get; } = new(
        "--data-dir", "DIR", "folder with the data set's files, or its parent", "data", Read.Text);

    /// <summary>How many images to train on.</summary>
    public static Setting<int?> TrainImages { get; } = new(
        "--train-images", "N", "train on the first N images only", null, Read.OptionalInt(1), "all", isStored: true);

    /// <summary>How many images to hold out.</summary>
    public static Setting<int> ValImages { get; } = new(
        "--val-images", "N", "hold N images out of training and keep the checkpoint that is best on them", 0, Read.Int(0), isStored: true);

    /// <summary>Where the normalisation constants come from.</summary>
    public static Setting<string> Normalize { get; } = new(
        "--normalize", "HOW", "dataset (its own mean and deviation) | paper (the authors' constants)", "dataset",
        Read.OneOf(["dataset", "paper"]), isStored: true);

    /// <summary>Seed of the procedural set.</summary>
    public static Setting<ulong> DataSeed { get; } = new(
        "--data-seed", "N", "seed of the procedural set", 1, Read.Seed, isStored: true);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Data", Dataset, DataDir, TrainImages, ValImages, Normalize, DataSeed);

    /// <summary>What evaluation needs of them.</summary>
    public static OptionGroup TestGroup { get; } = new("Data", Dataset, DataDir, Normalize, DataSeed);
}
