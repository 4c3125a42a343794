namespace WrnEngine.Training.Data.Whitening;

/// <summary>
/// Global contrast normalisation, an image at a time, as pylearn2 does it: the image's own mean over all its values is subtracted, and
/// the rest scaled to an L2 norm of 55. The sums are integers, so they are exact.
/// </summary>
/// <param name="Mean">What to subtract.</param>
/// <param name="Factor">What to multiply with then.</param>
internal readonly record struct ContrastNormalization(double Mean, double Factor)
{
    /// <summary>The L2 norm of an image afterwards.</summary>
    public const double Scale = 55;

    private const double SmallestDivisor = 1e-8; // below it an image is left as it is: a flat one becomes zeros

    /// <summary>The constants of one image.</summary>
    public static ContrastNormalization Of(ReadOnlySpan<byte> image)
    {
        long sum = 0, squares = 0;
        foreach (byte value in image)
        {
            sum += value;
            squares += value * value;
        }

        double n = Math.Max(1, image.Length);
        double divisor = Math.Sqrt(((image.Length * squares) - (sum * sum)) / n) / Scale;
        return new ContrastNormalization(sum / n, divisor < SmallestDivisor ? 1 : 1 / divisor);
    }

    /// <summary>One value.</summary>
    public double Of(byte value) => (value - Mean) * Factor;
}
