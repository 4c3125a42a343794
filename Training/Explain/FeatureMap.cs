using WrnEngine.Tensors;

namespace WrnEngine.Training.Explain;

/// <summary>The values of one image at one place in a network, as the engine has them: [C, H, W]; a vector has height and width 1.</summary>
internal sealed record FeatureMap(float[] Values, int Channels, int Height, int Width)
{
    /// <summary>Copies a tensor [1, C, H, W] or [1, C].</summary>
    public static FeatureMap Of(Tensor x) => x.Rank == 4
        ? new FeatureMap(x.ToArray<float>(), x.Shape[1], x.Shape[2], x.Shape[3]) : new FeatureMap(x.ToArray<float>(), x.Shape[1], 1, 1);

    /// <summary>Pixels of a channel.</summary>
    public int Area => Height * Width;

    /// <summary>The Euclidean norm over everything.</summary>
    public double Norm => Math.Sqrt(Values.Sum(v => (double)v * v));

    /// <summary>One channel, row by row.</summary>
    public ReadOnlySpan<float> Channel(int index) => Values.AsSpan(index * Area, Area);

    /// <summary>Mean and standard deviation of a channel over its pixels.</summary>
    public (double Mean, double Std) Moments(int channel)
    {
        double sum = 0, squares = 0;
        foreach (float v in Channel(channel)) sum += v;
        double mean = sum / Area;
        foreach (float v in Channel(channel)) squares += (v - mean) * (v - mean);
        return (mean, Math.Sqrt(squares / Area));
    }

    /// <summary>The channels that differ most over the image, in rising order: those in which there is something to see.</summary>
    public int[] MostVaried(int count) =>
        [.. Enumerable.Range(0, Channels).OrderByDescending(c => Moments(c).Std).Take(count).Order()];

    /// <summary>this - other, element by element.</summary>
    public FeatureMap Minus(FeatureMap other) => this with { Values = [.. Values.Zip(other.Values, (a, b) => a - b)] };

    /// <summary>What a shortcut without parameters makes: every stride-th pixel, and channels of zeros behind its own.</summary>
    public FeatureMap Padded(int channels, int stride)
    {
        if (channels == Channels && stride == 1) return this;
        int height = ((Height - 1) / stride) + 1, width = ((Width - 1) / stride) + 1;
        var values = new float[channels * height * width];
        for (int c = 0; c < Math.Min(channels, Channels); c++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) values[(((c * height) + y) * width) + x] = Values[(((c * Height) + (y * stride)) * Width) + (x * stride)];
        return new FeatureMap(values, channels, height, width);
    }
}
