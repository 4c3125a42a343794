using WrnEngine.Devices;

namespace WrnEngine.Training.Data;

/// <summary>
/// How one training image is moved: padded by some pixels that mirror it (the edge pixel isn't repeated), cropped to its own size at
/// (<paramref name="Top"/>, <paramref name="Left"/>), then flipped left to right or not.
/// </summary>
/// <param name="Top">Row offset of the crop, from 0 to twice the padding; as much as the padding leaves the image in its place.</param>
/// <param name="Left">Column offset of the crop, in the same range.</param>
/// <param name="Flip">Whether the crop is mirrored.</param>
/// <param name="Padded">Pixels added on every side.</param>
public readonly record struct CropFlip(int Top, int Left, bool Flip, int Padded = CropFlip.Padding)
{
    /// <summary>Pixels added on every side in the paper.</summary>
    public const int Padding = 4;

    /// <summary>The draw for a sample, as the augmentation op of a device has it: <see cref="AugmentSettings"/> says which numbers it takes.</summary>
    public static CropFlip Draw(ulong seed, int index, int epoch, int padding = Padding)
    {
        var (down, right, flipped) = new AugmentSettings(seed, (uint)epoch, padding, Flip: true).Draw(index);
        return new CropFlip(down + padding, right + padding, flipped, padding);
    }

    /// <summary>The row of the image that row <paramref name="y"/> of the result shows.</summary>
    public int SourceRow(int y, int height) => AugmentSettings.Reflect(y + Top - Padded, height);

    /// <summary>The column of the image that column <paramref name="x"/> of the result shows.</summary>
    public int SourceColumn(int x, int width) => AugmentSettings.Reflect((Flip ? width - 1 - x : x) + Left - Padded, width);

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
}
