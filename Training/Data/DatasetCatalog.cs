using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Training.Data;

/// <summary>The data sets by name.</summary>
public static class DatasetCatalog
{
    /// <summary>The name that means CIFAR-10 where it is found, else the procedural set.</summary>
    public const string Auto = "auto";

    /// <summary>Every name that <see cref="Load"/> takes.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [Auto, CifarLayout.Cifar10.Key, CifarLayout.Cifar100.Key, SvhnLoader.Key, FashionMnistLoader.Key, ImageFolderLoader.Key, SyntheticDataset.Key];

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
        CheckRequest(options, name);
        LoadedImages images = name switch
        {
            "cifar10" => Small(CifarLoader.Load(CifarLayout.Cifar10, options.DataDirectory, threads)),
            "cifar100" => Small(CifarLoader.Load(CifarLayout.Cifar100, options.DataDirectory, threads)),
            SvhnLoader.Key => SvhnLoader.Load(options.DataDirectory, options.SvhnExtra, threads),
            FashionMnistLoader.Key => Small(FashionMnistLoader.Load(options.DataDirectory, threads)),
            ImageFolderLoader.Key => ImageFolderLoader.Load(options),
            SyntheticDataset.Key => Small(SyntheticDataset.Create(options.DataSeed, threads)),
            _ => throw new DatasetException(
                DatasetError.Request, $"There is no data set named '{options.Name}'; use one of {string.Join(", ", Names)}."),
        };
        if (options.ImageSize is { } side && name != ImageFolderLoader.Key) images = Shrunk(images, side, threads);
        Augmentation augmentation = Check(options.Augmentation == Augmentation.Auto ? images.Augmentation : options.Augmentation, images.Train);
        NormalizationSource source = options.Normalization != NormalizationSource.Auto ? options.Normalization
            : augmentation == Augmentation.ImageNet ? NormalizationSource.ImageNet : images.Normalization;
        string[] notices = [.. images.Notices];
        if (source == NormalizationSource.Dataset && !images.Train.IsInMemory && images.Train.Count > ChannelNormalization.MaxDecoded)
            notices = [.. notices, $"mean and deviation are those of every {ChannelNormalization.Stride(images.Train)}th of the {images.Train.Count:N0} training images."];
        ChannelNormalization normalization = Normalization(source, images.Train, threads);
        DatasetSplit split = DatasetSplit.Create(
            images.Train, images.Test, normalization, options.TrainImages, options.ValidationImages, options.Seed);
        if (options.TestImages is { } count) split = split.WithTestImages(count);
        bool isCheap = images.Train.IsInMemory && augmentation != Augmentation.ImageNet;
        split = split with { Augmentation = augmentation, LoaderThreads = isCheap ? 1 : threads, Notices = notices };
        return options.Normalization == NormalizationSource.Zca ? split with { Whitening = ZcaWhitening.Of(split, options, threads) } : split;

        static LoadedImages Small((ImageDataset Train, ImageDataset Test) images) => new(images.Train, images.Test);
    }

    private static ChannelNormalization Normalization(NormalizationSource source, ImageDataset images, int threads) => source switch
    {
        NormalizationSource.Paper => ChannelNormalization.Paper,
        NormalizationSource.Unit or NormalizationSource.Zca => ChannelNormalization.Unit,
        NormalizationSource.ImageNet => ChannelNormalization.ImageNet,
        _ => ChannelNormalization.Of(images, threads),
    };

    private static LoadedImages Shrunk(LoadedImages images, int side, int threads)
    {
        if (side > images.Train.Width)
        {
            throw new DatasetException(
                DatasetError.Request, $"--image-size {side} is larger than the {images.Train.Width} pixels of {images.Train.Name}, and only --dataset {ImageFolderLoader.Key} enlarges images; give a smaller one.");
        }

        return images with { Train = ShrunkImages.Of(images.Train, side, threads), Test = ShrunkImages.Of(images.Test, side, threads) };
    }

    /// <summary>Refuses options that mean nothing for the data set.</summary>
    private static void CheckRequest(DatasetOptions options, string name)
    {
        if (options.SvhnExtra == SvhnExtra.On && name != SvhnLoader.Key)
            throw new DatasetException(DatasetError.Request, $"--svhn-extra is for --dataset {SvhnLoader.Key}, not for {name}; leave it out.");
    }

    /// <summary>Refuses an augmentation that the images are too small or too long for.</summary>
    private static Augmentation Check(Augmentation augmentation, ImageDataset images)
    {
        string size = $"{images.Name} has images of {images.Width} x {images.Height} pixels";
        if (augmentation == Augmentation.CropFlip && Math.Min(images.Height, images.Width) <= images.CropPadding)
            throw new DatasetException(DatasetError.Request, $"{size}, too small to reflect {images.CropPadding} of them; give --augment none.");
        if (augmentation == Augmentation.ImageNet && images.Height != images.Width)
            throw new DatasetException(DatasetError.Request, $"{size}, and --augment imagenet makes squares; give --augment crop-flip or none.");
        return augmentation;
    }
}
