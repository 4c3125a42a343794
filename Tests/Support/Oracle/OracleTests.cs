using WrnEngine.Devices;

namespace WrnEngine.Tests.Support.Oracle;

/// <summary>The oracle against numbers worked out by hand.</summary>
public class OracleTests
{
    private static void AreEqual(RefArray actual, params double[] expected) =>
        TensorAssert.AreClose(actual, new RefArray(actual.Shape, expected), 1e-12);

    [Test]
    public void BroadcastingAlignsAtTheEnd()
    {
        var a = RefArray.From([2, 3], 1, 2, 3, 4, 5, 6);
        AreEqual(ElementwiseOracle.Binary(BinaryOp.Subtract, a, RefArray.From([3], 1, 1, 2)), 0, 1, 1, 3, 4, 4);
        AreEqual(ElementwiseOracle.Binary(BinaryOp.Divide, a, RefArray.From([2, 1], 1, 2)), 1, 2, 3, 2, 2.5, 3);
        AreEqual(ElementwiseOracle.Binary(BinaryOp.Add, RefArray.From([2, 1], 10, 20), RefArray.From([1, 2], 1, 2)), 11, 12, 21, 22);
    }

    [Test]
    public void SumToAddsOverRepeatedAxes()
    {
        var a = RefArray.From([2, 3], 1, 2, 3, 4, 5, 6);
        AreEqual(ElementwiseOracle.SumTo(a, [3]), 5, 7, 9);
        AreEqual(ElementwiseOracle.SumTo(a, [2, 1]), 6, 15);
        AreEqual(ElementwiseOracle.SumTo(a, []), 21);
    }

    [Test]
    public void MatMulInAllTranspositions()
    {
        var a = RefArray.From([2, 3], 1, 2, 3, 4, 5, 6);
        var b = RefArray.From([3, 2], 1, 0, 2, 1, 0, 3);
        double[] product = [5, 11, 14, 23];
        AreEqual(MatMulOracle.MatMul(a, false, b, false), product);
        AreEqual(MatMulOracle.MatMul(MatMulOracle.Transpose(a), true, MatMulOracle.Transpose(b), true), product);
    }

