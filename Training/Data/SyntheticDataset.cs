namespace WrnEngine.Training.Data;

/// <summary>
/// A procedural data set, for whoever has no files yet: 50,000 training and 10,000 test images of 32 x 32, ten classes in turn (five
/// textures, five shapes) with random place, size, direction and colour, over a textured background, among small figures of other
/// classes, behind a bar now and then, under noise. <see cref="SyntheticDifficulty"/> says how much of it.
/// </summary>
public static class SyntheticDataset
{
    /// <summary>The name on the command line, in runs and in results.</summary>
    public const string Key = "synthetic";

    /// <summary>Number of training images.</summary>
    public const int TrainCount = 50_000;

    /// <summary>Number of test images.</summary>
    public const int TestCount = 10_000;

    private const int ImagesPerChunk = 250;

    internal static IReadOnlyList<string> ClassNames { get; } =
        [.. Enum.GetNames<SyntheticFigure>().Select(name => char.ToLowerInvariant(name[0]) + name[1..])];

    /// <summary>Draws the set. Every image depends on the seed and its index only.</summary>
    /// <param name="seed">The data seed.</param>
    /// <param name="threads">How many threads may draw.</param>
    /// <param name="trainCount">Number of training images; fewer are the first of the whole set.</param>
    /// <param name="testCount">Number of test images; fewer are the first of the whole set.</param>
    public static (ImageDataset Train, ImageDataset Test) Create(
        ulong seed, int threads, int trainCount = TrainCount, int testCount = TestCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trainCount);
        ArgumentOutOfRangeException.ThrowIfNegative(testCount);
        return (Draw(seed, 0, trainCount, threads), Draw(seed, TrainCount, testCount, threads));
    }

    private static ImageDataset Draw(ulong seed, int firstSample, int count, int threads)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(count * SyntheticCanvas.ImageSize));
        var labels = new int[count];
        int chunks = (count + ImagesPerChunk - 1) / ImagesPerChunk;
        Parallel.For(
            0,
            chunks,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads) },
            () => new SyntheticCanvas(),
            (chunk, _, canvas) =>
            {
                for (int i = chunk * ImagesPerChunk; i < Math.Min(count, (chunk + 1) * ImagesPerChunk); i++)
                {
                    labels[i] = i % ClassNames.Count;
                    canvas.Draw(
                        seed, (uint)(firstSample + i), (SyntheticFigure)labels[i],
                        pixels.AsSpan(i * SyntheticCanvas.ImageSize, SyntheticCanvas.ImageSize));
                }

                return canvas;
            },
            _ => { });
        return new ImageDataset(Key, ClassNames, SyntheticCanvas.Side, SyntheticCanvas.Side, pixels, labels);
    }
}
