using WrnEngine.Rng;

namespace WrnEngine.Training;

/// <summary>Beta(alpha, alpha), as the ratio of two gamma variates (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000).</summary>
internal static class BetaDistribution
{
    /// <summary>A number from 0 to 1, a function of seed and step.</summary>
    /// <param name="alpha">Above 0.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">Steps before.</param>
    public static double Draw(double alpha, ulong seed, uint step)
    {
        // By logarithms: with a small alpha both variates may be too small for a double, though their ratio isn't.
        double x = LogGamma(alpha, seed, step, 0), y = LogGamma(alpha, seed, step, 1);
        return 1 / (1 + Math.Exp(y - x));
    }

    /// <summary>The logarithm of a Gamma(alpha, 1) variate: G(alpha) = G(alpha + 1) u^(1 / alpha), and G(alpha + 1) by rejection, a block of four words a trial.</summary>
    private static double LogGamma(double alpha, ulong seed, uint step, int ordinal)
    {
        double d = alpha + 1 - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        for (uint trial = 0; ; trial++)
        {
            var words = Philox.Block(seed, trial, 0, step, RandomPurpose.Mixup, ordinal);
            double x = Math.Sqrt(-2 * Math.Log(Unit(words.X))) * Math.Cos(2 * Math.PI * Unit(words.Y)); // Box and Muller
            double v = 1 + (c * x);
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(Unit(words.Z)) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
                return Math.Log(d * v) + (Math.Log(Unit(words.W)) / alpha);
        }
    }

    /// <summary>In (0, 1), never an end.</summary>
    private static double Unit(uint word) => (word + 0.5) / (1L << 32);
}
