using WrnEngine.Devices;
using WrnEngine.Rng;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>Crop, flip and normalisation as one would do them by hand: an image that is mirrored all around, a piece of it, its mirror image.</summary>
public static class AugmentOracle
{
    public static RefArray Apply(RefArray images, RefArray indices, RefArray mean, RefArray scale, AugmentSettings settings)
    {
        int channels = images.Shape[1], height = images.Shape[2], width = images.Shape[3], p = settings.Padding;
        var y = new RefArray([indices.Count, channels, height, width]);
        for (int n = 0; n < indices.Count; n++)
        {
            int index = (int)indices.Values[n];
            uint[] words = PhiloxOracle.Draw([0, (uint)index, settings.Epoch, (uint)RandomPurpose.Augment << 16], settings.Seed);
            int top = (int)Math.Floor(words[0] * Math.Pow(2, -32) * (2 * p + 1)), left = (int)Math.Floor(words[1] * Math.Pow(2, -32) * (2 * p + 1));
            bool flip = settings.Flip && (words[2] >> 8) * Math.Pow(2, -24) < 0.5;
            for (int c = 0; c < channels; c++)
            {
                double[,] padded = Pad(images, index, c, p);
                for (int h = 0; h < height; h++)
                    for (int w = 0; w < width; w++)
                        y[n, c, h, flip ? width - 1 - w : w] = (padded[top + h, left + w] - mean.Values[c]) * scale.Values[c];
            }
        }
        return y;
    }

    private static double[,] Pad(RefArray images, int index, int c, int padding)
    {
        int height = images.Shape[2], width = images.Shape[3];
        double[,] padded = new double[height + 2 * padding, width + 2 * padding];
        int[] rows = Mirrored(height, padding), columns = Mirrored(width, padding);
        for (int h = 0; h < rows.Length; h++)
            for (int w = 0; w < columns.Length; w++) padded[h, w] = images[index, c, rows[h], columns[w]];
        return padded;
    }

    /// <summary>p, ..., 1, then 0, ..., size - 1, then size - 2, ..., size - 1 - p.</summary>
    private static int[] Mirrored(int size, int padding) =>
        [.. Enumerable.Range(1, padding).Reverse(), .. Enumerable.Range(0, size), .. Enumerable.Range(1, padding).Select(i => size - 1 - i)];
}
