using WrnEngine.Training.Experiments.Judgement;

namespace WrnEngine.Tests.Training.Experiments.Judgement;

/// <summary>Student's t and what it rests on, by values in closed form and by printed tables.</summary>
[TestFixture]
[Category("Training")]
internal sealed class StudentTTests
{
    [TestCase(0.975, 1, 12.706204736432095)]
    [TestCase(0.975, 2, 4.302652729696142)]
    [TestCase(0.975, 3, 3.182446305284263)]
    [TestCase(0.975, 4, 2.776445105197799)]
    [TestCase(0.975, 10, 2.2281388519649385)]
    [TestCase(0.975, 30, 2.0422724563012373)]
    [TestCase(0.975, 1e9, 1.959963984540054)]
    [TestCase(0.95, 5, 2.015048372669157)]
    [TestCase(0.995, 2, 9.92484320091807)]
    [TestCase(0.9995, 1, 636.6192487687)]
    public void QuantilesAreThoseOfTables(double probability, double freedom, double t) =>
        Assert.That(StudentT.Quantile(probability, freedom), Is.EqualTo(t).Within(1e-6));

    [Test]
    public void QuantilesOfOneAndTwoDegreesHaveClosedForms([Values(0.5, 0.51, 0.75, 0.9, 0.99, 0.9999)] double p)
    {
        double one = Math.Tan(Math.PI * (p - 0.5)), two = ((2 * p) - 1) * Math.Sqrt(2 / (1 - (((2 * p) - 1) * ((2 * p) - 1))));
        Assert.That(StudentT.Quantile(p, 1), Is.EqualTo(one).Within(1e-6));
        Assert.That(StudentT.Quantile(p, 2), Is.EqualTo(two).Within(1e-6));
        Assert.That(StudentT.Quantile(1 - p, 2), Is.EqualTo(-two).Within(1e-6));
    }

    [Test]
    public void DegreesOfFreedomNeedNotBeWhole()
    {
        double low = StudentT.Quantile(0.975, 2), middle = StudentT.Quantile(0.975, 2.5), high = StudentT.Quantile(0.975, 3);
        Assert.That(middle, Is.GreaterThan(high).And.LessThan(low));
        Assert.That(Probability(middle, 2.5), Is.EqualTo(0.975).Within(1e-8), "by integration of the density");
    }

    [Test]
    public void WhatHasNoQuantileIsRefused()
    {
        Assert.That(() => StudentT.Quantile(1, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => StudentT.Quantile(0, 3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => StudentT.Quantile(0.9, 0.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => StudentT.Quantile(0.9, double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void TheIncompleteBetaFunctionHasClosedForms([Values(0, 0.1, 0.5, 0.77, 1)] double x)
    {
        Assert.That(IncompleteBeta.Of(x, 1, 1), Is.EqualTo(x).Within(1e-12));
        Assert.That(IncompleteBeta.Of(x, 3, 1), Is.EqualTo(x * x * x).Within(1e-12));
        Assert.That(IncompleteBeta.Of(x, 0.5, 0.5), Is.EqualTo(2 / Math.PI * Math.Asin(Math.Sqrt(x))).Within(1e-12));
        Assert.That(IncompleteBeta.Of(x, 2.5, 7.1) + IncompleteBeta.Of(1 - x, 7.1, 2.5), Is.EqualTo(1).Within(1e-12));
    }

    [TestCase(1, 0)]
    [TestCase(5, 3.1780538303479458)]
    [TestCase(0.5, 0.5723649429247001)]
    [TestCase(0.25, 1.2880225246980774)]
    [TestCase(101, 363.73937555556347)]
    public void TheGammaFunctionHasKnownValues(double x, double log) => Assert.That(IncompleteBeta.LogGamma(x), Is.EqualTo(log).Within(1e-11));

    /// <summary>Simpson's rule over the density.</summary>
    private static double Probability(double t, double freedom)
    {
        const int Steps = 20_000;
        double scale = Math.Exp(IncompleteBeta.LogGamma((freedom + 1) / 2) - IncompleteBeta.LogGamma(freedom / 2)) / Math.Sqrt(freedom * Math.PI), sum = 0, h = t / Steps;
        for (int i = 0; i <= Steps; i++)
            sum += (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Pow(1 + (i * h * i * h / freedom), -(freedom + 1) / 2);
        return 0.5 + (scale * sum * h / 3);
    }
}
