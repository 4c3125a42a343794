using WrnEngine.Rng;
using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training.Data.Whitening;

/// <summary>Small matrices for the tests, row-major.</summary>
internal static class Matrices
{
    public static double[] Random(int rows, int columns, ulong seed = 1) =>
        [.. Enumerable.Range(0, rows * columns).Select(i => (2 * Philox.Uniform(Philox.Block(seed, (uint)i, 0, 0, RandomPurpose.Synthetic).X)) - 1.0)];

    /// <summary>A'B for A [k, m] and B [k, n].</summary>
    public static double[] TransposedProduct(double[] a, double[] b, int k, int m, int n)
    {
        var c = new double[m * n];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
                for (int l = 0; l < k; l++) c[(i * n) + j] += a[(l * m) + i] * b[(l * n) + j];
        return c;
    }

    /// <summary>A symmetric matrix with eigenvalues from 0.1 to <paramref name="largest"/>.</summary>
    public static double[] Positive(int n, double largest)
    {
        double[] vectors = JacobiEigen.Of(TransposedProduct(Random(n, n), Random(n, n), n, n, n), n).Vectors;
        var a = new double[n * n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                for (int k = 0; k < n; k++)
                    a[(i * n) + j] += vectors[(i * n) + k] * vectors[(j * n) + k] * 0.1 * Math.Pow(10 * largest, n == 1 ? 0 : k / (n - 1.0));
        return a;
    }

    public static PanelMatrix Panels(double[] values, int rows, int columns)
    {
        var matrix = new PanelMatrix(rows, columns);
        matrix.CopyFrom(values);
        return matrix;
    }

    /// <summary>The largest difference; NaN when one is there.</summary>
    public static double Distance(IEnumerable<double> a, IEnumerable<double> b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Aggregate(0.0, Math.Max);
}
