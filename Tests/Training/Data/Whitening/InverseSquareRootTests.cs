using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training.Data.Whitening;

[TestFixture]
[Category("Training")]
public class InverseSquareRootTests
{
    [Test]
    public void EqualsTheOneFromEigenvectors([Values(1, 2, 24, 75)] int n, [Values(0.1, 1, 1000)] double largest)
    {
        double[] values = Matrices.Positive(n, largest);
        using var a = Matrices.Panels(values, n, n);
        var (root, residual) = InverseSquareRoot.Of(a, 0.1, threads: 2);
        using var owned = root;
        Assert.That(Matrices.Distance(root.ToArray(), JacobiEigen.InverseSquareRoot(values, n)), Is.LessThan(2e-12));
        Assert.That(residual, Is.LessThan(1e-12));
    }

    [Test]
    public void TheResidualIsThatOfTheDefinition()
    {
        const int N = 30;
        double[] values = Matrices.Positive(N, 1000);
        using var a = Matrices.Panels(values, N, N);
        var (root, residual) = InverseSquareRoot.Of(a, 0.1, threads: 1);
        using var owned = root;
        double[] p = root.ToArray();
        double[] pap = Matrices.TransposedProduct(p, Matrices.TransposedProduct(values, p, N, N, N), N, N, N);
        for (int i = 0; i < N; i++) pap[(i * N) + i] -= 1;
        Assert.That(pap.Max(Math.Abs), Is.EqualTo(residual).Within(1e-12));
    }

    [Test]
    public void TheNumberOfThreadsDoesNotShow()
    {
        using var a = Matrices.Panels(Matrices.Positive(60, 100), 60, 60);
        var (one, _) = InverseSquareRoot.Of(a, 0.1, threads: 1);
        var (three, _) = InverseSquareRoot.Of(a, 0.1, threads: 3);
        using (one)
        using (three) Assert.That(three.ToArray(), Is.EqualTo(one.ToArray()));
    }

    [Test]
    public void AMatrixThatIsNotAsPromisedIsRefused()
    {
        using var small = Matrices.Panels([1e-8, 0, 0, 1], 2, 2);
        Assert.That(() => InverseSquareRoot.Of(small, 0.5, 1), Throws.InstanceOf<ArithmeticException>(), "an eigenvalue below the bound");
        using var notANumber = Matrices.Panels([double.NaN, 0, 0, 1], 2, 2);
        Assert.That(() => InverseSquareRoot.Of(notANumber, 0.5, 1), Throws.InstanceOf<ArithmeticException>());
    }
}
