using WrnEngine.Devices;
using WrnEngine.Ops;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Ops;

/// <summary>Values at the edges of the number range, and what ops promise beside their result.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
[LeakCheck]
public class OpBehaviourTests(TestDevice device) : DeviceFixture(device)
{
    private const float Inf = float.PositiveInfinity;

    /// <summary>The values several times over, so that they pass through vectors and tails alike.</summary>
    private float[] Each(Func<Tensor, Tensor> op, params float[] values)
    {
        using var scope = new StepScope();
        const int Copies = 11;
        var repeated = Enumerable.Repeat(values, Copies).SelectMany(v => v).ToArray();
        var result = op(Tensor.From(repeated, [repeated.Length], Device)).ToArray<float>();
        var first = result[..values.Length];
        for (int i = 0; i < result.Length; i++)
            TensorAssert.AreBitIdentical([result[i]], [first[i % values.Length]], $"element {i}, a copy of {repeated[i]}, vector and tail");
        return first;
    }

    private static void AreClose(float[] actual, params float[] expected) => Assert.That(
        TensorAssert.Compare(
            new RefArray([actual.Length], Array.ConvertAll(actual, v => (double)v)),
            new RefArray([expected.Length], Array.ConvertAll(expected, v => (double)v)), DType.Float32, 1, typical: 0),
        Is.Null);

    [Test]
    public void ExpOverItsWholeRange() => AreClose(
        Each(x => x.Exp(), float.NaN, Inf, -Inf, 0, -0f, 1, 88.72f, 89, -80, -87.3f, -200, 1e-10f),
        float.NaN, Inf, 0, 1, 1, MathF.E, MathF.Exp(88.72f), Inf, MathF.Exp(-80), MathF.Exp(-87.3f), 0, 1);

    [Test]
    public void LogOverItsWholeRange() => AreClose(
        Each(x => x.Log(), float.NaN, Inf, 0, -0f, -1, -Inf, 1, 2, 1e-38f, 3e38f, 0.99f),
        float.NaN, Inf, -Inf, -Inf, float.NaN, float.NaN, 0, MathF.Log(2), MathF.Log(1e-38f), MathF.Log(3e38f), MathF.Log(0.99f));

    [Test]
    public void LogOfSubnormalNumbers() => AreClose(Each(x => x.Log(), 1e-40f, 1e-45f), MathF.Log(1e-40f), MathF.Log(1e-45f));

    [Test]
    public void ExpIsAccurateToTwoUnits()
    {
        var data = TestData.For("exp").Uniform([20_000], -87, 88);
        using var scope = new StepScope();
        var y = Upload(data).Exp().ToArray<float>();
        for (int i = 0; i < y.Length; i++)
        {
            double exact = Math.Exp(data.Values[i]);
            Assert.That(Math.Abs(y[i] - exact) <= 2 * (MathF.BitIncrement((float)exact) - (float)exact), $"exp({data.Values[i]}) is {y[i]}, exactly {exact}");
        }
    }

    [Test]
    public void SqrtOverItsWholeRange() => AreClose(
        Each(x => x.Sqrt(), float.NaN, Inf, 0, -1, 4, 1e-38f, 2), float.NaN, Inf, 0, float.NaN, 2, MathF.Sqrt(1e-38f), MathF.Sqrt(2));

    [Test]
    public void ReluKeepsNaN() => AreClose(Each(x => x.Relu(), float.NaN, Inf, -Inf, -0f, 1e-45f, -1), float.NaN, Inf, 0, 0, 1e-45f, 0);

    [Test]
    public void DivisionByZero() => AreClose(Each(x => x / 0f, 1, -1, 0, float.NaN), Inf, -Inf, float.NaN, float.NaN);

