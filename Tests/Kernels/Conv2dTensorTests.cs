using WrnEngine.Devices;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>Convolutions on tensor cores against the double-precision oracle, on numbers that both types hold exactly.</summary>
[TestFixture]
public sealed class Conv2dTensorTests : TensorCoreFixture
{
    private static readonly Conv2dShape[] Shapes =
    [
        new(1, 8, 1, 1, 8, 3, 3, 1, 1, 1, 1), // one pixel
        new(2, 16, 5, 7, 24, 3, 3, 1, 1, 1, 1),
        new(1, 8, 9, 9, 8, 5, 5, 1, 1, 2, 2),
        new(2, 24, 9, 7, 16, 3, 3, 2, 2, 1, 1),
        new(3, 64, 7, 5, 160, 1, 1, 1, 1, 0, 0),
        new(2, 16, 8, 7, 40, 1, 1, 2, 2, 0, 0), // phases without taps
        new(2, 160, 5, 5, 64, 3, 3, 1, 1, 1, 1),
        new(2, 8, 13, 11, 16, 3, 2, 3, 1, 2, 1), // nothing square
        new(4, 16, 17, 16, 16, 3, 3, 1, 1, 1, 1), // many tiles of pixels, depth split
    ];

    private static readonly Dictionary<Conv2dShape, Operands> Known = [];

    private sealed record Operands(RefArray X, RefArray Weight, RefArray GradY, RefArray Y, RefArray GradX, RefArray GradWeight);

    private static IEnumerable<TestCaseData> Cases() =>
        from shape in Shapes
        from type in Enum.GetValues<TensorCoreType>()
        select new TestCaseData(type, shape).SetArgDisplayNames(type.ToString(), Describe(shape));

    [TestCaseSource(nameof(Cases))]
    public void ForwardAgreesWithTheOracle(TensorCoreType type, Conv2dShape s)
    {
        var o = OperandsOf(s);
        nint x = Upload(type, o.X), weight = Upload(type, o.Weight), y = Allocate(Bytes(type, o.Y));

        Kernels().Forward(Context.Stream, type, Dimensions(s), x, weight, y);

        AssertClose(type, Read(type, y, o.Y.Shape), o.Y, Terms(s), Math.Sqrt(Terms(s)), "y");
    }

    [TestCaseSource(nameof(Cases))]
    public void BackwardInputAgreesWithTheOracle(TensorCoreType type, Conv2dShape s)
    {
        var o = OperandsOf(s);
        nint gradY = Upload(type, o.GradY), weight = Upload(type, o.Weight), gradX = Allocate(Bytes(type, o.X));

        Kernels().BackwardInput(Context.Stream, type, Dimensions(s), gradY, weight, gradX, accumulate: false);

        long terms = (long)s.KernelH * s.KernelW * s.OutChannels;
        AssertClose(type, Read(type, gradX, o.X.Shape), o.GradX, terms, Math.Sqrt(terms), "gradX");
    }

    [TestCaseSource(nameof(Cases))]
    public void BackwardWeightAgreesWithTheOracle(TensorCoreType type, Conv2dShape s)
    {
        var o = OperandsOf(s);
        nint x = Upload(type, o.X), gradY = Upload(type, o.GradY), gradWeight = Allocate(4L * o.Weight.Count);
        var kernels = Kernels();

        nint scratch = Allocate(kernels.BackwardWeightScratchBytes(type, Dimensions(s), accumulate: false));
        kernels.BackwardWeight(Context.Stream, type, Dimensions(s), x, gradY, gradWeight, accumulate: false, scratch: scratch);

        AssertClose(TensorCoreType.Tf32, Read(TensorCoreType.Tf32, gradWeight, o.Weight.Shape), o.GradWeight, (s.N * s.OutH * s.OutW), Math.Sqrt((s.N * s.OutH * s.OutW)), "gradWeight");
    }

    /// <summary>Every tile width, with all that a launch can ask for, on a shape with tails in each direction and more than one tile of rows.</summary>
    private static IEnumerable<TestCaseData> Widths() =>
        from type in Enum.GetValues<TensorCoreType>()
        from width in (int[])[32, 64, 128, 160]
        select new TestCaseData(type, width, new Conv2dShape(2, 24, 9, 8, 168, 3, 3, 1, 1, 1, 1));

