using System.Numerics;
using System.Runtime.InteropServices;

namespace WrnEngine.Training.Data.Decoding;

/// <summary>A rectangle of pixels.</summary>
internal readonly record struct PixelBox(int Top, int Left, int Height, int Width);

/// <summary>
/// Antialiased bilinear resizing, as Pillow defines it: a triangle of one source pixel, or of the scale where the image shrinks, weighs the
/// source pixels around the place of a target pixel; first along rows, then along columns, with bytes in between. Weights are integers of 22
/// bits, so every machine gets the same bytes.
/// </summary>
internal static class Resampler
{
    private const int WeightBits = 22;
    private const int Channels = ImageDataset.Channels;

    /// <summary>Resizes a part of an image to <paramref name="height"/> x <paramref name="width"/> and gives a window of the result.</summary>
    /// <param name="source">The image.</param>
    /// <param name="part">The part of it that is resized; pixels outside it don't count.</param>
    /// <param name="height">Rows of the whole result.</param>
    /// <param name="width">Columns of the whole result.</param>
    /// <param name="window">The part of the result that is wanted.</param>
    /// <param name="destination">[window.Height, window.Width, 3] bytes; not one of the scratch's rows.</param>
    /// <param name="scratch">Buffers.</param>
    public static void Resize(
        RgbImage source, PixelBox part, int height, int width, PixelBox window, Span<byte> destination, ImageScratch scratch)
    {
        int columnTaps = Taps(part.Width, width), rowTaps = Taps(part.Height, height);
        int columnWords = window.Width * (columnTaps + 2), rowWords = window.Height * (rowTaps + 2);
        Span<int> weights = scratch.Weights(columnWords + rowWords);
        Span<int> columns = weights[..columnWords], rows = weights[columnWords..];
        FillWeights(part.Width, width, window.Left, columnTaps, columns);
        FillWeights(part.Height, height, window.Top, rowTaps, rows);

        // Only the source rows that the window shows.
        int firstRow = rows[0], lastRow = rows[^(rowTaps + 2)] + rows[^(rowTaps + 1)];
        int stride = window.Width * Channels;
        Span<byte> between = scratch.Rows((lastRow - firstRow) * stride);
        for (int y = firstRow; y < lastRow; y++)
        {
            ReadOnlySpan<byte> row = source.Pixels.Slice((((part.Top + y) * source.Width) + part.Left) * Channels, part.Width * Channels);
            AlongRow(row, columns, columnTaps, between.Slice((y - firstRow) * stride, stride));
        }

        for (int y = 0; y < window.Height; y++)
        {
            ReadOnlySpan<int> entry = rows.Slice(y * (rowTaps + 2), rowTaps + 2);
            AlongColumns(between[((entry[0] - firstRow) * stride)..], entry.Slice(2, entry[1]), destination.Slice(y * stride, stride));
        }
    }

    /// <summary>The size whose shorter side is <paramref name="shorter"/>; the longer one is rounded down.</summary>
    public static (int Height, int Width) WithShorterSide(int height, int width, int shorter) => height <= width
        ? (shorter, Longer(shorter, width, height)) : (Longer(shorter, height, width), shorter);

    /// <summary>The middle <paramref name="side"/> x <paramref name="side"/> of a size; where it can't be the middle, up and to the left of it.</summary>
    public static PixelBox Centre(int height, int width, int side) => new((height - side) / 2, (width - side) / 2, side, side);

    private static int Longer(long shorter, int longSide, int shortSide) => (int)Math.Min(int.MaxValue, shorter * longSide / shortSide);

    private static int Taps(int from, int to) => ((int)Math.Ceiling(Math.Max(1.0, (double)from / to)) * 2) + 1;

    /// <summary>For each target position: first source position, number of weights, weights.</summary>
    private static void FillWeights(int from, int to, int firstTarget, int taps, Span<int> entries)
    {
        double scale = (double)from / to, radius = Math.Max(1.0, scale);
        Span<double> weights = taps <= 256 ? stackalloc double[taps] : new double[taps];
        for (int i = 0; i < entries.Length; i += taps + 2)
        {
            double centre = (firstTarget + (i / (taps + 2)) + 0.5) * scale;
            int first = Math.Max(0, (int)(centre - radius + 0.5));
            int count = Math.Min(from, (int)(centre + radius + 0.5)) - first;
            double sum = 0;
            for (int k = 0; k < count; k++)
            {
                weights[k] = Math.Max(0, 1 - Math.Abs((first + k + 0.5 - centre) / radius));
                sum += weights[k];
            }

            (entries[i], entries[i + 1]) = (first, count);
            for (int k = 0; k < count; k++)
                entries[i + 2 + k] = (int)((weights[k] / sum * (1 << WeightBits)) + 0.5);
        }
    }

    private static void AlongRow(ReadOnlySpan<byte> row, ReadOnlySpan<int> entries, int taps, Span<byte> destination)
    {
        for (int i = 0, to = 0; i < entries.Length; i += taps + 2, to += Channels)
        {
            ReadOnlySpan<int> weights = entries.Slice(i + 2, entries[i + 1]);
            ReadOnlySpan<byte> pixels = row.Slice(entries[i] * Channels, weights.Length * Channels);
            int r = 1 << (WeightBits - 1), g = r, b = r;
            for (int k = 0, at = 0; k < weights.Length; k++, at += Channels)
            {
                int weight = weights[k];
                r += weight * pixels[at];
                g += weight * pixels[at + 1];
                b += weight * pixels[at + 2];
            }

            (destination[to], destination[to + 1], destination[to + 2]) = (ToByte(r), ToByte(g), ToByte(b));
        }
    }

    private static void AlongColumns(ReadOnlySpan<byte> rows, ReadOnlySpan<int> weights, Span<byte> destination)
    {
        ref byte source = ref MemoryMarshal.GetReference(rows);
        int stride = destination.Length, x = 0;
        for (; x <= stride - Vector<byte>.Count; x += Vector<byte>.Count)
            AlongColumns(ref source, x, stride, weights, destination);
        for (; x < stride; x++)
        {
            int sum = 1 << (WeightBits - 1);
            for (int k = 0; k < weights.Length; k++)
                sum += weights[k] * rows[(k * stride) + x];
            destination[x] = ToByte(sum);
        }
    }

    private static void AlongColumns(ref byte source, int x, int stride, ReadOnlySpan<int> weights, Span<byte> destination)
    {
        Vector<uint> half = new(1u << (WeightBits - 1));
        Vector<uint> sum0 = half, sum1 = half, sum2 = half, sum3 = half;
        for (int k = 0; k < weights.Length; k++)
        {
            Vector<uint> weight = new((uint)weights[k]);
            Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)((k * stride) + x)), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> x0, out Vector<uint> x1);
            Vector.Widen(high, out Vector<uint> x2, out Vector<uint> x3);
            sum0 += weight * x0;
            sum1 += weight * x1;
            sum2 += weight * x2;
            sum3 += weight * x3;
        }

        Vector.NarrowWithSaturation(
            Vector.NarrowWithSaturation(sum0 >> WeightBits, sum1 >> WeightBits),
            Vector.NarrowWithSaturation(sum2 >> WeightBits, sum3 >> WeightBits)).CopyTo(destination[x..]);
    }

    private static byte ToByte(int sum) => (byte)Math.Min(sum >> WeightBits, 255); // a triangle has no negative weights
}