    [Test]
    public void ReluHasNoGradientAtZero()
    {
        using var scope = new StepScope();
        using var tape = new WrnEngine.Autograd.GradTape();
        var x = Tensor.From([0f, -0f, 1e-30f, -1e-30f], [4], Device);
        x.RequiresGrad = true;
        tape.Backward(x.Relu().Sum());
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 0, 0, 1, 0 }));
    }

    [Test]
    public void ANaNReachesTheLoss()
    {
        using var scope = new StepScope();
        var logits = Tensor.From([1f, 2f, float.NaN, 0f], [2, 2], Device);
        var labels = Tensor.From([0, 1], [2], Device);
        Assert.That(logits.SoftmaxCrossEntropy(labels).Item(), Is.NaN);
        Assert.That(Device.Elementwise.HasNonFinite(logits), Is.True);
    }

    [Test]
    public void LogitsOfAnySizeGiveAFiniteLoss()
    {
        using var scope = new StepScope();
        var labels = Tensor.From([0, 1], [2], Device);
        var right = Tensor.From([1e4f, -1e4f, -1e4f, 1e4f], [2, 2], Device);
        Assert.That(right.SoftmaxCrossEntropy(labels).Item(), Is.Zero);
        Assert.That((-right).SoftmaxCrossEntropy(labels).Item(), Is.EqualTo(2e4f));
    }

    [Test]
    public void DropoutWithoutDroppingIsItsInput()
    {
        using var scope = new StepScope();
        var x = Tensor.Zeros([2, 3], Device);
        Assert.That(x.Dropout(0, default), Is.SameAs(x));
    }

    [Test]
    public void DropoutKeepsTheMeanAndTheShare()
    {
        using var scope = new StepScope();
        const float P = 0.3f;
        var y = Tensor.Full([10, 100, 10, 10], 1, Device).Dropout(P, new DropoutKey(5, 1, 2), Tensor.From(Enumerable.Range(0, 10).ToArray(), [10], Device));
        var values = y.ToArray<float>();
        Assert.That(values.Count(v => v == 0) / (double)values.Length, Is.EqualTo(P).Within(0.01));
        Assert.That(values.Average(), Is.EqualTo(1).Within(0.01));
        Assert.That(values.Distinct().Order(), Is.EqualTo(new[] { 0, 1 / (1 - P) }).Within(1e-6));
    }

    [Test]
    public void DropoutDiffersByStepLayerSampleAndSeed()
    {
        using var scope = new StepScope();
        var x = Tensor.Full([2, 500], 1, Device);
        float[] Mask(DropoutKey key, params int[] samples) => x.Dropout(0.5f, key, Tensor.From(samples, [2], Device)).ToArray<float>();
        var reference = Mask(new DropoutKey(1, 1, 1), 7, 8);
        Assert.That(Mask(new DropoutKey(1, 1, 1), 7, 8), Is.EqualTo(reference));
        foreach (var other in (DropoutKey[])[new(2, 1, 1), new(1UL << 40 | 1, 1, 1), new(1, 2, 1), new(1, 1, 2)])
            Assert.That(Mask(other, 7, 8).Zip(reference).Count(p => p.First == p.Second), Is.InRange(400, 600), other.ToString());
        var swapped = Mask(new DropoutKey(1, 1, 1), 8, 7);
        Assert.That(swapped[..500], Is.EqualTo(reference[500..]), "the mask belongs to the sample, not to its place in the batch");
    }

    [Test]
    public void BatchNormMovesTheRunningStatistics()
    {
        using var scope = new StepScope();
        var x = Tensor.From([1f, 10f, 3f, 20f], [2, 2], Device);
        var (one, zero) = (Tensor.Full([2], 1, Device), Tensor.Zeros([2], Device));
        var (mean, variance) = (Tensor.From([0f, 5f], [2], Device), Tensor.From([1f, 1f], [2], Device));
        x.BatchNorm(one, zero, mean, variance, momentum: 0.1f);
        Assert.That(mean.ToArray<float>(), Is.EqualTo(new[] { 0.2f, 6f }).Within(1e-5).Percent);
        Assert.That(variance.ToArray<float>(), Is.EqualTo(new[] { 1.1f, 5.9f }).Within(1e-5).Percent, "towards the unbiased variances 2 and 50");
        x.BatchNormInference(one, zero, mean, variance);
        Assert.That(mean.ToArray<float>(), Is.EqualTo(new[] { 0.2f, 6f }).Within(1e-5).Percent, "evaluation leaves them alone");
    }

    [Test]
    public void TopKCountsAndArgMax()
    {
        using var scope = new StepScope();
        var logits = Tensor.From([0.1f, 0.9f, 0.5f, 0.7f, 0.2f, 0.3f], [2, 3], Device);
        var labels = Tensor.From([2, 0], [2], Device);
        Assert.That(logits.ArgMax().ToArray<int>(), Is.EqualTo(new[] { 1, 0 }));
        Assert.That(Enumerable.Range(1, 3).Select(k => logits.TopKCount(labels, k).ToArray<int>()[0]), Is.EqualTo(new[] { 1, 2, 2 }));
    }

    /// <summary>Outside a step scope a caller can release an op's result and nothing else, so nothing else may be left.</summary>
    [Test]
    public void AnOpLeavesNothingBesideItsResult()
    {
        var image = Tensor.Full([2, 3, 4, 4], 1, Device);
        var matrix = Tensor.Full([2, 3], 1, Device);
        var vector = Tensor.Full([3], 1, Device);
        var labels = Tensor.Zeros([2], Device, DType.Int32);
        var ops = new Dictionary<string, Func<Tensor>>
        {
            ["sum"] = () => image.Sum(),
            ["mean over axes"] = () => image.Mean([0, 2, 3]),
            ["plus a number"] = () => image + 2f,
            ["minus a number"] = () => image - 2f,
            ["times a number"] = () => 2f * image,
            ["by a number"] = () => image / 2f,
            ["global average pool"] = () => image.GlobalAveragePool2d(),
            ["max pool"] = () => image.MaxPool2d(2),
            ["average pool"] = () => image.AveragePool2d(2),
            ["batch norm"] = () => image.BatchNorm(vector, vector, null, null),
            ["cross-entropy"] = () => matrix.SoftmaxCrossEntropy(labels),
            ["log-softmax"] = () => matrix.LogSoftmax(),
            ["flatten"] = () => image.Flatten(),
            ["linear"] = () => matrix.Linear(matrix),
            ["dropout"] = () => image.Dropout(0.5f, default),
        };
        int live = Device.Memory.LiveBuffers;
        Assert.Multiple(() =>
        {
            foreach (var (name, op) in ops)
            {
                op().Release();
                Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(live), name);
                live = Device.Memory.LiveBuffers;
            }
        });
        foreach (var t in (Tensor[])[image, matrix, vector, labels]) t.Release();
    }
}