    private static IEnumerable<TestCaseData> FusedCases() =>
        from shape in new Conv2dShape[] { new(3, 16, 13, 7, 24, 3, 3, 2, 2, 1, 1), new(2, 40, 8, 9, 16, 1, 1, 2, 1, 0, 0), new(4, 16, 17, 16, 16, 3, 3, 1, 1, 1, 1) }
        from type in Enum.GetValues<TensorCoreType>()
        select new TestCaseData(type, null, shape);

    [TestCaseSource(nameof(Widths)), TestCaseSource(nameof(FusedCases))]
    public void ForwardFusesPrologueResidualAndMoments(TensorCoreType type, int? width, Conv2dShape s)
    {
        var o = OperandsOf(s);
        var data = TestData.For("fused forward");
        var (scale, shift, residual) = (data.Normal([s.InChannels], 1), data.Normal([s.InChannels]), Exact(data, o.Y.Shape));
        // A mean far from zero, where squares alone would lose the variance.
        residual = residual.Map(v => Round(TensorCoreType.BFloat16, v + 64));
        var expected = ConvOracle.Forward(s, Prologue(type, o.X, scale, shift), o.Weight) + residual;
        nint x = Upload(type, o.X), weight = Upload(type, o.Weight), y = Allocate(Bytes(type, o.Y));
        nint mean = Allocate(4L * s.OutChannels), variance = Allocate(4L * s.OutChannels);

        Kernels(width).Forward(
            Context.Stream, type, Dimensions(s), x, weight, y, new(Upload(scale), Upload(shift), true), new(Upload(type, residual), mean, variance),
            Allocate(Conv2dTensorKernels.ForwardScratchBytes(Dimensions(s))));

        var stored = Read(type, y, expected.Shape);
        AssertClose(type, stored, expected, Terms(s), 64 + 2 * Math.Sqrt(Terms(s)), "y");
        // Of the values as they were stored.
        var (expectedMean, expectedVariance) = NormOracle.Statistics(stored);
        AssertClose(TensorCoreType.Tf32, Read(TensorCoreType.Tf32, mean, [s.OutChannels]), expectedMean, 16, 0, "mean");
        AssertClose(TensorCoreType.Tf32, Read(TensorCoreType.Tf32, variance, [s.OutChannels]), expectedVariance, (s.N * s.OutH * s.OutW), 0, "variance");
    }

    [TestCaseSource(nameof(Widths)), TestCaseSource(nameof(FusedCases))]
    public void BackwardInputAccumulatesMasksAndReduces(TensorCoreType type, int? width, Conv2dShape wide)
    {
        // The other way round: many input channels are the columns here.
        var s = wide with { InChannels = wide.OutChannels, OutChannels = wide.InChannels };
        var o = OperandsOf(s);
        var data = TestData.For("fused backward");
        var (normX, before) = (Exact(data, o.X.Shape), Exact(data, o.X.Shape));
        var (mean, scale, shift) = (data.Normal([s.InChannels]), data.Normal([s.InChannels]), data.Normal([s.InChannels]));
        foreach (bool relu in new[] { true, false })
        {
            var (expected, _, _) = ConvOracle.BackwardEpilogue(o.GradX + before, normX, mean, scale, shift, relu);
            nint gradX = Upload(type, before), sumGrad = Allocate(4L * s.InChannels), sumDeviation = Allocate(4L * s.InChannels);

            Kernels(width).BackwardInput(
                Context.Stream, type, Dimensions(s), Upload(type, o.GradY), Upload(type, o.Weight), gradX, accumulate: true,
                new(Upload(type, normX), Upload(mean), Upload(scale), Upload(shift), relu, sumGrad, sumDeviation),
                Allocate(Conv2dTensorKernels.BackwardInputScratchBytes(Dimensions(s))));

            long terms = (long)s.KernelH * s.KernelW * s.OutChannels, pixels = (long)s.N * s.H * s.W;
            var stored = Read(type, gradX, o.X.Shape);
            AssertClose(type, stored, expected, terms, 1 + Math.Sqrt(terms), "gradX");
            var (_, expectedSum, expectedDeviation) = ConvOracle.BackwardEpilogue(stored, normX, mean, scale, shift, relu);
            double typical = stored.Rms() * Math.Sqrt(pixels);
            AssertClose(TensorCoreType.Tf32, Read(TensorCoreType.Tf32, sumGrad, [s.InChannels]), expectedSum, pixels, typical, "sum of gradients");
            AssertClose(TensorCoreType.Tf32, Read(TensorCoreType.Tf32, sumDeviation, [s.InChannels]), expectedDeviation, pixels, 4 * typical, "sum of deviations");
        }
    }

