namespace WrnEngine.Training.Data;

/// <summary>
/// y = M x + t on the three channels of every pixel. Each colour change is such a map once the mean of the image is known, and so is
/// normalisation, so any chain of them is one pass over the pixels; values aren't clipped in between, as in fb.resnet.torch.
/// </summary>
internal readonly struct ColourMap
{
    // The weights of red, green and blue in grey (ITU-R BT.601).
    private static readonly double[] Grey = [0.299, 0.587, 0.114];

    // Principal components of the colours of ImageNet's training images, on the scale 0 to 1; one component a column.
    private static readonly double[] Deviations = [0.2175, 0.0188, 0.0045];
    private static readonly double[,] Directions =
    {
        { -0.5675, 0.7192, 0.4009 },
        { -0.5808, -0.0045, -0.8140 },
        { -0.5836, -0.6948, 0.4203 },
    };

    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    private readonly double[] _matrix; // [3, 3]
    private readonly double[] _offset; // [3]

    private ColourMap(double[] matrix, double[] offset) => (_matrix, _offset) = (matrix, offset);

    /// <summary>Jitter, lighting, normalisation, in this order.</summary>
    /// <param name="draw">The random numbers.</param>
    /// <param name="mean">[3] the mean of the image's channels, 0-255.</param>
    /// <param name="normalization">The constants.</param>
    public static ColourMap Of(in ImageNetDraw draw, ReadOnlySpan<double> mean, ChannelNormalization normalization)
    {
        var map = new ColourMap([1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0]);
        foreach (int change in Orders[draw.Order])
        {
            if (change == 0)
                map.Scale(draw.Brightness, 0);
            else if (change == 1)
                map.Scale(draw.Contrast, (1 - draw.Contrast) * map.GreyOf(mean));
            else
                map.Saturate(draw.Saturation);
        }

        for (int c = 0; c < 3; c++)
        {
            map._offset[c] += 255 * ((Directions[c, 0] * Deviations[0] * draw.Lighting.A)
                + (Directions[c, 1] * Deviations[1] * draw.Lighting.B) + (Directions[c, 2] * Deviations[2] * draw.Lighting.C));
            double scale = 1.0 / normalization.Std[c];
            map._offset[c] = (map._offset[c] - normalization.Mean[c]) * scale;
            for (int i = 0; i < 3; i++)
                map._matrix[(3 * c) + i] *= scale;
        }

        return map;
    }

    /// <summary>Maps [H, W, 3] bytes to floats, mirrored or not.</summary>
    public void Apply(ReadOnlySpan<byte> pixels, int width, bool flip, Span<float> destination)
    {
        Span<float> m = stackalloc float[9], t = stackalloc float[3];
        for (int i = 0; i < 9; i++)
            m[i] = (float)_matrix[i];
        for (int i = 0; i < 3; i++)
            t[i] = (float)_offset[i];
        (float m0, float m1, float m2, float m3, float m4, float m5, float m6, float m7, float m8) =
            (m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8]);
        (float t0, float t1, float t2) = (t[0], t[1], t[2]);
        int stride = width * ImageDataset.Channels, step = flip ? -ImageDataset.Channels : ImageDataset.Channels;
        for (int row = 0; row < pixels.Length; row += stride)
        {
            ReadOnlySpan<byte> from = pixels.Slice(row, stride);
            Span<float> to = destination.Slice(row, stride);
            int at = flip ? stride - ImageDataset.Channels : 0;
            for (int x = 0; x <= from.Length - 3; x += 3, at += step)
            {
                float r = from[x], g = from[x + 1], b = from[x + 2];
                to[at] = (m0 * r) + (m1 * g) + ((m2 * b) + t0);
                to[at + 1] = (m3 * r) + (m4 * g) + ((m5 * b) + t1);
                to[at + 2] = (m6 * r) + (m7 * g) + ((m8 * b) + t2);
            }
        }
    }

    private void Scale(double factor, double offset)
    {
        for (int i = 0; i < 9; i++)
            _matrix[i] *= factor;
        for (int i = 0; i < 3; i++)
            _offset[i] = (factor * _offset[i]) + offset;
    }

    private void Saturate(double factor)
    {
        for (int i = 0; i < 3; i++)
        {
            double grey = (Grey[0] * _matrix[i]) + (Grey[1] * _matrix[3 + i]) + (Grey[2] * _matrix[6 + i]);
            for (int c = 0; c < 3; c++)
                _matrix[(3 * c) + i] = (factor * _matrix[(3 * c) + i]) + ((1 - factor) * grey);
        }

        double greyOffset = (Grey[0] * _offset[0]) + (Grey[1] * _offset[1]) + (Grey[2] * _offset[2]);
        for (int c = 0; c < 3; c++)
            _offset[c] = (factor * _offset[c]) + ((1 - factor) * greyOffset);
    }

    /// <summary>The grey value that the map gives to a colour.</summary>
    private double GreyOf(ReadOnlySpan<double> colour)
    {
        double grey = 0;
        for (int c = 0; c < 3; c++)
        {
            grey += Grey[c] * ((_matrix[3 * c] * colour[0]) + (_matrix[(3 * c) + 1] * colour[1]) + (_matrix[(3 * c) + 2] * colour[2])
                + _offset[c]);
        }

        return grey;
    }
}
