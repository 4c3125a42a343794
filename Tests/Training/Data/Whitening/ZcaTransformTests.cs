using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training.Data.Whitening;

[TestFixture]
[Category("Training")]
public class ZcaTransformTests
{
    [Test]
    public void ContrastNormalisationGivesMeanZeroAndNormFiftyFive()
    {
        byte[] image = [3, 200, 17, 90, 255, 0];
        var contrast = ContrastNormalization.Of(image);
        double[] values = [.. image.Select(contrast.Of)];
        Assert.That(values.Sum(), Is.EqualTo(0).Within(1e-12));
        Assert.That(Math.Sqrt(values.Sum(v => v * v)), Is.EqualTo(55).Within(1e-12));
        Assert.That(values[1] / values[3], Is.EqualTo((200 - (565 / 6.0)) / (90 - (565 / 6.0))).Within(1e-10));
    }

    [Test]
    public void AFlatImageBecomesZeros([Values(0, 7, 255)] int value)
    {
        byte[] image = [.. Enumerable.Repeat((byte)value, 3072)];
        var contrast = ContrastNormalization.Of(image);
        Assert.That(contrast.Factor, Is.EqualTo(1));
        Assert.That(image.Select(contrast.Of), Has.All.Zero);
    }

    [TestCase(40, 3, 3)]
    [TestCase(300, 5, 5)]
    [TestCase(1100, 4, 2)]
    public void EqualsTheDefinition(int count, int height, int width)
    {
        var images = TestImages.Create(count, height, width);
        int d = images.ImageSize;
        double[] x = Normalised(images);
        double[] mean = [.. Enumerable.Range(0, d).Select(f => Enumerable.Range(0, count).Average(i => x[(i * d) + f]))];
        for (int i = 0; i < x.Length; i++) x[i] -= mean[i % d];
        double[] covariance = [.. Matrices.TransposedProduct(x, x, count, d, d).Select(v => v / count)];
        for (int i = 0; i < d; i++) covariance[(i * d) + i] += 0.1;
        double[] p = JacobiEigen.InverseSquareRoot(covariance, d);

        using var transform = ZcaTransform.Fit(images, threads: 2);
        Assert.That(Matrices.Distance(transform.Mean, mean), Is.LessThan(1e-11));
        Assert.That(Matrices.Distance(transform.Matrix.ToArray(), p), Is.LessThan(1e-11));
        Assert.That(transform.Residual, Is.LessThan(1e-11));

        int[] indices = [count - 1, 0, 3, 3];
        float[] whitened = new float[indices.Length * d];
        transform.Apply(images, indices, whitened, threads: 2);
        for (int i = 0; i < indices.Length; i++)
            for (int f = 0; f < d; f++)
            {
                double expected = Enumerable.Range(0, d).Sum(g => p[(f * d) + g] * x[(indices[i] * d) + g]);
                Assert.That(whitened[(i * d) + f], Is.EqualTo(expected).Within(1e-7 + (1e-6 * Math.Abs(expected))));
            }
    }

    [Test]
    public void TheCovarianceOfTheWhitenedImagesIsTheIdentityButForTheBias()
    {
        var images = TestImages.Create(2_000, 4, 4);
        int d = images.ImageSize;
        using var transform = ZcaTransform.Fit(images, threads: 2);
        float[] whitened = new float[images.Count * d];
        transform.Apply(images, [.. Enumerable.Range(0, images.Count)], whitened, threads: 2);
        double[] y = [.. whitened.Select(v => (double)v)];
        double[] covariance = [.. Matrices.TransposedProduct(y, y, images.Count, d, d).Select(v => v / images.Count)];
        double[] p = transform.Matrix.ToArray(), squared = Matrices.TransposedProduct(p, p, d, d, d);
        double[] expected = [.. squared.Select((v, i) => (i % (d + 1) == 0 ? 1 : 0) - (0.1 * v))]; // P C P = I - 0.1 P P
        Assert.That(Matrices.Distance(covariance, expected), Is.LessThan(1e-5));
        Assert.That(Enumerable.Range(0, d).Average(i => covariance[(i * d) + i]), Is.InRange(0.9, 1.0));
        Assert.That(Enumerable.Range(0, d).Max(f => Math.Abs(Enumerable.Range(0, images.Count).Average(i => y[(i * d) + f]))), Is.LessThan(1e-6));
    }

    [Test]
    public void EqualChannelsAreNoTrouble() // as in Fashion-MNIST: the covariance is singular
    {
        byte[] grey = TestImages.Create(200, 4, 4).Pixels;
        for (int i = 0; i < grey.Length; i += 3) grey[i + 1] = grey[i + 2] = grey[i];
        using var transform = ZcaTransform.Fit(new ImageDataset("grey", ["a"], 4, 4, grey, new int[200]), threads: 2);
        Assert.That(transform.Residual, Is.LessThan(1e-11));
    }

    [Test]
    public void TheNumberOfThreadsDoesNotShow()
    {
        var images = TestImages.Create(1_300, 8, 6);
        using ZcaTransform one = ZcaTransform.Fit(images, threads: 1), three = ZcaTransform.Fit(images, threads: 3);
        Assert.That(three.Mean, Is.EqualTo(one.Mean));
        Assert.That(three.Matrix.ToArray(), Is.EqualTo(one.Matrix.ToArray()));
        int[] indices = [.. Enumerable.Range(0, images.Count)];
        float[] a = new float[images.Count * images.ImageSize], b = new float[a.Length];
        one.Apply(images, indices, a, threads: 1);
        one.Apply(images, indices, b, threads: 3);
        Assert.That(b, Is.EqualTo(a));
    }

    private static double[] Normalised(ImageDataset images)
    {
        int d = images.ImageSize;
        var x = new double[images.Count * d];
        for (int i = 0; i < images.Count; i++)
        {
            double[] image = [.. images.Image(i).ToArray().Select(v => (double)v)];
            double mean = image.Average(), norm = Math.Sqrt(image.Sum(v => (v - mean) * (v - mean)));
            for (int f = 0; f < d; f++) x[(i * d) + f] = (image[f] - mean) / norm * 55;
        }

        return x;
    }
}