    [TestCaseSource(nameof(Widths)), TestCaseSource(nameof(FusedCases))]
    public void BackwardWeightAppliesThePrologueAndAccumulates(TensorCoreType type, int? width, Conv2dShape s)
    {
        var o = OperandsOf(s);
        var data = TestData.For("fused weight");
        var (scale, shift, before) = (data.Normal([s.InChannels], 1), data.Normal([s.InChannels]), Exact(data, o.Weight.Shape));
        var expected = ConvOracle.BackwardWeight(s, Prologue(type, o.X, scale, shift), o.GradY) + before;
        nint gradWeight = Upload(TensorCoreType.Tf32, before);
        var kernels = Kernels(width);

        kernels.BackwardWeight(
            Context.Stream, type, Dimensions(s), Upload(type, o.X), Upload(type, o.GradY), gradWeight, accumulate: true, new(Upload(scale), Upload(shift), true),
            Allocate(kernels.BackwardWeightScratchBytes(type, Dimensions(s), accumulate: true)));

        AssertClose(
            TensorCoreType.Tf32, Read(TensorCoreType.Tf32, gradWeight, expected.Shape), expected, (s.N * s.OutH * s.OutW), 2 * Math.Sqrt((s.N * s.OutH * s.OutW)), "gradWeight");
    }

    [Test]
    public void ReluAloneIsAPrologue([Values] TensorCoreType type)
    {
        var s = Shapes[1];
        var o = OperandsOf(s);
        nint y = Allocate(Bytes(type, o.Y));

        Kernels().Forward(Context.Stream, type, Dimensions(s), Upload(type, o.X), Upload(type, o.Weight), y, new(0, 0, true));

        var expected = ConvOracle.Forward(s, ConvOracle.Prologue(o.X, null, null, relu: true), o.Weight);
        AssertClose(type, Read(type, y, expected.Shape), expected, Terms(s), Math.Sqrt(Terms(s)), "y");
    }

    [Test]
    public void Tf32RoundsFactorsToNearest()
    {
        var s = new Conv2dShape(1, 12, 6, 5, 20, 3, 3, 1, 1, 1, 1); // multiples of 4 only
        var data = TestData.For("tf32 rounding");
        var (x, weight) = (data.Normal([s.N, s.InChannels, s.H, s.W]), data.Normal([s.OutChannels, s.InChannels, s.KernelH, s.KernelW]));
        var gradY = data.Normal([s.N, s.OutChannels, s.OutH, s.OutW]);
        nint devX = Upload(TensorCoreType.Tf32, x), devWeight = Upload(TensorCoreType.Tf32, weight), devGradY = Upload(TensorCoreType.Tf32, gradY);
        nint y = Allocate(4L * gradY.Count), gradX = Allocate(4L * x.Count), gradWeight = Allocate(4L * weight.Count);
        var kernels = Kernels();

        kernels.Forward(Context.Stream, TensorCoreType.Tf32, Dimensions(s), devX, devWeight, y);
        kernels.BackwardInput(Context.Stream, TensorCoreType.Tf32, Dimensions(s), devGradY, devWeight, gradX, accumulate: false);
        kernels.BackwardWeight(Context.Stream, TensorCoreType.Tf32, Dimensions(s), devX, devGradY, gradWeight, accumulate: false);

        RefArray Rounded(RefArray values) => values.Map(v => Round(TensorCoreType.Tf32, v));
        AssertClose(TensorCoreType.Tf32, Read(TensorCoreType.Tf32, y, gradY.Shape), ConvOracle.Forward(s, Rounded(x), Rounded(weight)), 108, 10, "y");
        AssertClose(TensorCoreType.Tf32, Read(TensorCoreType.Tf32, gradX, x.Shape), ConvOracle.BackwardInput(s, Rounded(gradY), Rounded(weight)), 180, 13, "gradX");
        AssertClose(
            TensorCoreType.Tf32, Read(TensorCoreType.Tf32, gradWeight, weight.Shape), ConvOracle.BackwardWeight(s, Rounded(x), Rounded(gradY)), 30, 5, "gradWeight");
    }

