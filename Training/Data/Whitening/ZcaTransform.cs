namespace WrnEngine.Training.Data.Whitening;

/// <summary>
/// The preprocessing of the paper's first version (tables 2 to 4), as pylearn2 makes it: <see cref="ContrastNormalization"/>, then ZCA
/// whitening y = P (x - mean) with P = (C + 0.1 I)^(-1/2), where mean and C are those of the training images. Everything is computed in
/// double precision and rounded to float32 once, at the end.
/// </summary>
internal sealed class ZcaTransform : IDisposable
{
    /// <summary>What is added to every eigenvalue.</summary>
    public const double FilterBias = 0.1;

    private const int ImagesPerSum = 256;
    private const int ImagesPerProduct = 1024; // 25 MB of doubles for 32 x 32 images

    /// <summary>Takes a fitted transform over.</summary>
    /// <param name="mean">[d].</param>
    /// <param name="matrix">P [d, d]; it belongs to this object now.</param>
    /// <param name="residual">The largest element of P (C + 0.1 I) P - I.</param>
    public ZcaTransform(double[] mean, PanelMatrix matrix, double residual) => (Mean, Matrix, Residual) = (mean, matrix, residual);

    /// <summary>[d] means of the features, after contrast normalisation.</summary>
    public double[] Mean { get; }

    /// <summary>P [d, d].</summary>
    public PanelMatrix Matrix { get; }

    /// <summary>The largest element of P (C + 0.1 I) P - I when it was fitted.</summary>
    public double Residual { get; }

    /// <summary>Values of an image.</summary>
    public int Features => Mean.Length;

    /// <summary>Fits the transform to every image of a data set.</summary>
    /// <param name="images">The training images.</param>
    /// <param name="threads">How many threads may work. The result doesn't depend on it.</param>
    public static ZcaTransform Fit(ImageDataset images, int threads)
    {
        double[] mean = FeatureMeans(images, threads);
        using var covariance = Covariance(images, mean, threads);
        for (int i = 0; i < mean.Length; i++) covariance[i, i] += FilterBias;
        var (root, residual) = InverseSquareRoot.Of(covariance, FilterBias * (1 - 1e-9), threads);
        return new ZcaTransform(mean, root, residual);
    }

    /// <summary>The covariance X'X / n of the contrast-normalised images around their mean.</summary>
    internal static PanelMatrix Covariance(ImageDataset images, double[] mean, int threads)
    {
        int d = images.ImageSize;
        var covariance = new PanelMatrix(d, d);
        for (int first = 0; first < images.Count; first += ImagesPerProduct)
        {
            using var chunk = new PanelMatrix(Math.Min(ImagesPerProduct, images.Count - first), d);
            Parallel.For(0, chunk.Rows, PanelProduct.Options(threads), i => Expand(images.Image(first + i), mean, chunk, i));
            PanelProduct.MultiplyUpper(chunk, chunk, covariance, threads, accumulate: true);
        }

        PanelProduct.Mirror(covariance, threads);
        double scale = 1.0 / Math.Max(1, images.Count);
        Parallel.For(0, covariance.PanelCount, PanelProduct.Options(threads), panel =>
        {
            foreach (ref double value in covariance.Panel(panel)) value *= scale;
        });
        return covariance;
    }

    /// <summary>The mean of every feature over the contrast-normalised images.</summary>
    internal static double[] FeatureMeans(ImageDataset images, int threads)
    {
        int d = images.ImageSize, chunks = (images.Count + ImagesPerSum - 1) / ImagesPerSum;
        var sums = new double[chunks][];
        Parallel.For(0, chunks, PanelProduct.Options(threads), chunk =>
        {
            double[] sum = new double[d];
            for (int i = chunk * ImagesPerSum; i < Math.Min(images.Count, (chunk + 1) * ImagesPerSum); i++)
            {
                ReadOnlySpan<byte> image = images.Image(i);
                var contrast = ContrastNormalization.Of(image);
                for (int f = 0; f < sum.Length; f++) sum[f] += contrast.Of(image[f]);
            }

            sums[chunk] = sum;
        });

        // Chunk by chunk in order: the same bits for any number of threads.
        double[] mean = new double[d];
        foreach (double[] sum in sums)
            for (int f = 0; f < d; f++) mean[f] += sum[f];
        for (int f = 0; f < d; f++) mean[f] /= Math.Max(1, images.Count);
        return mean;
    }

    /// <summary>Whitens images.</summary>
    /// <param name="images">The data set.</param>
    /// <param name="indices">Which images of it.</param>
    /// <param name="target">[indices, d] floats.</param>
    /// <param name="threads">How many threads may work. The result doesn't depend on it.</param>
    public void Apply(ImageDataset images, int[] indices, float[] target, int threads)
    {
        int d = Features;
        if (images.ImageSize != d) throw new ArgumentException($"The transform is for images of {d} values, not {images.ImageSize}.");
        if (target.LongLength != (long)indices.Length * d) throw new ArgumentException("The target does not fit the images.");
        for (int first = 0; first < indices.Length; first += ImagesPerProduct)
        {
            int count = Math.Min(ImagesPerProduct, indices.Length - first);
            using var columns = new PanelMatrix(d, count);
            using var whitened = new PanelMatrix(count, d);
            Parallel.For(0, columns.PanelCount, PanelProduct.Options(threads), panel => ExpandColumns(images, indices.AsSpan(first, count), columns, panel));
            PanelProduct.Multiply(columns, Matrix, whitened, threads);
            Parallel.For(0, count, PanelProduct.Options(threads), i => Collect(whitened, i, target.AsSpan((first + i) * d, d)));
        }
    }

    /// <summary>One image becomes one row.</summary>
    private static unsafe void Expand(ReadOnlySpan<byte> image, double[] mean, PanelMatrix rows, int row)
    {
        var contrast = ContrastNormalization.Of(image);
        for (int panel = 0, f = 0; panel < rows.PanelCount; panel++)
        {
            double* target = rows.Row(panel, row);
            for (int end = Math.Min(mean.Length, f + PanelKernel.Width); f < end; f++) *target++ = contrast.Of(image[f]) - mean[f];
        }
    }

    /// <summary>The images of one panel become its columns.</summary>
    private unsafe void ExpandColumns(ImageDataset images, ReadOnlySpan<int> indices, PanelMatrix columns, int panel)
    {
        int first = panel * PanelKernel.Width;
        for (int column = 0; column < PanelKernel.Width && first + column < indices.Length; column++)
        {
            ReadOnlySpan<byte> image = images.Image(indices[first + column]);
            var contrast = ContrastNormalization.Of(image);
            double* target = columns.Row(panel, 0) + column;
            for (int f = 0; f < image.Length; f++, target += PanelKernel.Width) *target = contrast.Of(image[f]) - Mean[f];
        }
    }

    private static unsafe void Collect(PanelMatrix rows, int row, Span<float> target)
    {
        for (int panel = 0, f = 0; panel < rows.PanelCount; panel++)
        {
            double* source = rows.Row(panel, row);
            for (int end = Math.Min(target.Length, f + PanelKernel.Width); f < end; f++) target[f] = (float)*source++;
        }
    }

    /// <summary>Gives the matrix back.</summary>
    public void Dispose() => Matrix.Dispose();
}
