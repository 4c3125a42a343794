namespace WrnEngine.Training.Data;

/// <summary>The data sets by name.</summary>
public static class DatasetCatalog
{
    /// <summary>The name that means CIFAR-10 where it is found, else the procedural set.</summary>
    public const string Auto = "auto";

    /// <summary>Every name that <see cref="Load"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [Auto, CifarLayout.Cifar10.Key, CifarLayout.Cifar100.Key, FashionMnistLoader.Key, SyntheticDataset.Key];

    /// <summary>
    /// What <see cref="Auto"/> stands for here: cifar10 as soon as one file of it is in the folder (an incomplete set is an error, not a
    /// reason to train on something else), else synthetic. Other names are returned as they are.
    /// </summary>
    public static string Resolve(string name, string dataDirectory) =>
        name != Auto ? name
        : CifarLoader.Find(CifarLayout.Cifar10, dataDirectory) is null ? SyntheticDataset.Key : CifarLayout.Cifar10.Key;

    /// <summary>Loads, normalises and splits a data set.</summary>
    /// <exception cref="DatasetException">The name is unknown, a file is missing or broken, or there aren't enough images.</exception>
    public static DatasetSplit Load(DatasetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int threads = Math.Max(1, options.Threads);
        string name = Resolve(options.Name, options.DataDirectory);
        (ImageDataset train, ImageDataset test) = name switch
        {
            "cifar10" => CifarLoader.Load(CifarLayout.Cifar10, options.DataDirectory, threads),
            "cifar100" => CifarLoader.Load(CifarLayout.Cifar100, options.DataDirectory, threads),
            FashionMnistLoader.Key => FashionMnistLoader.Load(options.DataDirectory, threads),
            SyntheticDataset.Key => SyntheticDataset.Create(options.DataSeed, threads),
            _ => throw new DatasetException(
                DatasetError.Request, $"There is no data set named '{options.Name}'; use one of {string.Join(", ", Names)}."),
        };
        ChannelNormalization normalization = options.Normalization == NormalizationSource.Paper
            ? ChannelNormalization.Paper : ChannelNormalization.Of(train, threads);
        return DatasetSplit.Create(train, test, normalization, options.TrainImages, options.ValidationImages, options.Seed);
    }
}