    [Test]
    public void NonFiniteValuesStayWhatTheyAre([Values] TensorCoreType type)
    {
        var s = new Conv2dShape(1, 8, 1, 3, 8, 1, 1, 1, 1, 0, 0);
        var x = new RefArray([1, 8, 1, 3]).Map(_ => 1);
        (x[0, 2, 0, 0], x[0, 5, 0, 2]) = (double.NaN, double.PositiveInfinity);
        nint y = Allocate((type == TensorCoreType.BFloat16 ? 2 : 4) * 24);

        Kernels().Forward(Context.Stream, type, Dimensions(s), Upload(type, x), Upload(type, new RefArray([8, 8, 1, 1]).Map(_ => 0.5)), y, new(0, 0, true));

        var got = Read(type, y, [1, 8, 1, 3]);
        Assert.That(got[0, 7, 0, 0], Is.NaN);
        Assert.That(got[0, 7, 0, 1], Is.EqualTo(4.0));
        Assert.That(got[0, 7, 0, 2], Is.EqualTo(double.PositiveInfinity));
    }

    [Test]
    public void OtherChannelCountsAreRefusedInOneSentence()
    {
        var s = new Conv2dShape(1, 3, 8, 8, 16, 3, 3, 1, 1, 1, 1);
        Assert.That(Kernels().Supports(TensorCoreType.Tf32, Dimensions(s)), Is.False);
        Assert.That(Kernels().Supports(TensorCoreType.BFloat16, Dimensions(s with { InChannels = 4 })), Is.False);
        Assert.That(Kernels().Supports(TensorCoreType.Tf32, Dimensions(s with { InChannels = 4 })), Is.True);
        var e = Assert.Throws<NotSupportedException>(() => Kernels().Forward(Context.Stream, TensorCoreType.Tf32, Dimensions(s), 0, 0, 0));
        Assert.That(e!.Message, Does.Contain("has 3 and 16 channels"));
    }

    [Test]
    public void OlderDevicesUnalignedTensorsAndHugeOnesAreRefused()
    {
        var s = new Conv2dShape(1, 8, 8, 8, 16, 3, 3, 1, 1, 1, 1);
        using var turing = new KernelLibrary(Context.Api, 75);
        Assert.That(new Conv2dTensorKernels(turing, 1).Supports(TensorCoreType.Tf32, Dimensions(s)), Is.False);
        Assert.That(Kernels().Supports(TensorCoreType.Tf32, Dimensions(s with { N = 1 << 22 })), Is.False);
        var e = Assert.Throws<NotSupportedException>(() => Kernels().Forward(Context.Stream, TensorCoreType.Tf32, Dimensions(s), 256, 264, 512));
        Assert.That(e!.Message, Does.Contain("multiples of 16 bytes"));
    }

    /// <summary>The wave arithmetic of 132 multiprocessors, batch 128: a 160-wide tile for width 10, a 128-wide one for width 8, in all three groups.</summary>
    [TestCase(10, 160), TestCase(8, 128)]
    public void TilesFitTheNetworksWidth(int k, int expected)
    {
        var kernels = new Conv2dTensorKernels(Context.Library, 132);
        for (int group = 0; group < 3; group++)
        {
            int channels = 16 * k << group, size = 32 >> group;
            Assert.That(kernels.ForwardTileWidth(Dimensions(new(128, channels, size, size, channels, 3, 3, 1, 1, 1, 1))), Is.EqualTo(expected), $"group {group}");
        }
    }

