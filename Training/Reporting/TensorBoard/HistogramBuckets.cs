namespace WrnEngine.Training.Reporting.TensorBoard;

/// <summary>
/// Values counted in buckets that grow by a tenth, on both sides of zero: 1e-12, 1.1e-12, ..., 1e20, the edges that TensorFlow uses. Empty buckets at both
/// ends are left out, and of runs of empty ones inside the last is kept, for it says where the next one begins.
/// </summary>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value.</param>
/// <param name="Count">How many values.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="SumOfSquares">The sum of their squares.</param>
/// <param name="Limits">Upper edge of each bucket.</param>
/// <param name="Counts">Values in each.</param>
internal sealed record HistogramBuckets(double Min, double Max, long Count, double Sum, double SumOfSquares, double[] Limits, double[] Counts)
{
    private static readonly double[] Edges = MakeEdges();

    /// <summary>Counts the finite ones among the values; null when there is none.</summary>
    public static HistogramBuckets? Of(ReadOnlySpan<float> values)
    {
        double[] counts = new double[Edges.Length];
        double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0, squares = 0;
        long count = 0;
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) continue;
            int place = Array.BinarySearch(Edges, value);
            counts[Math.Min(place < 0 ? ~place : place + 1, Edges.Length - 1)]++; // a bucket ends before its edge
            (min, max) = (Math.Min(min, value), Math.Max(max, value));
            (count, sum, squares) = (count + 1, sum + value, squares + ((double)value * value));
        }

        if (count == 0) return null;
        int first = Array.FindIndex(counts, c => c > 0), last = Array.FindLastIndex(counts, c => c > 0);
        var limits = new List<double>();
        var kept = new List<double>();
        if (first > 0) Add(Edges[first - 1], 0); // where the first bucket begins
        for (int i = first; i <= last; i++)
            if (counts[i] > 0 || counts[i + 1] > 0) Add(i == last ? Math.Max(max, Math.BitIncrement(min)) : Edges[i], counts[i]);
        return new HistogramBuckets(min, max, count, sum, squares, [.. limits], [.. kept]);

        void Add(double limit, double number)
        {
            limits.Add(limit);
            kept.Add(number);
        }
    }

    private static double[] MakeEdges()
    {
        var positive = new List<double>();
        for (double edge = 1e-12; edge < 1e20; edge *= 1.1) positive.Add(edge);
        positive.Add(double.MaxValue);
        return [.. positive.AsEnumerable().Reverse().Select(e => -e), 0, .. positive];
    }
}
