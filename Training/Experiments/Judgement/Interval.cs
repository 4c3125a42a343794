namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>A value and how far it may be off.</summary>
internal readonly record struct Interval(double Centre, double Low, double High)
{
    /// <summary>
    /// Welch's interval of a difference of means, second less first: samples may spread differently. Null where nothing can be said: of fewer than two
    /// values each, and where neither sample spreads, which is no sign of precision.
    /// </summary>
    /// <param name="first">A sample.</param>
    /// <param name="second">Another one, independent of it.</param>
    /// <param name="level">The probability that the interval holds the true difference.</param>
    public static Interval? OfDifference(Summary first, Summary second, double level)
    {
        if (first.Count < 2 || second.Count < 2) return null;
        double a = first.Deviation * first.Deviation / first.Count, b = second.Deviation * second.Deviation / second.Count;
        if (!(a + b > 0)) return null;
        double freedom = (a + b) * (a + b) / ((a * a / (first.Count - 1)) + (b * b / (second.Count - 1)));
        return Around(second.Mean - first.Mean, Math.Sqrt(a + b), Math.Max(1, freedom), level);
    }

    /// <summary>Student's interval of a difference of means, second less first, of samples with a variance in common. Null where nothing can be said.</summary>
    /// <param name="first">A sample.</param>
    /// <param name="second">Another one, independent of it.</param>
    /// <param name="variance">The variance of a value of either.</param>
    /// <param name="freedom">The degrees of freedom that it was found with.</param>
    /// <param name="level">The probability that the interval holds the true difference.</param>
    public static Interval? OfDifference(Summary first, Summary second, double variance, double freedom, double level) =>
        first.Count < 1 || second.Count < 1 || !(variance > 0 && freedom >= 1) ? null
        : Around(second.Mean - first.Mean, Math.Sqrt(variance * ((1.0 / first.Count) + (1.0 / second.Count))), freedom, level);

    private static Interval Around(double centre, double error, double freedom, double level)
    {
        double reach = StudentT.Quantile((1 + level) / 2, freedom) * error;
        return new Interval(centre, centre - reach, centre + reach);
    }
}
