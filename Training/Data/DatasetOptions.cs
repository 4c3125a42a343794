namespace WrnEngine.Training.Data;

/// <summary>Where the normalisation constants come from.</summary>
public enum NormalizationSource
{
    /// <summary>Mean and deviation of all the training images in the files, whatever part of them a run trains on.</summary>
    Dataset,

    /// <summary>The constants in the authors' code.</summary>
    Paper,
}

/// <summary>What to load.</summary>
public sealed record DatasetOptions
{
    /// <summary>cifar10, cifar100, fashion-mnist, synthetic, or auto: CIFAR-10 where it is found, else synthetic.</summary>
    public string Name { get; init; } = DatasetCatalog.Auto;

    /// <summary>The folder with the files, or its parent.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Seed of the procedural set.</summary>
    public ulong DataSeed { get; init; } = 1;

    /// <summary>Train on that many images, or on all.</summary>
    public int? TrainImages { get; init; }

    /// <summary>Hold that many images out of training.</summary>
    public int ValidationImages { get; init; }

    /// <summary>The run's seed: it chooses the validation images.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where the normalisation constants come from.</summary>
    public NormalizationSource Normalization { get; init; }

    /// <summary>How many threads may load. The result doesn't depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
