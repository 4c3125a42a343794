using WrnEngine.Rng;

namespace WrnEngine.Training.Data;

/// <summary>
/// How one training image is moved: padded by 4 pixels that mirror it (the edge pixel isn't repeated), cropped to its own size at
/// (<paramref name="Top"/>, <paramref name="Left"/>), then flipped left to right or not.
/// </summary>
/// <param name="Top">Row offset of the crop, 0 to 8; 4 leaves the image in its place.</param>
/// <param name="Left">Column offset of the crop, 0 to 8.</param>
/// <param name="Flip">Whether the crop is mirrored.</param>
public readonly record struct CropFlip(int Top, int Left, bool Flip)
{
    /// <summary>Pixels added on every side.</summary>
    public const int Padding = 4;

    /// <summary>
    /// The draw for a sample: block 0 of (data-set index, epoch, purpose <see cref="RandomPurpose.Augment"/>), its words 0 and 1 for the
    /// offsets, its word 2 for the flip (u &lt; 0.5).
    /// </summary>
    public static CropFlip Draw(ulong seed, int index, int epoch)
    {
        const uint Offsets = (2 * Padding) + 1;
        PhiloxBlock words = Philox.Block(seed, 0, (uint)index, (uint)epoch, RandomPurpose.Augment);
        return new CropFlip((int)Philox.Below(words.X, Offsets), (int)Philox.Below(words.Y, Offsets), Philox.Uniform(words.Z) < 0.5f);
    }

    /// <summary>The row of the image that row <paramref name="y"/> of the result shows.</summary>
    public int SourceRow(int y, int height) => Reflect(y + Top - Padding, height);

    /// <summary>The column of the image that column <paramref name="x"/> of the result shows.</summary>
    public int SourceColumn(int x, int width) => Reflect((Flip ? width - 1 - x : x) + Left - Padding, width);

    /// <summary>Where each column of the result comes from in a row of interleaved channels: all rows take theirs from the same places.</summary>
    public void SourceColumns(Span<int> columns)
    {
        for (int x = 0; x < columns.Length; x++)
            columns[x] = SourceColumn(x, columns.Length) * ImageDataset.Channels;
    }

    /// <summary>Copies the pixels of a row from the places that <see cref="SourceColumns"/> gave.</summary>
    public static void MoveRow<T>(ReadOnlySpan<T> row, ReadOnlySpan<int> columns, Span<T> moved) where T : unmanaged
    {
        for (int x = 0, to = 0; x < columns.Length; x++, to += ImageDataset.Channels)
        {
            int from = columns[x];
            moved[to] = row[from];
            moved[to + 1] = row[from + 1];
            moved[to + 2] = row[from + 2];
        }
    }

    private static int Reflect(int i, int size) => i < 0 ? -i : i >= size ? (2 * size) - 2 - i : i;
}
