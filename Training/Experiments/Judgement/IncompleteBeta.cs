namespace WrnEngine.Training.Experiments.Judgement;

/// <summary>The regularised incomplete beta function I_x(a, b): the distribution that Student's t comes down to.</summary>
internal static class IncompleteBeta
{
    private const int MostTerms = 20_000; // about the root of the larger parameter is needed
    private const double Precision = 1e-15, Tiny = 1e-300;

    /// <summary>Lanczos' coefficients for g = 7: fifteen digits of the gamma function.</summary>
    private static readonly double[] Lanczos =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
        -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>I_x(a, b) for x from 0 to 1 and positive a and b.</summary>
    public static double Of(double x, double a, double b)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        // The fraction converges fast below this point; above it the other tail's does.
        if (x > (a + 1) / (a + b + 2)) return 1 - Of(1 - x, b, a);
        double front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x)));
        return front * Fraction(x, a, b) / a;
    }

    /// <summary>The logarithm of the gamma function of a positive number.</summary>
    public static double LogGamma(double value)
    {
        if (value < 0.5) return Math.Log(Math.PI / Math.Sin(Math.PI * value)) - LogGamma(1 - value);
        double shifted = value - 1, sum = Lanczos[0], t = shifted + 7.5;
        for (int i = 1; i < Lanczos.Length; i++) sum += Lanczos[i] / (shifted + i);
        return (0.5 * Math.Log(2 * Math.PI)) + ((shifted + 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }

    /// <summary>The continued fraction, by the modified method of Lentz.</summary>
    private static double Fraction(double x, double a, double b)
    {
        double c = 1, d = 1 / NotZero(1 - ((a + b) * x / (a + 1))), value = d;
        for (int m = 1; m <= MostTerms; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / NotZero(1 + (even * d));
            c = NotZero(1 + (even / c));
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / NotZero(1 + (odd * d));
            c = NotZero(1 + (odd / c));
            double change = d * c;
            value *= change;
            if (Math.Abs(change - 1) < Precision) break;
        }

        return value;
    }

    private static double NotZero(double value) => Math.Abs(value) < Tiny ? Tiny : value;
}
