using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>Losses on many rows, for any number of threads, extreme logits, and labels that are not classes.</summary>
[Category("Cpu")]
public class CpuLossTests
{
    [TestCase(4099, 10)]
    [TestCase(130, 1001)]
    public void LargeBatchesMatchTheOracleForAnyNumberOfThreads(int samples, int classes)
    {
        var data = new TestData(10);
        Shape shape = [samples, classes];
        RefArray logits = data.Normal(shape, std: 3), labels = data.Integers([samples], classes), gradY = data.Normal(shape);
        var results = TeamSizes.SameBits(d =>
        {
            Tensor x = logits.ToTensor(d), target = labels.ToTensor(d, DType.Int32), logProbs = Tensor.Empty(shape, d), loss = Tensor.Empty(Shape.Scalar, d);
            Tensor gradLogits = Tensor.Empty(shape, d), gradX = Tensor.Empty(shape, d);
            d.Loss.SoftmaxCrossEntropy(x, target, 0.1f, logProbs, loss);
            d.Loss.SoftmaxCrossEntropyBackward(logProbs, target, 0.1f, Tensor.Full(Shape.Scalar, 2, d), gradLogits, accumulate: false);
            d.Loss.LogSoftmaxBackward(logProbs, gradY.ToTensor(d), gradX, accumulate: false);
            Tensor index = Tensor.Empty([samples], d, DType.Int32), count = Tensor.Empty(Shape.Scalar, d, DType.Int32);
            d.Loss.ArgMax(x, index);
            d.Loss.TopKCount(x, target, 5, count);
            Assert.That(index.ToArray<int>(), Is.EqualTo(LossOracle.ArgMax(logits).Values.Select(v => (int)v).ToArray()), "argmax");
            Assert.That(count.ToArray<int>()[0], Is.EqualTo(LossOracle.TopKCount(logits, labels, 5)), "top 5");
            return [logProbs, loss, gradLogits, gradX];
        });
        var exact = LossOracle.LogSoftmax(logits);
        TensorAssert.AreClose(results[0], exact, 3e-7, "log-probabilities");
        TensorAssert.AreClose(results[1], RefArray.Scalar(LossOracle.CrossEntropy(logits, labels, 0.1f)), 1e-6, "loss");
        TensorAssert.AreClose(results[2], LossOracle.CrossEntropyBackward(exact, labels, 0.1f, 2), 1e-6, "gradient of the logits");
        TensorAssert.AreClose(results[3], LossOracle.LogSoftmaxBackward(exact, gradY), 2e-6, "gradient of log-softmax");
    }

    /// <summary>The last axis of a rank-4 tensor is not contiguous in memory.</summary>
    [Test]
    public void LogSoftmaxRunsAlongTheLastLogicalAxis()
    {
        var data = new TestData(11);
        Shape shape = [2, 3, 4, 19];
        RefArray x = data.Normal(shape), gradY = data.Normal(shape), start = data.Normal(shape);
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        Tensor y = Tensor.Empty(shape, d), gradX = start.ToTensor(d);
        d.Loss.LogSoftmax(x.ToTensor(d), y);
        d.Loss.LogSoftmaxBackward(y, gradY.ToTensor(d), gradX, accumulate: true);
        TensorAssert.AreClose(RefArray.From(y), LossOracle.LogSoftmax(x), 3e-7, "y");
        TensorAssert.AreClose(RefArray.From(gradX), start + LossOracle.LogSoftmaxBackward(RefArray.From(y), gradY), 1e-6, "gradX");
    }

    [Test]
    public void HugeLogitsNeitherOverflowNorMakeNaN()
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        float[] values = [1e30f, 0, -1e30f, float.NegativeInfinity];
        Tensor logProbs = Tensor.Empty([1, 4], d), loss = Tensor.Empty(Shape.Scalar, d);
        d.Loss.SoftmaxCrossEntropy(Tensor.From(values, [1, 4], d), Tensor.From([0], [1], d), 0, logProbs, loss);
        Assert.That(logProbs.ToArray<float>(), Is.EqualTo((float[])[0, -1e30f, -2e30f, float.NegativeInfinity]));
        Assert.That(loss.Item(), Is.Zero);
    }

    [TestCase(-1)]
    [TestCase(10)]
    [TestCase(int.MaxValue)]
    public void ALabelThatIsNoClassIsNamed(int label)
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        Tensor logits = Tensor.Zeros([3, 10], d), labels = Tensor.From([1, label, 2], [3], d), loss = Tensor.Empty(Shape.Scalar, d);
        Assert.That(() => d.Loss.SoftmaxCrossEntropy(logits, labels, 0, Tensor.Empty([3, 10], d), loss),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains($"label {label} of sample 1").And.Message.Contains("10 classes"));
        Assert.That(() => d.Loss.TopKCount(logits, labels, 1, Tensor.Empty(Shape.Scalar, d, DType.Int32)), Throws.TypeOf<InvalidDataException>());
    }
}
