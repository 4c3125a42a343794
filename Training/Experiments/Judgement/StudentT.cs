namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>Student's t distribution with any number of degrees of freedom from 1 on, whole or not.</summary>
internal static class StudentT
{
    private const double LargestFreedom = 1e7; // beyond, it is the normal distribution to seven digits
    private const double Precision = 1e-13;

    /// <summary>The t below which a variate lies with the given probability.</summary>
    /// <param name="probability">Between 0 and 1.</param>
    /// <param name="freedom">Degrees of freedom.</param>
    public static double Quantile(double probability, double freedom)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        if (!(freedom >= 1)) throw new ArgumentOutOfRangeException(nameof(freedom), freedom, "one degree of freedom at least");
        if (probability < 0.5) return -Quantile(1 - probability, freedom);
        if (probability == 0.5) return 0;
        double tail = 1 - probability, low = 0, high = 1;
        while (Tail(high, freedom) > tail) (low, high) = (high, 2 * high);
        while (high - low > Precision * high)
        {
            double middle = (low + high) / 2;
            if (middle <= low || middle >= high) break;
            if (Tail(middle, freedom) > tail) low = middle;
            else high = middle;
        }

        return (low + high) / 2;
    }

    /// <summary>The probability of more than a positive t.</summary>
    private static double Tail(double t, double freedom)
    {
        freedom = Math.Min(freedom, LargestFreedom);
        return IncompleteBeta.Of(freedom / (freedom + (t * t)), freedom / 2, 0.5) / 2;
    }
}
