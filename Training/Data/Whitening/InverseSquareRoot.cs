namespace WrnEngine.Training.Data.Whitening;

/// <summary>
/// A^(-1/2) of a symmetric positive definite matrix by the coupled Newton-Schulz iteration (Higham, Functions of Matrices, section 6.3):
/// Y(0) = A / s, Z(0) = I, T = (3 I - Z Y) / 2, Y = Y T, Z = T Z, and Z tends to (A / s)^(-1/2). It consists of products alone. The order of
/// the factors matters, although all of them commute but for rounding: this one is stable, others lose ten digits. While the spectrum of ZY
/// is still wide, its square root x in [l, 1] goes through the polynomial p x (3 - p^2 x^2) / 2 with p = sqrt(3 / (1 + l + l^2)), the best
/// cubic for that interval (Chen and Chow, 2014), which takes about half the steps: ten for a condition number of 10,000.
/// </summary>
internal static class InverseSquareRoot
{
    /// <summary>A residual that no healthy computation comes near: they have 1e-12 or so.</summary>
    public const double WorstResidual = 1e-9;

    private const double NearOne = 1e-8; // from there one step squares the distance to below a double's rounding

    /// <summary>Computes A^(-1/2).</summary>
    /// <param name="a">Symmetric, with no eigenvalue below <paramref name="smallest"/>.</param>
    /// <param name="smallest">A lower bound of the eigenvalues, above zero.</param>
    /// <param name="threads">How many threads may work. The result doesn't depend on it.</param>
    /// <returns>The root P, and the largest element of I - P A P.</returns>
    /// <exception cref="ArithmeticException">The residual is too large: the matrix is not as promised, or holds a NaN.</exception>
    public static (PanelMatrix Root, double Residual) Of(PanelMatrix a, double smallest, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(smallest);
        int n = a.Rows;
        double scale = FrobeniusNorm(a); // no eigenvalue is above it
        if (!double.IsFinite(scale)) throw new ArithmeticException("The matrix holds a NaN or an infinity.");
        double low = Math.Min(1, Math.Sqrt(smallest / scale));
        var (y, z, t, product) = (new PanelMatrix(n, n), new PanelMatrix(n, n), new PanelMatrix(n, n), new PanelMatrix(n, n));
        bool isDone = false;
        try
        {
            Combine(a, y, 1 / scale, 0, threads);
            Combine(a, t, 1 / scale, 0, threads); // ZY
            bool isFirst = true, isLast = false;
            while (!isLast)
            {
                isLast = 1 - low < NearOne;
                double p = Math.Sqrt(3 / (1 + low + (low * low)));
                low = Math.Min(1, 0.5 * p * low * (3 - (p * p * low * low)));
                Combine(t, t, -0.5 * p * p * p, 1.5 * p, threads);
                if (!isLast) Replace(t, ref y, ref product, threads);
                if (isFirst) Combine(t, z, 1, 0, threads);
                else
                {
                    PanelProduct.Transpose(t, threads);
                    Replace(t, ref z, ref product, threads); // T Z is Z T', because it is symmetric
                }

                if (!isLast) PanelProduct.Multiply(z, y, t, threads);
                isFirst = false;
            }

            Combine(z, z, 1 / Math.Sqrt(scale), 0, threads);
            double residual = Remainder(a, z, y, t, threads);
            if (!(residual <= WorstResidual)) throw new ArithmeticException($"The inverse square root is wrong by {residual:G3}.");
            isDone = true;
            return (z, residual);
        }
        finally
        {
            y.Dispose();
            t.Dispose();
            product.Dispose();
            if (!isDone) z.Dispose();
        }
    }

    /// <summary>matrix = matrix * factor, which is symmetric.</summary>
    private static void Replace(PanelMatrix factor, ref PanelMatrix matrix, ref PanelMatrix scratch, int threads)
    {
        PanelProduct.MultiplyUpper(matrix, factor, scratch, threads);
        PanelProduct.Mirror(scratch, threads);
        (matrix, scratch) = (scratch, matrix);
    }

    /// <summary>remainder = I - P A P, and its largest element.</summary>
    private static double Remainder(PanelMatrix a, PanelMatrix root, PanelMatrix scratch, PanelMatrix remainder, int threads)
    {
        PanelProduct.Multiply(a, root, scratch, threads);
        PanelProduct.Multiply(root, scratch, remainder, threads);
        Combine(remainder, remainder, -1, 1, threads);
        double worst = 0;
        for (int panel = 0; panel < remainder.PanelCount; panel++)
            foreach (double value in remainder.Panel(panel)) worst = Math.Max(worst, Math.Abs(value)); // Max keeps a NaN
        return worst;
    }

    /// <summary>target = factor * source + diagonal * I.</summary>
    private static void Combine(PanelMatrix source, PanelMatrix target, double factor, double diagonal, int threads) =>
        Parallel.For(0, source.PanelCount, PanelProduct.Options(threads), panel =>
        {
            Span<double> from = source.Panel(panel), to = target.Panel(panel);
            for (int i = 0; i < to.Length; i++) to[i] = factor * from[i];
            AddToDiagonal(target, panel, diagonal);
        });

    private static void AddToDiagonal(PanelMatrix matrix, int panel, double value)
    {
        int first = panel * PanelKernel.Width, end = Math.Min(matrix.Columns, first + PanelKernel.Width);
        for (int i = first; i < end; i++) matrix[i, i] += value;
    }

    private static double FrobeniusNorm(PanelMatrix a)
    {
        double sum = 0;
        for (int panel = 0; panel < a.PanelCount; panel++)
            foreach (double value in a.Panel(panel)) sum += value * value;
        return Math.Sqrt(sum);
    }
}
