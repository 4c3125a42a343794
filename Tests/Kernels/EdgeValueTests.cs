using WrnEngine.Devices;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>Values and shapes that the op cases leave out: infinities and NaN, labels that are no class, more elements than a grid has threads.</summary>
public class EdgeValueTests : SimulatedDeviceFixture
{
    private const float Inf = float.PositiveInfinity, NaN = float.NaN;

    [Test]
    public void ExponentialsAreRightToAUnitEverywhere()
    {
        float[] x = [0, -0f, 1, -1, 88.72f, 88.8f, 200, -87.4f, -95, -103.2f, -104.5f, -1000, Inf, -Inf, NaN, 1e-30f, .. Enumerable.Range(-100, 200).Select(i => i * 0.4371f)];
        Close(Run(UnaryOp.Exp, x), x, Math.Exp);
    }

    [Test]
    public void LogarithmsAreRightToAUnitEverywhere()
    {
        float[] x = [0, -0f, 1, 0.99999994f, 1.0000001f, float.Epsilon, 1e-40f, 1.17549435e-38f, float.MaxValue, Inf, NaN, -1, -Inf, 0.70710677f, 0.7071068f,
            .. Enumerable.Range(-120, 240).Select(i => MathF.Pow(2, i) * (1 + 0.01f * (i & 63)))];
        Close(Run(UnaryOp.Log, x), x, Math.Log);
    }

    [Test]
    public void ReluKeepsNaNAndMakesNoNegativeZero() =>
        TensorAssert.AreBitIdentical(Run(UnaryOp.Relu, [NaN, -0f, 0, -1, 1, -Inf, Inf]), [NaN, 0, 0, 0, 1, 0, Inf]);

    [Test]
    public void LogSoftmaxRunsAlongTheLastLogicalAxis()
    {
        var data = new TestData(11);
        Shape shape = [2, 3, 4, 19];
        RefArray x = data.Normal(shape), gradY = data.Normal(shape), start = data.Normal(shape);
        Tensor y = Tensor.Empty(shape, Device), gradX = start.ToTensor(Device);
        Device.Loss.LogSoftmax(x.ToTensor(Device), y);
        Device.Loss.LogSoftmaxBackward(y, gradY.ToTensor(Device), gradX, accumulate: true);
        TensorAssert.AreClose(RefArray.From(y), LossOracle.LogSoftmax(x), 3e-7, "y");
        TensorAssert.AreClose(RefArray.From(gradX), start + LossOracle.LogSoftmaxBackward(RefArray.From(y), gradY), 1e-6, "gradX");
    }

    [Test]
    public void HugeLogitsNeitherOverflowNorMakeNaN()
    {
        Tensor logProbs = Tensor.Empty([1, 4], Device), loss = Tensor.Empty(Shape.Scalar, Device);
        Device.Loss.SoftmaxCrossEntropy(Tensor.From([1e30f, 0, -1e30f, -Inf], [1, 4], Device), Tensor.From([0], [1], Device), 0, logProbs, loss);
        Assert.That(logProbs.ToArray<float>(), Is.EqualTo((float[])[0, -1e30f, -2e30f, -Inf]));
        Assert.That(loss.Item(), Is.Zero);
    }

    [TestCase(-1)]
    [TestCase(10)]
    [TestCase(int.MaxValue)]
    public void ALabelThatIsNoClassMakesItsRowNaN(int label)
    {
        Tensor logits = Tensor.Zeros([3, 10], Device), labels = Tensor.From([0, label, 2], [3], Device), loss = Tensor.Empty(Shape.Scalar, Device);
        Tensor logProbs = Tensor.Empty([3, 10], Device), grad = Tensor.Empty([3, 10], Device), count = Tensor.Empty(Shape.Scalar, Device, DType.Int32);
        Device.Loss.SoftmaxCrossEntropy(logits, labels, 0, logProbs, loss);
        Device.Loss.SoftmaxCrossEntropyBackward(logProbs, labels, 0, Tensor.Full(Shape.Scalar, 1, Device), grad, accumulate: false);
        Device.Loss.TopKCount(logits, labels, 1, count);
        Assert.That(float.IsNaN(loss.Item()));
        Assert.That(grad.ToArray<float>().Select(float.IsNaN), Is.EqualTo(Enumerable.Range(0, 30).Select(i => i / 10 == 1)));
        Assert.That(count.ToArray<int>()[0], Is.EqualTo(1), "of equal logits the first class is ahead");
    }

