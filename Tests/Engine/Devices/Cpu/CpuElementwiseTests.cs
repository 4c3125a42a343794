using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>What the common op cases leave out: arrays of many blocks, special values, and independence of the number of threads.</summary>
[Category("Cpu")]
public class CpuElementwiseTests
{
    private static readonly Shape Large = [5, 33, 29, 31];

    [Test]
    public void LargeArraysMatchTheOracleForAnyNumberOfThreads()
    {
        var data = new TestData(1);
        RefArray a = data.Normal(Large), b = data.Normal(Large), bias = data.AwayFromZero([33, 1, 1]), row = data.AwayFromZero([31]);
        var results = TeamSizes.SameBits(d =>
        {
            Tensor x = a.ToTensor(d), z = b.ToTensor(d);
            var y = Enumerable.Range(0, 6).Select(_ => Tensor.Empty(Large, d)).ToArray();
            d.Elementwise.Unary(UnaryOp.Exp, x, y[0]);
            d.Elementwise.Binary(BinaryOp.Multiply, x, z, y[1]);
            d.Elementwise.Binary(BinaryOp.Divide, x, bias.ToTensor(d), y[2]);
            d.Elementwise.Binary(BinaryOp.Subtract, row.ToTensor(d), x, y[3]);
            d.Elementwise.AddScaled(x, z, -0.25f, y[4]);
            d.Elementwise.Fill(y[5], 3);
            return y;
        });
        TensorAssert.AreClose(results[0], ElementwiseOracle.Unary(UnaryOp.Exp, a), 2e-7, "exp");
        TensorAssert.AreClose(results[1], ElementwiseOracle.Binary(BinaryOp.Multiply, a, b), 1e-7, "multiply");
        TensorAssert.AreClose(results[2], ElementwiseOracle.Binary(BinaryOp.Divide, a, bias), 1e-7, "divide by a channel's number");
        TensorAssert.AreClose(results[3], ElementwiseOracle.Binary(BinaryOp.Subtract, row, a), 1e-7, "subtract from a column's number");
        TensorAssert.AreClose(results[4], a + b * -0.25, 1e-7, "add scaled");
        TensorAssert.AreClose(results[5], a.Map(_ => 3), 0, "fill");
    }

    [TestCase(1, 33, 1, 1)]
    [TestCase(5, 1, 1, 1)]
    [TestCase(1, 1, 29, 31)]
    [TestCase(5, 33, 1, 1)]
    [TestCase(1, 33, 29, 31)]
    [TestCase(1, 1, 1, 1)]
    [TestCase(5, 33, 29, 31)]
    public void LargeSumsMatchTheOracleForAnyNumberOfThreads(int n, int c, int h, int w)
    {
        // A mean far from zero, so that an addition that drops digits shows.
        var x = new TestData(2).Normal(Large, mean: 10);
        Shape kept = [n, c, h, w];
        var start = new TestData(3).Normal(kept);
        var results = TeamSizes.SameBits(d =>
        {
            Tensor y = Tensor.Empty(kept, d), added = start.ToTensor(d);
            d.Elementwise.ReduceSum(x.ToTensor(d), y, 0.5f, accumulate: false);
            d.Elementwise.ReduceSum(x.ToTensor(d), added, 0.5f, accumulate: true);
            return [y, added];
        });
        var expected = ElementwiseOracle.SumTo(x, kept) * 0.5;
        TensorAssert.AreClose(results[0], expected, 2e-7);
        TensorAssert.AreClose(results[1], expected + start, 2e-7, "accumulated");
    }

    [Test]
    public void ASumOverTheOuterAxisOfALongRowIsCutAlongTheRow()
    {
        var x = new TestData(4).Normal([3, 200_003]);
        var result = TeamSizes.SameBits(d =>
        {
            var y = Tensor.Empty([200_003], d);
            d.Elementwise.ReduceSum(x.ToTensor(d), y, 1, accumulate: false);
            return [y];
        })[0];
        TensorAssert.AreClose(result, ElementwiseOracle.SumTo(x, [200_003]), 1e-7);
    }

    [Test]
    public void ReluKeepsNaNAndItsGradientIsZeroAtZero()
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        float[] values = [.. Enumerable.Repeat((float[])[float.NaN, -1, 0, -0f, 2, float.PositiveInfinity, float.NegativeInfinity], 5).SelectMany(v => v)];
        Tensor x = Tensor.From(values, [values.Length], d), y = Tensor.Empty(x.Shape, d), grad = Tensor.Full(x.Shape, 1, d), gradX = Tensor.Empty(x.Shape, d);
        d.Elementwise.Unary(UnaryOp.Relu, x, y);
        d.Elementwise.UnaryBackward(UnaryOp.Relu, y, grad, gradX, accumulate: false);
        float[] relu = [.. Enumerable.Repeat((float[])[float.NaN, 0, 0, 0, 2, float.PositiveInfinity, 0], 5).SelectMany(v => v)];
        float[] slope = [.. Enumerable.Repeat((float[])[1, 0, 0, 0, 1, 1, 0], 5).SelectMany(v => v)];
        TensorAssert.AreBitIdentical(y.ToArray<float>(), relu, "relu");
        TensorAssert.AreBitIdentical(gradX.ToArray<float>(), slope, "gradient");
    }

    [Test]
    public void ANonFiniteElementIsFoundWhereverItIs([Values(1, 15, 16, 33, 100_003)] int count, [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float bad)
    {
        using var d = new CpuDevice(2);
        using var scope = new StepScope();
        var values = new TestData(5).Normal([count]).ToFloats();
        values[0] = float.MaxValue;
        Assert.That(d.Elementwise.HasNonFinite(Tensor.From(values, [count], d)), Is.False);
        foreach (int place in (int[])[0, count / 2, count - 1])
        {
            float kept = values[place];
            values[place] = bad;
            Assert.That(d.Elementwise.HasNonFinite(Tensor.From(values, [count], d)), Is.True, $"at {place}");
            values[place] = kept;
        }
    }

    [Test]
    public void ReshapingALargeImageBatchKeepsTheLogicalOrder()
    {
        float[] values = [.. Enumerable.Range(0, (int)Large.Numel).Select(i => (float)i)];
        using var d = new CpuDevice(3);
        using var scope = new StepScope();
        var x = Tensor.From(values, Large, d);
        foreach (var shape in (Shape[])[[5, 33 * 29 * 31], [33, 5, 31, 29], [5 * 33, 1, 29, 31]])
        {
            var y = Tensor.Empty(shape, d);
            d.Elementwise.CopyLogical(x, y);
            Assert.That(y.ToArray<float>(), Is.EqualTo(values), $"{shape}");
        }
    }

    [Test]
    public void ReshapingBytesIsRefusedInOneSentence()
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        Tensor x = Tensor.Zeros([2, 3], d, DType.UInt8), y = Tensor.Zeros([3, 2], d, DType.UInt8);
        Assert.That(() => d.Elementwise.CopyLogical(x, y), Throws.ArgumentException.With.Message.Contains("u8[2, 3]"));
    }
}
