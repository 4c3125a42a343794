using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Download;

namespace WrnEngine.Training.CommandLine;

/// <summary>What to train and test on.</summary>
internal static class DataOptions
{
    private const string Auto = "auto";

    private static readonly ValueReader<int?> ReadSide = text =>
    {
        (int side, string? problem) = Read.Int(1)(text);
        return problem is null && side <= ImageDataset.MaxSide ? (side, null) : (null, $"must be a whole number from 1 to {ImageDataset.MaxSide}");
    };

    /// <summary>Which data set.</summary>
    public static Setting<string> Dataset { get; } = new(
        "--dataset", "NAME", $"{string.Join(" | ", DatasetCatalog.Names)}; auto takes CIFAR-10 where it is found or can be downloaded, else the procedural set",
        DatasetCatalog.Auto, Read.OneOf(DatasetCatalog.Names), isStored: true);

    /// <summary>Where its files are.</summary>
    public static Setting<string?> DataDir { get; } = new(
        "--data-dir", "DIR", "folder with the data set's files, or its parent", "data", Read.Text);

    /// <summary>Whether to download.</summary>
    public static Setting<string?> Download { get; } = new(
        "--download", "[WHEN]",
        "yes (also without a value: fetch what is missing of the data set) | no | auto (training with --dataset auto fetches CIFAR-10, "
        + "170 MB, where that takes less than ten minutes)",
        null, Read.OneOf(DownloadStep.Modes)!, $"{DownloadStep.ModeVariable}, or auto", bareText: DownloadStep.Modes[^1]);

    /// <summary>How many images to train on.</summary>
    public static Setting<int?> TrainImages { get; } = new(
        "--train-images", "N", "train on the first N images only", null, Read.OptionalInt(1), "all", isStored: true);

    /// <summary>How many images to test on.</summary>
    public static Setting<int?> TestImages { get; } = new(
        "--test-images", "N", "test on the first N images only", null, Read.OptionalInt(1), "all", isStored: true);

    /// <summary>How many images to hold out.</summary>
    public static Setting<int> ValImages { get; } = new(
        "--val-images", "N", "hold N images out of training and keep the checkpoint that is best on them", 0, Read.Int(0), isStored: true);

    /// <summary>Where the normalisation constants come from.</summary>
    public static Setting<string> Normalize { get; } = new(
        "--normalize", "HOW",
        "dataset (its own mean and deviation) | paper (the authors' constants) | unit (division by 255) | imagenet | "
        + "zca (contrast normalisation and whitening, as in the paper's tables 2 to 4) | auto (by data set)", Auto,
        Read.OneOf([Auto, "dataset", "paper", "unit", "imagenet", "zca"]), isStored: true);

    /// <summary>How training images are varied.</summary>
    public static Setting<string> Augment { get; } = new(
        "--augment", "HOW", "none | crop-flip (the paper's) | imagenet | auto (by data set and image size)", Auto,
        Read.OneOf([Auto, "none", "crop-flip", "imagenet"]), isStored: true);

    /// <summary>The side of a sample.</summary>
    public static Setting<int?> ImageSize { get; } = new(
        "--image-size", "S", "side of the images: resizes them, but enlarges those of folder only", null, ReadSide, "the images' own, or 224 for imagenet", isStored: true);

    /// <summary>Whether SVHN's further images are trained on.</summary>
    public static Setting<string> SvhnExtra { get; } = new(
        "--svhn-extra", "WHEN", "train on SVHN's extra images as well: on | off | auto (where the file is there)", Auto,
        Read.OneOf([Auto, "on", "off"]), isStored: true);

    /// <summary>Seed of the procedural set.</summary>
    public static Setting<ulong> DataSeed { get; } = new(
        "--data-seed", "N", "seed of the procedural set", 1, Read.Seed, isStored: true);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new(
        "Data", Dataset, DataDir, Download, TrainImages, TestImages, ValImages, Normalize, Augment, ImageSize, SvhnExtra, DataSeed);

    /// <summary>What evaluation needs of them.</summary>
    public static OptionGroup TestGroup { get; } = new("Data", Dataset, DataDir, Download, Normalize, Augment, ImageSize, DataSeed);

    /// <summary>The data set and its preparation. Which images are trained on is for the caller to add.</summary>
    public static DatasetOptions Prepared(ParsedOptions options) => new()
    {
        Name = options.Get(Dataset),
        DataDirectory = options.Get(DataDir)!,
        DataSeed = options.Get(DataSeed),
        Normalization = options.Get(Normalize) switch
        {
            "dataset" => NormalizationSource.Dataset,
            "paper" => NormalizationSource.Paper,
            "unit" => NormalizationSource.Unit,
            "imagenet" => NormalizationSource.ImageNet,
            "zca" => NormalizationSource.Zca,
            _ => NormalizationSource.Auto,
        },
        Augmentation = options.Get(Augment) switch
        {
            "none" => Augmentation.None,
            "crop-flip" => Augmentation.CropFlip,
            "imagenet" => Augmentation.ImageNet,
            _ => Augmentation.Auto,
        },
        ImageSize = options.Get(ImageSize),
        SvhnExtra = Extra(options),
    };

    /// <summary>Decides what depends on the data set and the files that are there, so that a resumed run finds it decided.</summary>
    public static void Decide(ParsedOptions options)
    {
        string name = options.Get(Dataset);
        if (name == SvhnLoader.Key)
            options.Decide(SvhnExtra, SvhnLoader.UsesExtra(Extra(options), options.Get(DataDir)!) ? "on" : "off");
        if (name == ImageFolderLoader.Key)
            return; // the images decide
        bool isSvhn = name == SvhnLoader.Key;
        if (options.Get(Augment) == Auto)
            options.Decide(Augment, isSvhn ? "none" : "crop-flip");
        if (options.Get(Normalize) == Auto)
            options.Decide(Normalize, isSvhn ? "unit" : options.Get(Augment) == "imagenet" ? "imagenet" : "dataset");
    }

    private static SvhnExtra Extra(ParsedOptions options) => options.Get(SvhnExtra) switch
    {
        "on" => Data.SvhnExtra.On,
        "off" => Data.SvhnExtra.Off,
        _ => Data.SvhnExtra.Auto,
    };
}