    [Test]
    public void ConvolutionIsACrossCorrelation()
    {
        var s = new Conv2dShape(1, 1, 3, 3, 1, 2, 2, 1, 1, 0, 0);
        var x = RefArray.From([1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9);
        var weight = RefArray.From([1, 1, 2, 2], 1, 2, 3, 4);
        AreEqual(ConvOracle.Forward(s, x, weight), 37, 47, 67, 77);
        var ones = RefArray.From([1, 1, 2, 2], 1, 1, 1, 1);
        AreEqual(ConvOracle.BackwardInput(s, ones, weight), 1, 3, 2, 4, 10, 6, 3, 7, 4);
        AreEqual(ConvOracle.BackwardWeight(s, x, ones), 12, 16, 24, 28);
    }

    [Test]
    public void ConvolutionWithStrideAndPadding()
    {
        var s = new Conv2dShape(1, 2, 2, 3, 1, 1, 3, 2, 2, 0, 1);
        var x = RefArray.From([1, 2, 2, 3], 1, 2, 3, 9, 9, 9, 10, 20, 30, 9, 9, 9);
        AreEqual(ConvOracle.Forward(s, x, RefArray.From([1, 2, 1, 3], 1, 2, 3, 1, 0, -1)), 8 - 20, 8 + 20);
    }

    [Test]
    public void PrologueAndEpilogues()
    {
        var x = RefArray.From([1, 2, 1, 2], 1, -2, 3, 4);
        var scale = RefArray.From([2], 2, -1);
        var shift = RefArray.From([2], 1, 3.5);
        AreEqual(ConvOracle.Prologue(x, scale, shift, relu: false), 3, -3, 0.5, -0.5);
        AreEqual(ConvOracle.Prologue(x, scale, shift, relu: true), 3, 0, 0.5, 0);
        var mean = RefArray.From([2], 0.5, 1);
        var (grad, sumGrad, sumGradDeviation) = ConvOracle.BackwardEpilogue(RefArray.From([1, 2, 1, 2], 10, 20, 30, 40), x, mean, scale, shift, relu: true);
        AreEqual(grad, 10, 0, 30, 0);
        AreEqual(sumGrad, 10, 30);
        AreEqual(sumGradDeviation, 5, 60);
        (grad, sumGrad, sumGradDeviation) = ConvOracle.BackwardEpilogue(RefArray.From([1, 2, 1, 2], 10, 20, 30, 40), x, mean, scale, shift, relu: false);
        AreEqual(grad, 10, 20, 30, 40);
        AreEqual(sumGrad, 30, 70);
        AreEqual(sumGradDeviation, -45, 180);
    }

    [Test]
    public void BatchNormStatistics()
    {
        var x = RefArray.From([2, 2, 1, 1], 1, 10, 3, 20);
        var (mean, variance) = NormOracle.Statistics(x);
        AreEqual(mean, 2, 15);
        AreEqual(variance, 1, 25);
        AreEqual(NormOracle.Forward(x, RefArray.From([2], 2, 1), RefArray.From([2], 0, 0.5), 0, relu: false), -2, -0.5, 2, 1.5);
        AreEqual(NormOracle.Forward(x, RefArray.From([2], 2, 1), RefArray.From([2], 0, 0.5), 0, relu: true), 0, 0, 2, 1.5);
        var (runningMean, runningVar) = NormOracle.UpdateRunning(RefArray.From([2], 0, 5), RefArray.From([2], 1, 1), mean, variance, 2, 0.1);
        AreEqual(runningMean, 0.2, 6);
        AreEqual(runningVar, 1.1, 5.9);
    }

    [Test]
    public void MaxPoolTakesTheFirstOfEqualsAndLeavesPaddingOut()
    {
        var s = new Pool2dShape(1, 1, 2, 3, 2, 2, 1, 1, 1, 1);
        var (y, index) = PoolOracle.Max(s, RefArray.From([1, 1, 2, 3], -5, -1, -1, -4, -2, -1));
        AreEqual(y, -5, -1, -1, -1, -4, -1, -1, -1, -4, -2, -1, -1);
        AreEqual(index, 0, 1, 1, 2, 3, 1, 1, 2, 3, 4, 5, 5);
        var gradX = PoolOracle.MaxBackward(s, index, new RefArray(y.Shape).Map(_ => 1));
        AreEqual(gradX, 1, 4, 2, 2, 1, 2);
    }

    [Test]
    public void AveragePoolCountsPadding()
    {
        var s = new Pool2dShape(1, 1, 2, 2, 2, 2, 2, 2, 1, 1);
        AreEqual(PoolOracle.Average(s, RefArray.From([1, 1, 2, 2], 4, 8, 12, 16)), 1, 2, 3, 4);
        AreEqual(PoolOracle.AverageBackward(s, RefArray.From([1, 1, 2, 2], 4, 8, 12, 16)), 1, 2, 3, 4);
    }

    [Test]
    public void CrossEntropyOfUniformLogits()
    {
        var logits = new RefArray([2, 4]);
        var labels = RefArray.From([2], 1, 3);
        Assert.That(LossOracle.CrossEntropy(logits, labels, 0.1), Is.EqualTo(Math.Log(4)).Within(1e-12));
        AreEqual(
            LossOracle.CrossEntropyBackward(LossOracle.LogSoftmax(logits), labels, 0, 1), 0.125, -0.375, 0.125, 0.125, 0.125, 0.125, 0.125, -0.375);
        // Half of the target moves to all classes: (1 - 0.5 - 0.5 / 4) / 2 away from the label.
        AreEqual(
            LossOracle.CrossEntropyBackward(LossOracle.LogSoftmax(logits), labels, 0.5, 1), 0.0625, -0.1875, 0.0625, 0.0625, 0.0625, 0.0625, 0.0625, -0.1875);
    }

    [Test]
    public void LogSoftmaxOfKnownOdds() => AreEqual(
        LossOracle.LogSoftmax(RefArray.From([2, 2], 0, Math.Log(3), 1000, 1000)), Math.Log(0.25), Math.Log(0.75), Math.Log(0.5), Math.Log(0.5));

    [Test]
    public void RankingPutsTheLowerOfEqualClassesFirst()
    {
        var logits = RefArray.From([3, 3], 5, 5, 1, 1, 5, 5, double.NaN, 9, 1);
        AreEqual(LossOracle.ArgMax(RefArray.From([2, 3], 5, 5, 1, 1, 5, 5)), 0, 1);
        Assert.That(LossOracle.TopKCount(logits, RefArray.From([3], 1, 1, 1), 1), Is.EqualTo(1));
        Assert.That(LossOracle.TopKCount(logits, RefArray.From([3], 1, 2, 1), 2), Is.EqualTo(2));
    }

    [Test]
    public void PhiloxMatchesThePublishedVectors()
    {
        Assert.That(PhiloxOracle.Draw([0, 0, 0, 0], 0), Is.EqualTo(new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 }));
        const uint Ones = 0xffffffff;
        Assert.That(PhiloxOracle.Draw([Ones, Ones, Ones, Ones], ulong.MaxValue), Is.EqualTo(new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd }));
        Assert.That(
            PhiloxOracle.Draw([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], 0x299f31d0a4093822),
            Is.EqualTo(new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 }));
    }

    [Test]
    public void SgdByHand()
    {
        var (w, g, b) = (RefArray.From([1], 2), RefArray.From([1], 0.5), RefArray.From([1], 3));
        // g' = 0.5 + 0.1 * 2 = 0.7
        AreEqual(SgdOracle.Step(w, g, null, 0.1, 0, 0, 0.1, false).Parameter, 1.93);
        var first = SgdOracle.Step(w, g, null, 0.1, 0.9, 0.5, 0.1, false);
        AreEqual(first.Buffer!, 0.7);
        AreEqual(first.Parameter, 1.93);
        var next = SgdOracle.Step(w, g, b, 0.1, 0.9, 0.5, 0.1, false);
        AreEqual(next.Buffer!, 3.05);
        AreEqual(next.Parameter, 1.695);
        var nesterov = SgdOracle.Step(w, g, b, 0.1, 0.9, 0, 0.1, true);
        AreEqual(nesterov.Buffer!, 3.4);
        AreEqual(nesterov.Parameter, 2 - 0.1 * (0.7 + 0.9 * 3.4));
    }
}
