namespace WrnEngine.Training;

/// <summary>A few numbers in fewer.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Mean">NaN of none, as the others are.</param>
/// <param name="Median">The middle one, or the mean of the two in the middle.</param>
/// <param name="Deviation">The sample's standard deviation, with n - 1; NaN of fewer than two.</param>
/// <param name="Smallest">The smallest.</param>
/// <param name="Largest">The largest.</param>
internal readonly record struct Summary(int Count, double Mean, double Median, double Deviation, double Smallest, double Largest)
{
    /// <summary>Of numbers in any order.</summary>
    public static Summary Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int n = sorted.Length;
        if (n == 0) return new Summary(0, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
        double mean = sorted.Average(), median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        double deviation = n < 2 ? double.NaN : Math.Sqrt(sorted.Sum(v => (v - mean) * (v - mean)) / (n - 1));
        return new Summary(n, mean, median, deviation, sorted[0], sorted[^1]);
    }
}
