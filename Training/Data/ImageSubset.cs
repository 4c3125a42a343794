namespace WrnEngine.Training.Data;

/// <summary>
/// Some images of a data set, by their index in it. Random numbers are counted by that index, so an image meets the same crops and
/// flips whatever else is in the subset.
/// </summary>
public sealed class ImageSubset
{
    private readonly int[] _indices;

    /// <summary>The images at <paramref name="indices"/>, in that order.</summary>
    /// <exception cref="ArgumentException">An index is outside the data set.</exception>
    public ImageSubset(ImageDataset source, int[] indices)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(indices);
        foreach (int index in indices)
            if ((uint)index >= (uint)source.Count)
                throw new ArgumentException($"Index {index} is outside the {source.Count} images of {source.Name}.", nameof(indices));
        (Source, _indices) = (source, indices);
    }

    /// <summary>All images of a data set, in its own order.</summary>
    public static ImageSubset All(ImageDataset source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ImageSubset(source, [.. Enumerable.Range(0, source.Count)]);
    }

    /// <summary>The first <paramref name="count"/> images, or all where there are fewer.</summary>
    public ImageSubset First(int count) => count >= Count ? this : new ImageSubset(Source, _indices[..count]);

    /// <summary>The data set that the indices point into.</summary>
    public ImageDataset Source { get; }

    /// <summary>[Count] data-set indices.</summary>
    public ReadOnlySpan<int> Indices => _indices;

    /// <summary>Number of images.</summary>
    public int Count => _indices.Length;
}
