namespace WrnEngine.Training.Data.Whitening;

/// <summary>The ZCA transform of a data set, and its images whitened by it, each set of them when it is first asked for.</summary>
internal sealed class ZcaWhitening
{
    // A matrix has (3 * 48 * 48)^2 doubles then, 380 MB, and fitting takes five of them.
    private const int MaxFeatures = ImageDataset.Channels * 48 * 48;

    private readonly (ImageDataset Source, Lazy<WhitenedImages> Images)[] _sets;

    /// <summary>Whitens the images of the subsets.</summary>
    public ZcaWhitening(ZcaTransform transform, int threads, params IEnumerable<ImageSubset> subsets)
    {
        _sets =
        [
            .. subsets.GroupBy(subset => subset.Source).Select(group => (group.Key, new Lazy<WhitenedImages>(
                () => WhitenedImages.Create(transform, group.Key, [.. group.SelectMany(subset => subset.Indices.ToArray()).Distinct()], threads)))),
        ];
    }

    /// <summary>The images of a data set that belongs to one of the subsets.</summary>
    public WhitenedImages Of(ImageDataset source)
    {
        foreach (var (candidate, images) in _sets)
            if (ReferenceEquals(candidate, source)) return images.Value;
        throw new ArgumentException($"{source.Name} was not whitened.", nameof(source));
    }

    /// <summary>What training reads. The images are whitened now, so that the first step does not have to wait for them.</summary>
    public SampleTransform TrainTransform(ImageDataset train, Augmentation augmentation, ulong seed)
    {
        _ = Of(train);
        return augmentation == Augmentation.CropFlip ? new WhitenedCropFlipTransform(this, seed, train.CropPadding) : new WhitenedTransform(this);
    }

    /// <summary>Fits the transform to the training images, or finds it in a file, for the images of a split.</summary>
    /// <exception cref="DatasetException">The images are too large, or not all of one size in memory.</exception>
    public static ZcaWhitening Of(DatasetSplit split, DatasetOptions options, int threads)
    {
        ImageDataset train = split.Train.Source;
        if (!train.IsInMemory || !split.Test.Source.IsInMemory || train.ImageSize > MaxFeatures || split.Augmentation == Augmentation.ImageNet)
        {
            throw new DatasetException(
                DatasetError.Request,
                $"--normalize zca is for images of up to 48 x 48 pixels that fit in memory and are not resized for every batch, unlike those of {train.Name} "
                + $"({train.Width} x {train.Height}); give another --normalize.");
        }

        var cache = new ZcaCache(ZcaCache.UsualFolders(options.DataDirectory), options.Notice);
        ImageSubset[] subsets = split.Validation is { } validation ? [split.Train, validation, split.Test] : [split.Train, split.Test];
#pragma warning disable IDISP004 // It lives as long as the data set, which nobody disposes of; its matrix has a finalizer.
        return new ZcaWhitening(cache.Get(train, threads), threads, subsets);
#pragma warning restore IDISP004
    }
}
