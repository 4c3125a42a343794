using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>Pooling on batches of many parts, for any number of threads, and NaN in a window.</summary>
[Category("Cpu")]
public class CpuPoolTests
{
    private static readonly Pool2dShape[] Shapes =
    [
        new(5, 33, 28, 30, 3, 3, 2, 2, 1, 1), new(9, 160, 8, 8, 8, 8, 8, 8, 0, 0), new(3, 65, 17, 13, 2, 3, 1, 2, 1, 0), new(4, 20, 23, 23, 2, 2, 3, 3, 0, 0),
    ];

    [TestCaseSource(nameof(Shapes))]
    public void LargeBatchesMatchTheOracleForAnyNumberOfThreads(Pool2dShape s)
    {
        var data = new TestData(9);
        Shape input = [s.N, s.Channels, s.H, s.W], output = [s.N, s.Channels, s.OutH, s.OutW];
        RefArray x = data.Distinct(input), gradY = data.Normal(output), start = data.Normal(input);
        var (maximum, index) = PoolOracle.Max(s, x);
        var results = TeamSizes.SameBits(d =>
        {
            Tensor max = Tensor.Empty(output, d), places = Tensor.Empty(output, d, DType.Int32), average = Tensor.Empty(output, d);
            Tensor maxGrad = Tensor.Empty(input, d), averageGrad = Tensor.Empty(input, d), added = start.ToTensor(d), g = gradY.ToTensor(d);
            d.Pool.MaxPool2d(s, x.ToTensor(d), max, places);
            Assert.That(places.ToArray<int>(), Is.EqualTo(index.Values.Select(v => (int)v).ToArray()), "places of the maxima");
            d.Pool.MaxPool2dBackward(s, places, g, maxGrad, accumulate: false);
            d.Pool.AveragePool2d(s, x.ToTensor(d), average);
            d.Pool.AveragePool2dBackward(s, g, averageGrad, accumulate: false);
            d.Pool.MaxPool2dBackward(s, places, g, added, accumulate: true);
            d.Pool.AveragePool2dBackward(s, g, added, accumulate: true);
            return [max, average, maxGrad, averageGrad, added];
        });
        RefArray maxGrad = PoolOracle.MaxBackward(s, index, gradY), averageGrad = PoolOracle.AverageBackward(s, gradY);
        TensorAssert.AreClose(results[0], maximum, 0, "maximum");
        TensorAssert.AreClose(results[1], PoolOracle.Average(s, x), 1e-6, "average");
        TensorAssert.AreClose(results[2], maxGrad, 3e-7, "gradient of the maximum");
        TensorAssert.AreClose(results[3], averageGrad, 3e-7, "gradient of the average");
        TensorAssert.AreClose(results[4], start + maxGrad + averageGrad, 3e-7, "accumulated gradients");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public void ANaNIsTheMaximumOfItsWindow(int place)
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        float[] values = [1, 2, 3, 4];
        values[place] = float.NaN;
        var s = new Pool2dShape(1, 1, 2, 2, 2, 2, 2, 2, 0, 0);
        Tensor y = Tensor.Empty([1, 1, 1, 1], d), index = Tensor.Empty([1, 1, 1, 1], d, DType.Int32);
        d.Pool.MaxPool2d(s, Tensor.From(values, [1, 1, 2, 2], d), y, index);
        Assert.That(float.IsNaN(y.Item()), Is.True);
        Assert.That(index.ToArray<int>()[0], Is.EqualTo(place));
    }

    [Test]
    public void MinusInfinityIsAMaximumWithAPlaceInsideTheImage()
    {
        using var d = new CpuDevice(1);
        using var scope = new StepScope();
        var s = new Pool2dShape(1, 17, 3, 3, 3, 3, 2, 2, 1, 1);
        Tensor y = Tensor.Empty([1, 17, 2, 2], d), index = Tensor.Empty([1, 17, 2, 2], d, DType.Int32);
        d.Pool.MaxPool2d(s, Tensor.Full([1, 17, 3, 3], float.NegativeInfinity, d), y, index);
        Assert.That(y.ToArray<float>(), Is.All.EqualTo(float.NegativeInfinity));
        Assert.That(index.ToArray<int>()[..4], Is.EqualTo((int[])[0, 1, 3, 4]));
    }
}
