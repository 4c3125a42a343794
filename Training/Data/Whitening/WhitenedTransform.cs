namespace WrnEngine.Training.Data.Whitening;

/// <summary>Whitened images as they are: what evaluation reads under <c>--normalize zca</c>.</summary>
internal sealed class WhitenedTransform(ZcaWhitening whitening) : SampleTransform
{
    /// <inheritdoc/>
    public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination) =>
        whitening.Of(images).Image(index).CopyTo(destination);
}

/// <summary>
/// The paper's augmentation (<see cref="CropFlip"/>) of whitened images. It comes after the whitening, as in the authors' code: their data set
/// is stored whitened.
/// </summary>
internal sealed class WhitenedCropFlipTransform(ZcaWhitening whitening, ulong seed) : SampleTransform
{
    /// <inheritdoc/>
    public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
    {
        var move = CropFlip.Draw(seed, index, epoch);
        ReadOnlySpan<float> image = whitening.Of(images).Image(index);
        int stride = images.Width * ImageDataset.Channels;

        // All rows take their columns from the same places.
        Span<int> columns = stackalloc int[images.Width];
        for (int x = 0; x < columns.Length; x++)
            columns[x] = move.SourceColumn(x, images.Width) * ImageDataset.Channels;

        for (int y = 0; y < images.Height; y++)
        {
            ReadOnlySpan<float> row = image.Slice(move.SourceRow(y, images.Height) * stride, stride);
            Span<float> target = destination.Slice(y * stride, stride);
            for (int x = 0, to = 0; x < columns.Length; x++, to += ImageDataset.Channels)
            {
                int from = columns[x];
                target[to] = row[from];
                target[to + 1] = row[from + 1];
                target[to + 2] = row[from + 2];
            }
        }
    }
}
