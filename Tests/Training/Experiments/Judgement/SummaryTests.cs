using WrnEngine.Training;
using WrnEngine.Training.Experiments.Judgement;

namespace WrnEngine.Tests.Training.Experiments.Judgement;

/// <summary>Summaries and Welch's interval, by hand.</summary>
[TestFixture]
[Category("Training")]
internal sealed class SummaryTests
{
    [Test]
    public void ASummaryOfFive()
    {
        var s = Summary.Of([4, 1, 3, 10, 2]);
        Assert.That((s.Count, s.Mean, s.Median, s.Smallest, s.Largest), Is.EqualTo((5, 4, 3, 1, 10)));
        Assert.That(s.Deviation, Is.EqualTo(Math.Sqrt(50.0 / 4)).Within(1e-12));
        Assert.That(Summary.Of([1, 2, 4, 8]).Median, Is.EqualTo(3));
    }

    [Test]
    public void FewNumbersSayLittle()
    {
        Assert.That(Summary.Of([7]).Deviation, Is.NaN);
        Assert.That(Summary.Of([7]).Mean, Is.EqualTo(7));
        Assert.That(Summary.Of([]).Mean, Is.NaN);
    }

    [Test]
    public void AnIntervalByHand()
    {
        // Variances 1 and 4 of three each: the error of the difference is the root of 5 / 3, with (5/3)^2 / ((1/3)^2 / 2 + (4/3)^2 / 2) = 50 / 17 degrees of freedom.
        var interval = Interval.OfDifference(Summary.Of([1, 2, 3]), Summary.Of([8, 10, 12]), 0.95)!.Value;
        double reach = StudentT.Quantile(0.975, 50.0 / 17) * Math.Sqrt(5.0 / 3);
        Assert.That(interval.Centre, Is.EqualTo(8));
        Assert.That(interval.Low, Is.EqualTo(8 - reach).Within(1e-9));
        Assert.That(interval.High, Is.EqualTo(8 + reach).Within(1e-9));
        Assert.That(reach, Is.EqualTo(4.1553995).Within(1e-6));
    }

    [Test]
    public void EqualVariancesAndCountsGiveStudentsInterval()
    {
        var interval = Interval.OfDifference(Summary.Of([1, 2, 3]), Summary.Of([2, 3, 4]), 0.95)!.Value;
        Assert.That(interval.High - interval.Centre, Is.EqualTo(2.7764451 * Math.Sqrt(2.0 / 3)).Within(1e-6));
    }

    [Test]
    public void WithoutASpreadThereIsNoInterval()
    {
        Assert.That(Interval.OfDifference(Summary.Of([1]), Summary.Of([2, 3]), 0.95), Is.Null);
        Assert.That(Interval.OfDifference(Summary.Of([1, 1]), Summary.Of([2, 2]), 0.95), Is.Null);
        Assert.That(Interval.OfDifference(Summary.Of([1, 1]), Summary.Of([2, 3]), 0.95), Is.Not.Null);
    }
}
