using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>Batch norm on arrays of many parts, for any number of threads, and where naive statistics break down.</summary>
[Category("Cpu")]
public class CpuNormTests
{
    private const float Eps = 1e-5f;

    [TestCase(3, 3, 131, 130)]
    [TestCase(7, 16, 40, 39)]
    [TestCase(3, 160, 21, 20)]
    [TestCase(11, 640, 5, 5)]
    [TestCase(2, 1001, 9, 11)]
    [TestCase(2, 5000, 3, 5)]
    public void LargeBatchesMatchTheOracleForAnyNumberOfThreads(int n, int c, int h, int w)
    {
        var data = new TestData(6);
        Shape shape = [n, c, h, w], perChannel = [c];
        RefArray x = data.Normal(shape, mean: 0.5), gradY = data.Normal(shape), weight = data.Uniform(perChannel, 0.5, 1.5), bias = data.Normal(perChannel);
        var results = TeamSizes.SameBits(d =>
        {
            Tensor input = x.ToTensor(d), gamma = weight.ToTensor(d), beta = bias.ToTensor(d);
            Tensor mean = Tensor.Empty(perChannel, d), invStd = Tensor.Empty(perChannel, d), y = Tensor.Empty(shape, d);
            d.Norm.BatchNormStatistics(input, mean, invStd, null, null, 0.1f, Eps);
            d.Norm.BatchNormApply(input, mean, invStd, gamma, beta, relu: true, y);
            Tensor gradX = Tensor.Empty(shape, d), gradWeight = Tensor.Empty(perChannel, d), gradBias = Tensor.Empty(perChannel, d);
            d.Norm.BatchNormBackward(input, gradY.ToTensor(d), mean, invStd, gamma, beta, relu: true, gradX, false, gradWeight, false, gradBias, false);
            return [mean, invStd, y, gradX, gradWeight, gradBias];
        });
        var (exactMean, variance) = NormOracle.Statistics(x);
        TensorAssert.AreClose(results[0], exactMean, 4e-7, "mean");
        TensorAssert.AreClose(results[1], NormOracle.InvStd(variance, Eps), 1e-6, "inverse deviation");

        // The rest from the device's own statistics, so that an element at the ReLU's edge is on the same side for both.
        var exact = NormOracle.Backward(x, gradY, results[0], results[1], weight, bias, relu: true);
        TensorAssert.AreClose(results[2], NormOracle.Apply(x, results[0], results[1], weight, bias, relu: true), 5e-7, "y");
        TensorAssert.AreClose(results[3], exact.GradX, 3e-6, "gradX");
        TensorAssert.AreClose(results[4], exact.GradWeight, 3e-6, "gradWeight");
        TensorAssert.AreClose(results[5], exact.GradBias, 3e-6, "gradBias");
    }

    /// <summary>A mean 10,000 times the deviation: squares of x have no digits left for the variance in float32.</summary>
    [Test]
    public void TheVarianceSurvivesALargeMean()
    {
        var x = new TestData(7).Normal([8, 20, 31, 29], mean: 1e4);
        using var d = new CpuDevice(2);
        using var scope = new StepScope();
        Tensor mean = Tensor.Empty([20], d), invStd = Tensor.Empty([20], d);
        d.Norm.BatchNormStatistics(x.ToTensor(d), mean, invStd, null, null, 0.1f, Eps);
        var (exactMean, variance) = NormOracle.Statistics(x);
        TensorAssert.AreClose(RefArray.From(mean), exactMean, 1e-7, "mean");
        TensorAssert.AreClose(RefArray.From(invStd), NormOracle.InvStd(variance, Eps), 1e-6, "inverse deviation");
    }

    [Test]
    public void ANaNStaysInItsChannel()
    {
        var x = new TestData(8).Normal([4, 33, 20, 20]);
        x[2, 7, 3, 3] = double.NaN;
        using var d = new CpuDevice(2);
        using var scope = new StepScope();
        Tensor input = x.ToTensor(d), mean = Tensor.Empty([33], d), invStd = Tensor.Empty([33], d), y = Tensor.Empty(x.Shape, d);
        d.Norm.BatchNormStatistics(input, mean, invStd, null, null, 0.1f, Eps);
        d.Norm.BatchNormApply(input, mean, invStd, Tensor.Full([33], 1, d), Tensor.Zeros([33], d), relu: true, y);
        var result = RefArray.From(y);
        for (int i = 0; i < result.Count; i++)
            if (double.IsNaN(result.Values[i]) != (result.ChannelOf(i) == 7)) Assert.Fail($"element {i} of channel {result.ChannelOf(i)} is {result.Values[i]}");
        Assert.That(mean.ToArray<float>().Select(float.IsNaN).Count(isNaN => isNaN), Is.EqualTo(1));
    }

    [Test]
    public void AConstantChannelHasVarianceZero()
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        Tensor mean = Tensor.Empty([17], d), invStd = Tensor.Empty([17], d);
        d.Norm.BatchNormStatistics(Tensor.Full([9, 17, 33, 31], 0.1f, d), mean, invStd, null, null, 0.1f, Eps);
        Assert.That(mean.ToArray<float>(), Is.All.EqualTo(0.1f));
        Assert.That(invStd.ToArray<float>(), Is.All.EqualTo((float)(1 / Math.Sqrt(Eps))).Within(1e-3f));
    }
}
