namespace WrnEngine.Tests.Training.Data.Whitening;

/// <summary>The oracle: eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's rotations, from the definition.</summary>
internal static class JacobiEigen
{
    /// <summary>A^(-1/2) = V diag(1 / sqrt(w)) V' of a row-major [n, n] matrix.</summary>
    public static double[] InverseSquareRoot(double[] a, int n)
    {
        var (values, vectors) = Of(a, n);
        var result = new double[n * n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                for (int k = 0; k < n; k++) result[(i * n) + j] += vectors[(i * n) + k] * vectors[(j * n) + k] / Math.Sqrt(values[k]);
        return result;
    }

    /// <summary>Eigenvalues, and eigenvectors as columns.</summary>
    public static (double[] Values, double[] Vectors) Of(double[] symmetric, int n)
    {
        double[] a = [.. symmetric], v = new double[n * n];
        for (int i = 0; i < n; i++) v[(i * n) + i] = 1;
        for (int sweep = 0; sweep < 30; sweep++)
        {
            double off = 0;
            for (int p = 0; p < n; p++)
                for (int q = p + 1; q < n; q++)
                {
                    double apq = a[(p * n) + q];
                    off += apq * apq;
                    if (apq != 0) Rotate(a, v, n, p, q);
                }

            if (off < 1e-28) break;
        }

        return ([.. Enumerable.Range(0, n).Select(i => a[(i * n) + i])], v);
    }

    private static void Rotate(double[] a, double[] v, int n, int p, int q)
    {
        double theta = (a[(q * n) + q] - a[(p * n) + p]) / (2 * a[(p * n) + q]);
        double t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        double c = 1 / Math.Sqrt((t * t) + 1), s = t * c;
        for (int k = 0; k < n; k++) (a[(k * n) + p], a[(k * n) + q]) = ((c * a[(k * n) + p]) - (s * a[(k * n) + q]), (s * a[(k * n) + p]) + (c * a[(k * n) + q]));
        for (int k = 0; k < n; k++) (a[(p * n) + k], a[(q * n) + k]) = ((c * a[(p * n) + k]) - (s * a[(q * n) + k]), (s * a[(p * n) + k]) + (c * a[(q * n) + k]));
        for (int k = 0; k < n; k++) (v[(k * n) + p], v[(k * n) + q]) = ((c * v[(k * n) + p]) - (s * v[(k * n) + q]), (s * v[(k * n) + p]) + (c * v[(k * n) + q]));
    }
}
