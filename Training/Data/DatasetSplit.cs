using WrnEngine.Rng;
using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Training.Data;

/// <summary>What a run trains on, chooses its best epoch on, and is judged on.</summary>
/// <param name="Train">The training images.</param>
/// <param name="Validation">Images held out of training, or null.</param>
/// <param name="Test">The test images.</param>
/// <param name="Normalization">The constants for all three.</param>
public sealed record DatasetSplit(ImageSubset Train, ImageSubset? Validation, ImageSubset Test, ChannelNormalization Normalization)
{
    // Keeps the numbers that choose validation images apart from the order of an epoch, which has ordinal 0.
    private const int ValidationOrdinal = 1;

    /// <summary>How training images are varied; never <see cref="Augmentation.Auto"/>.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.CropFlip;

    /// <summary>How many threads a <see cref="BatchLoader"/> deserves: more than one where images are decoded or resized for each batch.</summary>
    public int LoaderThreads { get; init; } = 1;

    /// <summary>Stands in for <see cref="Normalization"/> where the images are whitened.</summary>
    internal ZcaWhitening? Whitening { get; init; }

    /// <summary>What whoever starts the run should know of the data, a sentence each.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>The name of the data set.</summary>
    public string Name => Train.Source.Name;

    /// <summary>Number of classes.</summary>
    public int ClassCount => Train.Source.ClassCount;

    /// <summary>Training reads its images in their own order and as evaluation does: to see whether a network can learn a few of them by heart.</summary>
    public bool TrainsAsIs { get; init; }

    /// <summary>What training reads, in a run with the given seed.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="cutout">Side of the square that is blanked; 0: none.</param>
    public SampleTransform TrainTransform(ulong seed, int cutout = 0) =>
        TrainsAsIs ? EvaluationTransform() : cutout > 0 ? new CutoutTransform(Varied(seed), cutout, seed) : Varied(seed);

    private SampleTransform Varied(ulong seed) => Augmentation switch
    {
        _ when Whitening is not null => Whitening.TrainTransform(Train.Source, Augmentation, seed),
        Augmentation.CropFlip => new CropFlipTransform(Normalization, Train.Source.Width, seed, Train.Source.CropPadding),
        Augmentation.ImageNet => new ImageNetTransform(Normalization, seed),
        _ => new NormalizeTransform(Normalization, Train.Source.Width),
    };

    /// <summary>What evaluation reads.</summary>
    public SampleTransform EvaluationTransform() => Whitening is not null ? new WhitenedTransform(Whitening) : Augmentation == Augmentation.ImageNet
        ? new CentreCropTransform(Normalization, Train.Source.Width) : new NormalizeTransform(Normalization, Train.Source.Width);

    /// <summary>The first images of training, as they are, and the same ones to test on.</summary>
    /// <param name="batches">How many batches.</param>
    /// <param name="batchSize">Images in a batch.</param>
    /// <exception cref="DatasetException">There aren't that many images.</exception>
    public DatasetSplit Overfit(int batches, int batchSize)
    {
        if ((long)batches * batchSize > Train.Count)
        {
            throw new DatasetException(
                DatasetError.Request,
                $"--overfit-batches {batches} needs {(long)batches * batchSize} images at --batch-size {batchSize}, but there are {Train.Count} to train on; ask for fewer.");
        }

        var few = Train.First(batches * batchSize);
        return this with { Train = few, Validation = null, Test = few, TrainsAsIs = true };
    }

    /// <summary>Tests on the first images only.</summary>
    /// <exception cref="DatasetException">There aren't that many.</exception>
    public DatasetSplit WithTestImages(int count) => count <= Test.Count ? this with { Test = Test.First(count) }
        : throw new DatasetException(DatasetError.Request, $"--test-images {count} is too many: {Name} has {Test.Count} test images; ask for fewer.");

    /// <summary>No more than one batch to evaluate.</summary>
    public DatasetSplit WithOneBatchToEvaluate(int batchSize) => this with { Validation = Validation?.First(batchSize), Test = Test.First(batchSize) };

    /// <summary>
    /// Splits the training images. The <paramref name="validationImages"/> are taken first: the images are shuffled by the seed, and
    /// every class gives in turn, so they are balanced where the data set is, and they are the same whatever
    /// <paramref name="trainImages"/> says. Training gets the first <paramref name="trainImages"/> of the rest in the data set's own
    /// order (as the usual comparison runs do), or all of the rest.
    /// </summary>
    /// <exception cref="DatasetException">There aren't that many images.</exception>
    public static DatasetSplit Create(
        ImageDataset train, ImageDataset test, ChannelNormalization normalization, int? trainImages, int validationImages, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        if (trainImages is < 1)
            throw new DatasetException(DatasetError.Request, $"--train-images {trainImages} leaves nothing to train on; give at least 1.");
        if (validationImages < 0)
            throw new DatasetException(DatasetError.Request, $"--val-images {validationImages} is negative; give 0 or more.");
        if ((long)(trainImages ?? 1) + validationImages > train.Count)
        {
            string wanted = trainImages is null ? $"--val-images {validationImages} leaves nothing to train on"
                : validationImages == 0 ? $"--train-images {trainImages} is too many"
                : $"--train-images {trainImages} and --val-images {validationImages} are too many together";
            throw new DatasetException(DatasetError.Request, $"{wanted}: {train.Name} has {train.Count} training images; ask for fewer.");
        }

        int[] held = HoldOut(train, validationImages, seed);
        var isHeld = new bool[train.Count];
        foreach (int index in held)
            isHeld[index] = true;
        int[] rest = [.. Enumerable.Range(0, train.Count).Where(index => !isHeld[index]).Take(trainImages ?? train.Count)];
        return new DatasetSplit(
            new ImageSubset(train, rest),
            validationImages == 0 ? null : new ImageSubset(train, held),
            ImageSubset.All(test),
            normalization);
    }

    private static int[] HoldOut(ImageDataset train, int count, ulong seed)
    {
        if (count == 0)
            return [];
        int[] order = [.. Enumerable.Range(0, train.Count)];
        Philox.Shuffle(order, seed, step: 0, ValidationOrdinal);

        // An image's rank is how many of its class come before it: ascending (rank, class) lets the classes give in turn.
        var seen = new int[train.ClassCount];
        var keys = new long[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            int label = train.Labels[order[i]];
            keys[i] = ((long)seen[label]++ * train.ClassCount) + label;
        }

        Array.Sort(keys, order);
        int[] held = order[..count];
        Array.Sort(held);
        return held;
    }
}
