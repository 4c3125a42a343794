using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Support;

/// <summary>The comparer itself: everything else rests on it.</summary>
public class TensorAssertTests
{
    private static string? Compare(double[] actual, double[] expected, DType dtype = DType.Float32, long length = 1, double? typical = null) =>
        TensorAssert.Compare(new RefArray([actual.Length], actual), new RefArray([expected.Length], expected), dtype, length, typical);

    [Test]
    public void EqualValuesPass() => Assert.That(Compare([1, -2, 0], [1, -2, 0]), Is.Null);

    [Test]
    public void RoundingPasses() => Assert.That(Compare([1 + 1e-7, 3], [1, 3]), Is.Null);

    [TestCase(1.00001, 1)]
    [TestCase(-1, 1)]
    [TestCase(0, 1e-3)]
    public void AnErrorFails(double actual, double expected) => Assert.That(Compare([actual, 1], [expected, 1]), Does.Contain("1 of 2 elements are off").And.Contains("[0]"));

    [TestCase(double.NaN, 1)]
    [TestCase(1, double.NaN)]
    [TestCase(double.PositiveInfinity, 1)]
    [TestCase(double.PositiveInfinity, double.NegativeInfinity)]
    [TestCase(double.NaN, double.PositiveInfinity)]
    [TestCase(double.PositiveInfinity, double.NaN)]
    [TestCase(1, double.PositiveInfinity)]
    public void NaNAndInfinityNeverPassForSomethingElse(double actual, double expected) =>
        Assert.That(Compare([1, actual], [1, expected], typical: 1e30), Does.Contain("at [1] is"));

    [Test]
    public void NaNPassesWhereTheOracleHasIt() => Assert.That(Compare([double.NaN, 1], [double.NaN, 1]), Is.Null);

    [Test]
    public void AllNaNDoesNotPass() => Assert.That(Compare([double.NaN, double.NaN], [0, 0]), Is.Not.Null);

    [Test]
    public void NaNAsTypicalSizeDoesNotPass() => Assert.That(Compare([1], [2], typical: double.NaN), Is.Not.Null);

    [Test]
    public void OverflowOfTheTypeIsItsInfinity() => Assert.That(Compare([double.PositiveInfinity], [1e39]), Is.Null);

    [Test]
    public void TheTypicalSizeIgnoresInfinities() => Assert.That(Compare([double.PositiveInfinity, 1.001], [1e39, 1]), Does.Contain("[1]"));

    [Test]
    public void IntegersMustBeEqual() => Assert.That(Compare([1_000_001], [1_000_000], DType.Int32), Does.Contain("i32[1]"));

    [Test]
    public void TheWorstElementIsNamedWithBothValues() =>
        Assert.That(
            TensorAssert.Compare(RefArray.From([2, 2], 1, 1.1, 1, 7), RefArray.From([2, 2], 1, 1, 1, 2), DType.Float32, 1, null),
            Does.Contain("2 of 4").And.Contains("at [1, 1]").And.Contains("is 7").And.Contains("expected 2").And.Contains("f32[2, 2]"));

    [Test]
    public void ShapesMustBeEqual() =>
        Assert.That(TensorAssert.Compare(new RefArray([2, 1]), new RefArray([1, 2]), DType.Float32, 1, null), Is.EqualTo("shape [2, 1], expected [1, 2]"));

    [Test]
    public void ToleranceGrowsWithTheReductionAndTheType()
    {
        Assert.That(Tolerance.Relative(DType.Float32), Is.LessThan(1e-6));
        Assert.That(Tolerance.Relative(DType.Float32, 10_000), Is.GreaterThan(Tolerance.Relative(DType.Float32)).And.LessThan(1e-4));
        Assert.That(Tolerance.Relative(DType.BFloat16), Is.GreaterThan(0.0078 / 2).And.LessThan(0.03));
    }

    [Test]
    public void BitIdentityDistinguishesZeros()
    {
        Assert.That(() => TensorAssert.AreBitIdentical([0f, float.NaN], [0f, float.NaN]), Throws.Nothing);
        using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext())
            Assert.That(() => TensorAssert.AreBitIdentical([0f], [-0f]), Throws.InstanceOf<AssertionException>());
    }

    [Test]
    [Category("Cpu")]
    public void AFailureIsThrown()
    {
        using var device = new CpuDevice(1, ArenaMode.Separate);
        var t = Tensor.From([1f, 2f], [2], device);
        using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext())
            Assert.That(() => TensorAssert.AreClose(t, RefArray.From([2], 1, 3), what: "sum"), Throws.InstanceOf<AssertionException>().With.Message.Contains("sum: f32[2]"));
        t.Release();
    }
}
