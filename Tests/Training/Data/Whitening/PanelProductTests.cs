using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training.Data.Whitening;

[TestFixture]
[Category("Training")]
public class PanelProductTests
{
    [TestCase(1, 1, 1)]
    [TestCase(7, 5, 30)]
    [TestCase(129, 25, 23)]
    [TestCase(300, 1, 49)]
    [TestCase(60, 211, 215)]
    public void EqualsTheNaiveProduct(int k, int m, int n)
    {
        double[] a = Matrices.Random(k, m), b = Matrices.Random(k, n, seed: 2), start = Matrices.Random(m, n, seed: 3);
        double[] expected = Matrices.TransposedProduct(a, b, k, m, n);
        using PanelMatrix pa = Matrices.Panels(a, k, m), pb = Matrices.Panels(b, k, n), c = Matrices.Panels(start, m, n);
        PanelProduct.Multiply(pa, pb, c, threads: 2, accumulate: true);
        Assert.That(Matrices.Distance(c.ToArray(), expected.Zip(start, (x, y) => x + y)), Is.LessThan(1e-12));
        PanelProduct.Multiply(pa, pb, c, threads: 2);
        Assert.That(Matrices.Distance(c.ToArray(), expected), Is.LessThan(1e-12));
        for (int panel = 0; panel < c.PanelCount; panel++)
            for (int row = 0; row < m; row++)
                Assert.That(c.Panel(panel).Slice(row * PanelKernel.Width, PanelKernel.Width)[Math.Min(PanelKernel.Width, n - (panel * PanelKernel.Width))..].ToArray(), Has.All.Zero);
    }

    [Test]
    public void TheUpperBlocksAndTheirMirrorAreTheWholeProduct([Values(10, 48, 205)] int n)
    {
        const int K = 140;
        double[] x = Matrices.Random(K, n);
        using PanelMatrix px = Matrices.Panels(x, K, n), c = new(n, n);
        PanelProduct.MultiplyUpper(px, px, c, threads: 2);
        PanelProduct.Mirror(c, threads: 2);
        Assert.That(Matrices.Distance(c.ToArray(), Matrices.TransposedProduct(x, x, K, n, n)), Is.LessThan(1e-12));
        Assert.That(c[n - 1, 0], Is.EqualTo(c[0, n - 1]));
    }

    [Test]
    public void TheNumberOfThreadsDoesNotShow([Values(2, 3, 7)] int threads)
    {
        const int N = 400;
        double[] a = Matrices.Random(N, N);
        using PanelMatrix pa = Matrices.Panels(a, N, N), one = new(N, N), many = new(N, N);
        PanelProduct.Multiply(pa, pa, one, threads: 1);
        PanelProduct.Multiply(pa, pa, many, threads);
        Assert.That(many.ToArray(), Is.EqualTo(one.ToArray()));
    }

    [Test]
    public void SizesThatDoNotFitAreRefused()
    {
        using PanelMatrix a = new(3, 4), b = new(2, 4), c = new(4, 4);
        Assert.That(() => PanelProduct.Multiply(a, b, c, 1), Throws.ArgumentException.With.Message.Contains("[3, 4]' times [2, 4]"));
        Assert.That(() => a.CopyFrom(new double[11]), Throws.ArgumentException);
    }
}