    /// <summary>Warps and blocks in other orders: racecheck finds nothing, and all bits stay.</summary>
    [Test]
    public void TheOrderOfWarpsAndBlocksDoesNotMatter([Values] TensorCoreType type)
    {
        var s = new Conv2dShape(3, 16, 13, 9, 24, 3, 3, 1, 1, 1, 1);
        var o = OperandsOf(s);
        var kernels = new Conv2dTensorKernels(Context.Library, 108, 32);
        nint x = Upload(type, o.X), weight = Upload(type, o.Weight), gradY = Upload(type, o.GradY), y = Allocate(Bytes(type, o.Y));
        nint gradWeight = Allocate(4L * o.Weight.Count), mean = Allocate(4 * 24), variance = Allocate(4 * 24);
        nint tiles = Allocate(Conv2dTensorKernels.ForwardScratchBytes(Dimensions(s))), splits = Allocate(kernels.BackwardWeightScratchBytes(type, Dimensions(s), false));
        var options = SimulatorDriver.Options;
        RefArray[]? first = null;
        try
        {
            for (int seed = 0; seed < 3; seed++)
            {
                SimulatorDriver.Options = options with { Seed = seed };
                kernels.Forward(Context.Stream, type, Dimensions(s), x, weight, y, default, new(0, mean, variance), tiles);
                kernels.BackwardWeight(Context.Stream, type, Dimensions(s), x, gradY, gradWeight, accumulate: false, scratch: splits);
                RefArray[] results =
                [
                    Read(type, y, o.Y.Shape), Read(TensorCoreType.Tf32, gradWeight, o.Weight.Shape),
                    Read(TensorCoreType.Tf32, mean, [24]), Read(TensorCoreType.Tf32, variance, [24]),
                ];
                first ??= results;
                for (int i = 0; i < results.Length; i++) Assert.That(results[i].Values, Is.EqualTo(first[i].Values), $"result {i} with seed {seed}");
            }
        }
        finally
        {
            SimulatorDriver.Options = options;
        }
    }

    /// <summary>What the kernel multiplies: float32 arithmetic, then the type's rounding.</summary>
    private static RefArray Prologue(TensorCoreType type, RefArray x, RefArray scale, RefArray shift)
    {
        var result = new RefArray(x.Shape);
        for (int i = 0; i < x.Count; i++)
        {
            int c = x.ChannelOf(i);
            result.Values[i] = Round(type, MathF.Max(MathF.FusedMultiplyAdd((float)x.Values[i], (float)scale.Values[c], (float)shift.Values[c]), 0));
        }
        return result;
    }

    private static Operands OperandsOf(Conv2dShape s)
    {
        if (Known.TryGetValue(s, out var operands)) return operands;
        var data = TestData.For(Describe(s));
        var (x, weight) = (Exact(data, [s.N, s.InChannels, s.H, s.W]), Exact(data, [s.OutChannels, s.InChannels, s.KernelH, s.KernelW]));
        var gradY = Exact(data, [s.N, s.OutChannels, s.OutH, s.OutW]);
        return Known[s] = new Operands(
            x, weight, gradY, ConvOracle.Forward(s, x, weight), ConvOracle.BackwardInput(s, gradY, weight), ConvOracle.BackwardWeight(s, x, gradY));
    }

    private Conv2dTensorKernels Kernels(int? width = null) => new(Context.Library, Context.Multiprocessors, width);

    private static long Terms(in Conv2dShape s) => (long)s.KernelH * s.KernelW * s.InChannels;

    private static long Bytes(TensorCoreType type, RefArray x) => (type == TensorCoreType.BFloat16 ? 2L : 4L) * x.Count;

    private static string Describe(in Conv2dShape s) =>
        $"{s.N}x{s.InChannels}x{s.H}x{s.W} to {s.OutChannels}, {s.KernelH}x{s.KernelW} stride {s.StrideH},{s.StrideW} padding {s.PaddingH},{s.PaddingW}";
}
