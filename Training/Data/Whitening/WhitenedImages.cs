namespace WrnEngine.Training.Data.Whitening;

/// <summary>
/// Images as a network reads them under <c>--normalize zca</c>: 4 bytes a value, 614 MB for the 50,000 training images of CIFAR-10 and 123 MB
/// for the test images. Whitening a batch when it is needed would take no memory, but one core 30 ms for 128 images, a third of a step
/// of WRN-16-1.
/// </summary>
internal sealed class WhitenedImages
{
    private const int Absent = -1;

    private readonly float[] _values; // [rows, d]
    private readonly int[] _rows; // of every image of the data set
    private readonly int _features;

    private WhitenedImages(float[] values, int[] rows, int features) => (_values, _rows, _features) = (values, rows, features);

    /// <summary>Whitens some images of one data set.</summary>
    /// <param name="transform">Fitted to the training images.</param>
    /// <param name="source">The data set.</param>
    /// <param name="indices">Those images of it that will be read, each once.</param>
    /// <param name="threads">How many threads may work. The result doesn't depend on it.</param>
    public static WhitenedImages Create(ZcaTransform transform, ImageDataset source, int[] indices, int threads)
    {
        if ((long)indices.Length * source.ImageSize > Array.MaxLength)
        {
            throw new DatasetException(
                DatasetError.Request,
                $"--normalize zca keeps {indices.Length:N0} images of {source.Name} as floats, which are too many; give --train-images, or another --normalize.");
        }

        int[] rows = new int[source.Count];
        Array.Fill(rows, Absent);
        for (int i = 0; i < indices.Length; i++) rows[indices[i]] = i;
        float[] values = GC.AllocateUninitializedArray<float>(indices.Length * source.ImageSize);
        transform.Apply(source, indices, values, threads);
        return new WhitenedImages(values, rows, source.ImageSize);
    }

    /// <summary>[H, W, 3] floats of one image.</summary>
    public ReadOnlySpan<float> Image(int index) => _rows[index] is not Absent and var row
        ? _values.AsSpan(row * _features, _features) : throw new ArgumentException($"Image {index} was not whitened.", nameof(index));
}
