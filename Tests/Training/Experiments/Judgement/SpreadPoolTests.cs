using WrnEngine.Tests.Training.Experiments.Reporting;
using WrnEngine.Training;
using WrnEngine.Training.Experiments.Judgement;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Tests.Training.Experiments.Judgement;

/// <summary>The spread that rows have in common, by hand and by printed tables of F.</summary>
[TestFixture]
[Category("Training")]
internal sealed class SpreadPoolTests
{
    private static readonly double[] One = [9, 10, 11], Two = [18, 20, 22], Three = [27, 30, 33], Wild = [20, 50, 80], Guessing = [89.9, 90, 90.1];

    [Test]
    public void AnIntervalByHand()
    {
        // Variances 1, 4 and 9 of three each: 14 / 3 with 6 degrees of freedom, whose 97.5 % point is 2.4469119.
        var cells = ExperimentSamples.Rows(One, Two, Three).Cells;
        var pool = SpreadPool.Of(cells);
        Assert.That((pool.Variance, pool.Freedom, pool.Rows.Count), Is.EqualTo((14.0 / 3, 6.0, 3)));
        var interval = pool.OfDifference(cells[0], cells[1], 0.95)!.Value;
        Assert.That(interval.Centre, Is.EqualTo(10).Within(1e-12));
        Assert.That(interval.High - interval.Centre, Is.EqualTo(2.4469119 * Math.Sqrt(14.0 / 3 * 2 / 3)).Within(1e-6));
        Assert.That(interval.Centre - interval.Low, Is.EqualTo(interval.High - interval.Centre).Within(1e-12));
    }

    [Test]
    public void ARowThatSpreadsMoreIsJudgedByItsOwn()
    {
        var cells = ExperimentSamples.Rows(One, Two, Three, Wild).Cells;
        var pool = SpreadPool.Of(cells);
        Assert.That(pool.Rows, Is.EquivalentTo(cells.Take(3)));
        Assert.That(pool.Variance, Is.EqualTo(14.0 / 3).Within(1e-12), "the others are not widened by it");
        Assert.That(pool.OfDifference(cells[0], cells[3], 0.95), Is.EqualTo(Interval.OfDifference(Summary.Of(One), Summary.Of(Wild), 0.95)));
    }

    [Test]
    public void ThreeSeedsOfManyRowsDecideWhatThoseOfTwoDoNot()
    {
        double[] near = [11.2, 12.2, 13.2];
        var two = ExperimentSamples.Rows(One, near).Cells;
        var many = ExperimentSamples.Rows(One, near, One, One, One, One, One, One).Cells;
        Assert.That(SpreadPool.Of(two).OfDifference(two[0], two[1], 0.95)!.Value.Low, Is.LessThan(0));
        Assert.That(SpreadPool.Of(many).OfDifference(many[0], many[1], 0.95)!.Value.Low, Is.GreaterThan(0));
    }

    [Test]
    public void WhatGuessesOrIsNotDoneIsNoPart()
    {
        var cells = ExperimentSamples.Rows(One, Two, Guessing, [12], [], [5, double.NaN, 6]).Cells;
        var pool = SpreadPool.Of(cells);
        Assert.That(pool.Rows, Is.EquivalentTo(cells.Take(2)));
        Assert.That((pool.Variance, pool.Freedom), Is.EqualTo((2.5, 4.0)));
        Assert.That(SpreadPool.Of([]).OfDifference(cells[0], cells[3], 0.95), Is.Null);
        Assert.That(SpreadPool.Of(ExperimentSamples.Rows([7, 7, 7], [8, 8, 8]).Cells) is { Variance: 0 } flat
            ? flat.OfDifference(flat.Rows.First(), flat.Rows.Last(), 0.95) : new Interval(0, 0, 0), Is.Null, "no spread is no sign of precision");
    }

    /// <summary>Upper 5 and 1 % points of F.</summary>
    [TestCase(2, 4, 0.05, 6.944)]
    [TestCase(2, 16, 0.05, 3.634)]
    [TestCase(3, 10, 0.01, 6.552)]
    [TestCase(4, 6, 0.05, 4.534)]
    public void TheFTestIsThatOfTables(int freedom, int otherFreedom, double level, double f)
    {
        Assert.That(SpreadPool.IsLarger(f * 1.001 * freedom, freedom, otherFreedom, otherFreedom, level));
        Assert.That(SpreadPool.IsLarger(f * 0.999 * freedom, freedom, otherFreedom, otherFreedom, level), Is.False);
        Assert.That(SpreadPool.IsLarger(1, freedom, 0, otherFreedom, level), "against none");
        Assert.That(SpreadPool.IsLarger(0, freedom, 0, otherFreedom, level), Is.False);
    }
}
