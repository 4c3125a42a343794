namespace WrnEngine.Training.Reporting.TensorBoard;

/// <summary>
/// Values counted in thirty buckets of equal width from the smallest to the largest, as many as TensorFlow's summaries have: TensorBoard draws no finer,
/// and a run has hundreds of histograms an epoch.
/// </summary>
/// <param name="Min">Smallest value, where the first bucket begins.</param>
/// <param name="Max">Largest value.</param>
/// <param name="Count">How many values.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="SumOfSquares">The sum of their squares.</param>
/// <param name="Limits">Upper edge of each bucket, which belongs to the next one; the last is the largest value and belongs to its own.</param>
/// <param name="Counts">Values in each.</param>
internal sealed record HistogramBuckets(double Min, double Max, long Count, double Sum, double SumOfSquares, double[] Limits, double[] Counts)
{
    private const int MostBuckets = 30;

    /// <summary>Counts the finite ones among the values; null when there is none.</summary>
    public static HistogramBuckets? Of(ReadOnlySpan<float> values)
    {
        double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0, squares = 0;
        long count = 0;
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) continue;
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
            (count, sum, squares) = (count + 1, sum + value, squares + ((double)value * value));
        }

        if (count == 0) return null;
        double[] limits = new double[min < max ? MostBuckets : 1], counts = new double[limits.Length];
        double width = (max - min) / limits.Length;
        for (int i = 0; i < limits.Length - 1; i++) limits[i] = min + (width * (i + 1));
        limits[^1] = max;
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) continue;
            int i = width > 0 ? Math.Min((int)((value - min) / width), limits.Length - 1) : 0;
            if (i > 0 && value < limits[i - 1]) i--; // rounding
            else if (i < limits.Length - 1 && value >= limits[i]) i++;
            counts[i]++;
        }

        return new HistogramBuckets(min, max, count, sum, squares, limits, counts);
    }
}
