namespace WrnEngine.Training.Data;

/// <summary>Where the normalisation constants come from.</summary>
public enum NormalizationSource
{
    /// <summary>What suits the data set: division by 255 for SVHN, ImageNet's constants with its augmentation, else the set's own.</summary>
    Auto,

    /// <summary>Mean and deviation of all the training images in the files, whatever part of them a run trains on.</summary>
    Dataset,

    /// <summary>The constants in the authors' code.</summary>
    Paper,

    /// <summary>Pixels are divided by 255.</summary>
    Unit,

    /// <summary>The usual constants for ImageNet.</summary>
    ImageNet,

    /// <summary>Contrast normalisation and ZCA whitening, as for the paper's tables 2 to 4.</summary>
    Zca,
}

/// <summary>Whether SVHN's 531,131 easier images are trained on.</summary>
public enum SvhnExtra
{
    /// <summary>Where the file is there.</summary>
    Auto,

    /// <summary>Yes, as in the paper; the file must be there.</summary>
    On,

    /// <summary>No.</summary>
    Off,
}

/// <summary>What to load.</summary>
public sealed record DatasetOptions
{
    /// <summary>One of <see cref="DatasetCatalog.Names"/>; auto is CIFAR-10 where it is found, else synthetic.</summary>
    public string Name { get; init; } = DatasetCatalog.Auto;

    /// <summary>The folder with the files, or its parent.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Seed of the procedural set.</summary>
    public ulong DataSeed { get; init; } = 1;

    /// <summary>Train on that many images, or on all.</summary>
    public int? TrainImages { get; init; }

    /// <summary>Test on that many images, or on all.</summary>
    public int? TestImages { get; init; }

    /// <summary>Hold that many images out of training.</summary>
    public int ValidationImages { get; init; }

    /// <summary>The run's seed: it chooses the validation images.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where the normalisation constants come from.</summary>
    public NormalizationSource Normalization { get; init; }

    /// <summary>How training images are varied.</summary>
    public Augmentation Augmentation { get; init; }

    /// <summary>The side of what a network reads; null for the images' own size, or 224 with ImageNet's augmentation. Only a folder's images are enlarged.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Whether SVHN's further images are trained on.</summary>
    public SvhnExtra SvhnExtra { get; init; }

    /// <summary>A folder of images that takes more bytes than this, decoded, is decoded again for every batch.</summary>
    public long MemoryBudget { get; init; } = 1L << 30;

    /// <summary>Told, a sentence at a time, what takes long and what is done again.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>How many threads may load. The result doesn't depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}