    [Test]
    public void ArgMaxTakesTheFirstNaNAndTheFirstOfEquals()
    {
        float[] rows = [1, NaN, 5, NaN, -Inf, -Inf, -Inf, -Inf, Inf, 3, Inf, 2, NaN, Inf, 1, 2];
        var index = Tensor.Empty([4], Device, DType.Int32);
        Device.Loss.ArgMax(Tensor.From(rows, [4, 4], Device), index);
        Assert.That(index.ToArray<int>(), Is.EqualTo((int[])[1, 0, 0, 0]));
    }

    /// <summary>A grid has at most 4096 blocks of 256 threads.</summary>
    [Test]
    public void RowsLongerThanTheGridAreTakenInTurns()
    {
        const int Columns = 4096 * 256 + 3;
        Tensor row = Tensor.Full([Columns], 0.5f, Device), y = Tensor.Empty([2, Columns], Device), sum = Tensor.Empty([2, 1], Device);
        Device.Elementwise.Binary(BinaryOp.Add, Tensor.From([1f, 2f], [2, 1], Device), row, y);
        Device.Elementwise.ReduceSum(y, sum, 1, accumulate: false);
        Assert.That(sum.ToArray<float>(), Is.EqualTo((float[])[1.5f * Columns, 2.5f * Columns]));
        Assert.That(Device.Elementwise.HasNonFinite(y), Is.False);
    }

    [Test]
    public void OneOfMillionsIsFound()
    {
        var x = Tensor.Full([5_000_003], 1, Device);
        Assert.That(Device.Elementwise.HasNonFinite(x), Is.False);
        float[] values = x.ToArray<float>();
        values[^1] = NaN;
        x.CopyFrom<float>(values);
        Assert.That(Device.Elementwise.HasNonFinite(x));
    }

    [Test]
    public void NothingIsDoneWithNoElements()
    {
        Tensor empty = Tensor.Empty([0, 3], Device), y = Tensor.Full([3], 7, Device);
        Device.Elementwise.Unary(UnaryOp.Exp, empty, empty);
        Device.Elementwise.Binary(BinaryOp.Add, empty, y, empty);
        Device.Elementwise.ReduceSum(empty, y, 1, accumulate: true);
        Assert.That(y.ToArray<float>(), Is.All.EqualTo(7));
        Device.Elementwise.ReduceSum(empty, y, 1, accumulate: false);
        Assert.That(y.ToArray<float>(), Is.All.Zero);
        Assert.That(Device.Elementwise.HasNonFinite(empty), Is.False);
        Device.Data.Dropout(empty, null, 0.5f, new DropoutKey(1, 2, 3), empty, accumulate: false);
        Device.Optimizer.SgdStep([new SgdSlot(empty, empty, null, 0, true)], new SgdSettings(0.1f, 0, 0, false));
    }

    private float[] Run(UnaryOp op, float[] values)
    {
        var x = Tensor.From(values, [values.Length], Device);
        Device.Elementwise.Unary(op, x, x);
        return x.ToArray<float>();
    }

    private static void Close(float[] actual, float[] x, Func<double, double> function)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double exact = function(x[i]);
            float nearest = (float)exact;
            if (!float.IsFinite(nearest)) Assert.That(actual[i], Is.EqualTo(nearest), $"at {x[i]:R}");
            else Assert.That(Math.Abs(actual[i] - exact), Is.LessThanOrEqualTo(1.5 * (MathF.BitIncrement(MathF.Abs(nearest)) - MathF.Abs(nearest))), $"at {x[i]:R}: {actual[i]:R} for {exact:R}");
        }
    }
}
