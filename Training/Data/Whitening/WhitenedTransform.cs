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
internal sealed class WhitenedCropFlipTransform(ZcaWhitening whitening, ulong seed, int padding) : SampleTransform
{
    /// <inheritdoc/>
    public override void Apply(ImageDataset images, int index, int epoch, Span<float> destination)
    {
        var move = CropFlip.Draw(seed, index, epoch, padding);
        ReadOnlySpan<float> image = whitening.Of(images).Image(index);
        int stride = images.Width * ImageDataset.Channels;

        Span<int> columns = stackalloc int[images.Width];
        move.SourceColumns(columns);
        for (int y = 0; y < images.Height; y++)
            CropFlip.MoveRow(image.Slice(move.SourceRow(y, images.Height) * stride, stride), columns, destination.Slice(y * stride, stride));
    }
}
