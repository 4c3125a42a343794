using WrnEngine.Devices;
using WrnEngine.Kernels.Ladder;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>Every rung of the kernel ladders against the oracle, on the simulator under all of its checks.</summary>
[Category("Kernels")]
public class LadderTests
{
    private const long StepLimit = 100_000_000;

    /// <summary>One pixel; a line; no multiple of any tile; more channels than a tile or a chunk; several images.</summary>
    private static readonly ConvLadderShape[] ConvShapes =
    [
        new(1, 1, 1, 1, 1), new(1, 1, 9, 4, 2), new(2, 5, 7, 3, 5), new(1, 4, 4, 32, 16), new(1, 8, 8, 8, 64), new(2, 9, 11, 20, 19),
        new(1, 3, 10, 68, 70), new(3, 2, 2, 36, 34),
    ];

    private static IEnumerable<TestCaseData> ConvCases() =>
        from rung in ConvLadder.Rungs
        from shape in ConvShapes
        where shape.InChannels % rung.InChannelMultiple == 0 && shape.OutChannels % rung.OutChannelMultiple == 0
        select new TestCaseData(rung, shape);

    private static IEnumerable<TestCaseData> ReductionCases() =>
        from rung in ReductionLadder.Rungs
        from count in (int[])[1, 3, 31, 256, 257, 1030, 70_001]
        select new TestCaseData(rung, count);

    [TestCaseSource(nameof(ConvCases))]
    public void ConvolutionMatchesTheOracle(ConvRung rung, ConvLadderShape shape)
    {
        var data = TestData.For($"{rung} {shape}");
        RefArray x = data.Normal([shape.Batch, shape.InChannels, shape.Height, shape.Width]), weight = data.Normal([shape.OutChannels, shape.InChannels, 3, 3]);
        if (rung.RoundsToTf32) (x, weight) = (x.Map(ToTf32), weight.Map(ToTf32));
        var geometry = new Conv2dShape(shape.Batch, shape.InChannels, shape.Height, shape.Width, shape.OutChannels, 3, 3, 1, 1, 1, 1);
        var expected = ConvOracle.Forward(geometry, x, weight);

        var (y, result) = LadderRuns.Convolve(rung, shape, Stored(x), Stored(weight), new LaunchOptions { Checks = CheckKinds.All, StepLimit = StepLimit });

        AssertClean(result);
        var logical = new float[y.Length];
        StorageOrder.ToLogical<float>(y, logical, expected.Shape);
        var actual = new RefArray(expected.Shape, Array.ConvertAll(logical, v => (double)v));
        Assert.That(TensorAssert.Compare(actual, expected, DType.Float32, 9L * shape.InChannels, null), Is.Null);
    }

    /// <summary>Numbers that are no tf32 are rounded to the nearest one, not cut off: then the result is that of the rounded numbers.</summary>
    [Test]
    public void TensorCoresRoundToTheNearestTf32()
    {
        var rung = ConvLadder.Rungs.Single(r => r.RoundsToTf32);
        var shape = new ConvLadderShape(1, 2, 3, 12, 10);
        var data = TestData.For(nameof(TensorCoresRoundToTheNearestTf32));
        RefArray x = data.Normal([1, 12, 2, 3]), weight = data.Normal([10, 12, 3, 3]);
        var options = new LaunchOptions { Checks = CheckKinds.All };
        var (y, result) = LadderRuns.Convolve(rung, shape, Stored(x), Stored(weight), options);
        var (rounded, _) = LadderRuns.Convolve(rung, shape, Stored(x.Map(ToTf32)), Stored(weight.Map(ToTf32)), options);
        AssertClean(result);
        TensorAssert.AreBitIdentical(y, rounded);
        Assert.That(x.Map(ToTf32).Values, Is.Not.EqualTo(x.Values));
    }

    /// <summary>Whole numbers, so that the sum is exact in every order: an element left out or taken twice is seen.</summary>
    [TestCaseSource(nameof(ReductionCases))]
    public void SumTakesEveryElementOnce(ReductionRung rung, int count)
    {
        float[] x = TestData.For($"{rung} {count}").Integers([count], 100).ToFloats();
        var (sum, results) = LadderRuns.Reduce(rung, x, new LaunchOptions { Checks = CheckKinds.All, StepLimit = StepLimit });
        results.ForEach(AssertClean);
        Assert.That(sum, Is.EqualTo((float)x.Sum(v => (long)v)));
    }

    /// <summary>The order of the additions is fixed: another schedule of warps and blocks and one host thread in place of all give the same bits.</summary>
    [TestCaseSource(typeof(ReductionLadder), nameof(ReductionLadder.Rungs))]
    public void SumHasTheSameBitsInEveryRun(ReductionRung rung)
    {
        var values = TestData.For(rung.Name).Normal([30_011]);
        float[] x = values.ToFloats();
        float sum = LadderRuns.Reduce(rung, x, new LaunchOptions()).Sum;
        float other = LadderRuns.Reduce(rung, x, new LaunchOptions { Seed = 5, Workers = 1 }).Sum;
        TensorAssert.AreBitIdentical([other], [sum]);
        var expected = RefArray.Scalar(values.Values.Sum());
        Assert.That(TensorAssert.Compare(RefArray.Scalar(sum), expected, DType.Float32, 1, Math.Sqrt(x.Length)), Is.Null);
    }

    [Test]
    public void ALastPassLeavesOneNumber()
    {
        foreach (var rung in ReductionLadder.Rungs)
            foreach (long count in (long[])[0, 1, 2, 256, 257, 65_537, 1 << 20])
            {
                var passes = rung.Passes(count).ToList();
                Assert.That(passes[0].Count, Is.EqualTo(count));
                Assert.That(passes[^1].Blocks, Is.EqualTo(1), $"{rung} of {count}");
            }
    }

    private static void AssertClean(LaunchResult result)
    {
        Assert.That(result.IsSuccess, result.Message);
        Assert.That(result.Findings.Select(f => f.ToString()), Is.Empty);
    }

    private static float[] Stored(RefArray x)
    {
        var stored = new float[x.Count];
        StorageOrder.FromLogical<float>(x.ToFloats(), stored, x.Shape);
        return stored;
    }

    /// <summary>Round to nearest, ties away from zero: 13 bits of float32's mantissa go.</summary>
    private static double ToTf32(double value) => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits((float)value) + 0x1000) & 0xFFFF_E000);
}
