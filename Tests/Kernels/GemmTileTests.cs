using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>
/// Every tile of the float32 convolutions and products against the oracle, with tails on all sides and all that is fused, under every check: an
/// op's own cases are small, and take the small tiles. Then what each tile does to memory, where it has no tails.
/// </summary>
[Category("Kernels")]
public sealed class GemmTileTests
{
    private readonly List<LaunchRecord> _launches = [];
    private CudaDevice _device = null!;
    private Conv2dKernels _forward = null!;
    private Conv2dBackwardInputKernels _backwardInput = null!;
    private Conv2dBackwardWeightKernels _backwardWeight = null!;
    private MatMulKernels _matMul = null!;
    private GemmSplitsKernels _splits = null!;

    private static IEnumerable<GemmTile> PixelTiles() => [.. Conv2dKernels.VectorTiles, .. Conv2dKernels.AnyTiles];

    private static IEnumerable<GemmTile> WeightTiles() => [.. Conv2dBackwardWeightKernels.VectorTiles, Conv2dBackwardWeightKernels.AnyTile];

    private static IEnumerable<GemmTile> MatMulTiles() => [.. MatMulKernels.VectorTiles, MatMulKernels.AnyTile];

    [OneTimeSetUp]
    public void Open()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Checks = CheckKinds.All });
        SimulatorDriver.Launched += _launches.Add;
        _device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Separate });
        var library = _device.Context.Library;
        // On one multiprocessor nothing is split but where a test does it.
        (_forward, _backwardInput, _backwardWeight) = (new(library, 1), new(library, 1), new(library, 1));
        (_matMul, _splits) = (new(library, 1), new(library));
    }

    [OneTimeTearDown]
    public void Close()
    {
        SimulatorDriver.Launched -= _launches.Add;
        _device.Dispose();
    }

    [TearDown]
    public void AssertNoFindings()
    {
        var findings = SimulatorDriver.Findings;
        SimulatorDriver.ForgetFindings();
        Assert.That(findings.Select(f => f.ToString()), Is.Empty);
    }

    [TestCaseSource(nameof(PixelTiles))]
    public void Forward(GemmTile tile)
    {
        using var scope = new StepScope();
        var s = WithTails(tile, outChannels: tile.N);
        var data = TestData.For($"forward {tile.Name}");
        RefArray x = data.Normal([s.N, s.InChannels, s.H, s.W], mean: 1), weight = data.Normal([s.OutChannels, s.InChannels, s.KernelH, s.KernelW]);
        RefArray scale = data.AwayFromZero([s.InChannels]), shift = data.Normal([s.InChannels]), residual = data.Normal([s.N, s.OutChannels, s.OutH, s.OutW], mean: 100);
        var (y, mean, variance) = (Empty(residual.Shape), Empty([s.OutChannels]), Empty([s.OutChannels]));
        var dimensions = DimensionsOf(s);
        long tiles = tile.TilesM(dimensions.OutPixels);
        var moments = Empty([(int)(2 * tiles * s.OutChannels)]);
        _forward.Forward(
            _device.Context.Stream, dimensions, tile, Address(x), Address(weight), y.Address, Address(scale), Address(shift), true, Address(residual), moments.Address);
        _forward.Moments(
            _device.Context.Stream, moments.Address, tiles, tile.M, dimensions.OutPixels, s.OutChannels, mean.Address, variance.Address);
        _device.Synchronize();

        var expected = ConvOracle.Forward(s, ConvOracle.Prologue(x.Rounded(), scale.Rounded(), shift.Rounded(), true), weight.Rounded()) + residual.Rounded();
        var (expectedMean, expectedVariance) = NormOracle.Statistics(expected);
        TensorAssert.AreClose(y, expected, dimensions.Depth, 200, "y");
        TensorAssert.AreClose(mean, expectedMean, dimensions.Depth, 200, "mean");
        // The values lie around 100: their squares would have lost four digits of the variance.
        TensorAssert.AreClose(variance, expectedVariance, dimensions.Depth, what: "variance");
    }

    [TestCaseSource(nameof(PixelTiles))]
    public void BackwardInput(GemmTile tile)
    {
        using var scope = new StepScope();
        var s = WithTails(tile, inChannels: tile.N, stride: 2);
        var data = TestData.For($"backward input {tile.Name}");
        RefArray gradY = data.Normal([s.N, s.OutChannels, s.OutH, s.OutW]), weight = data.Normal([s.OutChannels, s.InChannels, s.KernelH, s.KernelW]);
        RefArray x = data.Uniform([s.N, s.InChannels, s.H, s.W], 0.5, 2), before = data.Normal(x.Shape);
        RefArray mean = data.Normal([s.InChannels]), scale = data.AwayFromZero([s.InChannels]), shift = data.Normal([s.InChannels]).Map(_ => 0.01);
        Tensor gradX = before.ToTensor(_device), sum = Empty([s.InChannels]), deviation = Empty([s.InChannels]);
        var dimensions = DimensionsOf(s);
        int phasePixels = s.N * ((s.H + 1) / 2) * ((s.W + 1) / 2);
        long tiles = 4 * tile.TilesM(phasePixels);
        var sums = Empty([(int)(2 * tiles * s.InChannels)]);
        _backwardInput.Launch(
            _device.Context.Stream, dimensions, tile, Address(gradY), Address(weight), gradX.Address, true,
            new(Address(x), Address(mean), Address(scale), Address(shift), true, sums.Address));
        _forward.Sums(_device.Context.Stream, sums.Address, tiles, s.InChannels, sum.Address, deviation.Address);
        _device.Synchronize();

        var gradient = ConvOracle.BackwardInput(s, gradY.Rounded(), weight.Rounded()) + before.Rounded();
        var (expected, expectedSum, expectedDeviation) = ConvOracle.BackwardEpilogue(gradient, x.Rounded(), mean.Rounded(), scale.Rounded(), shift.Rounded(), true);
        TensorAssert.AreClose(gradX, expected, 4 * s.OutChannels, Math.Sqrt(4 * s.OutChannels), "gradX");
        TensorAssert.AreClose(sum, expectedSum, 4 * s.OutChannels, 100 * Math.Sqrt(s.OutChannels), "sum");
        TensorAssert.AreClose(deviation, expectedDeviation, 4 * s.OutChannels, 100 * Math.Sqrt(s.OutChannels), "deviation");
    }

    [TestCaseSource(nameof(WeightTiles))]
    public void BackwardWeight(GemmTile tile)
    {
        using var scope = new StepScope();
        const int Splits = 3, PixelsPerSplit = 32;
        var s = WithTails(tile, outChannels: tile.M) with { N = 1, InChannels = tile == Conv2dBackwardWeightKernels.AnyTile ? 7 : 20 };
        var data = TestData.For($"backward weight {tile.Name}");
        RefArray x = data.Normal([s.N, s.InChannels, s.H, s.W]), gradY = data.Normal([s.N, s.OutChannels, s.OutH, s.OutW]);
        RefArray scale = data.AwayFromZero([s.InChannels]), shift = data.Normal([s.InChannels]), before = data.Normal([s.OutChannels, s.InChannels, 3, 3]);
        var dimensions = DimensionsOf(s);
        Assert.That(dimensions.OutPixels, Is.InRange((Splits - 1) * PixelsPerSplit + 1, Splits * PixelsPerSplit - 1));
        Tensor gradWeight = before.ToTensor(_device), added = before.ToTensor(_device), parts = Empty([Splits * (int)before.Count]);
        nint devX = Address(x), devGradY = Address(gradY), devScale = Address(scale), devShift = Address(shift);
        var stream = _device.Context.Stream;
        _backwardWeight.Launch(stream, dimensions, tile, 1, 96, devX, devGradY, added.Address, true, devScale, devShift, true);
        _backwardWeight.Launch(stream, dimensions, tile, Splits, PixelsPerSplit, devX, devGradY, parts.Address, false, devScale, devShift, true);
        _splits.Sum(stream, parts.Address, Splits, gradWeight.Address, before.Count, accumulate: true);
        _device.Synchronize();

        var expected = ConvOracle.BackwardWeight(s, ConvOracle.Prologue(x.Rounded(), scale.Rounded(), shift.Rounded(), true), gradY.Rounded()) + before.Rounded();
        TensorAssert.AreClose(gradWeight, expected, dimensions.OutPixels, Math.Sqrt(dimensions.OutPixels), "splits");
        TensorAssert.AreClose(added, expected, dimensions.OutPixels, Math.Sqrt(dimensions.OutPixels), "accumulated");
    }

    [TestCaseSource(nameof(MatMulTiles))]
    public void MatMul(GemmTile tile)
    {
        int odd = tile == MatMulKernels.AnyTile ? 1 : 4, m = tile.M + odd, n = tile.N + odd, k = 36 + odd;
        foreach (bool transposeA in (bool[])[false, true])
        {
            foreach (bool transposeB in (bool[])[false, true])
            {
                using var scope = new StepScope();
                var data = TestData.For($"matmul {tile.Name} {transposeA} {transposeB}");
                RefArray a = data.Normal(transposeA ? [k, m] : [m, k]), b = data.Normal(transposeB ? [n, k] : [k, n]), bias = data.Normal([n]), before = data.Normal([m, n]);
                var c = before.ToTensor(_device);
                _matMul.Launch(_device.Context.Stream, tile, 1, 48, m, n, k, Address(a), transposeA, Address(b), transposeB, c.Address, true, Address(bias));
                _device.Synchronize();
                var expected = ElementwiseOracle.Binary(BinaryOp.Add, MatMulOracle.MatMul(a.Rounded(), transposeA, b.Rounded(), transposeB), bias.Rounded()) + before.Rounded();
                TensorAssert.AreClose(c, expected, k, Math.Sqrt(k), $"{transposeA} {transposeB}");
            }
        }
    }

    [TestCase(1), TestCase(7), TestCase(9), TestCase(40), TestCase(300)]
    public void SplitsAreAddedWithBias(int splits)
    {
        using var scope = new StepScope();
        foreach (int columns in (int[])[5, 8])
        {
            var data = TestData.For($"splits {splits} {columns}");
            RefArray parts = data.Normal([splits, 3, columns]), bias = data.Normal([columns]);
            var y = Empty([3, columns]);
            _splits.Sum(_device.Context.Stream, Address(parts), splits, y.Address, y.Numel, accumulate: false, Address(bias), columns);
            _device.Synchronize();
            var (expected, values, add) = (new RefArray([3, columns]), parts.Rounded(), bias.Rounded());
            for (int i = 0; i < expected.Count; i++)
            {
                expected.Values[i] = add.Values[i % columns];
                for (int split = 0; split < splits; split++) expected.Values[i] += values.Values[split * expected.Count + i];
            }
            TensorAssert.AreClose(y, expected, splits, Math.Sqrt(splits), $"{columns} columns");
        }
    }

    [Test]
    public void NothingToSumIsZero()
    {
        using var scope = new StepScope();
        var y = Empty([2, 5, 3, 3]);
        _device.Conv.Conv2dForward(new(2, 0, 3, 3, 5, 3, 3, 1, 1, 1, 1), Empty([2, 0, 3, 3]), Empty([5, 0, 3, 3]), y);
        var gradX = Empty([2, 5, 3, 3]);
        _device.Conv.Conv2dBackwardInput(new(2, 5, 3, 3, 0, 3, 3, 1, 1, 1, 1), Empty([2, 0, 3, 3]), Empty([0, 5, 3, 3]), gradX, accumulate: false);
        var gradWeight = Empty([4, 5, 3, 3]);
        _device.Conv.Conv2dBackwardWeight(new(0, 5, 3, 3, 4, 3, 3, 1, 1, 1, 1), Empty([0, 5, 3, 3]), Empty([0, 4, 3, 3]), gradWeight, accumulate: false);
        var c = Empty([3, 4]);
        _device.MatMul.MatMul(Empty([3, 0]), false, Empty([0, 4]), false, c, accumulate: false);
        _device.Synchronize();
        foreach (var result in (Tensor[])[y, gradX, gradWeight, c]) Assert.That(result.ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void EverySectorIsUsedAndNoBankIsAskedTwice([Values(16, 32, 64, 80, 128)] int channels)
    {
        using var scope = new StepScope();
        var s = new Conv2dShape(2, channels, 8, 8, channels, 3, 3, 1, 1, 1, 1);
        var dimensions = DimensionsOf(s);
        var data = TestData.For("metrics");
        Tensor x = data.Normal([2, channels, 8, 8]).ToTensor(_device), weight = data.Normal([channels, channels, 3, 3]).ToTensor(_device), y = Empty(x.Shape);
        Tensor channel = data.Normal([channels]).ToTensor(_device), scratch = Empty([4 * channels * 16]), gradWeight = Empty(weight.Shape);
        Tensor a = data.Normal([128, channels]).ToTensor(_device), b = data.Normal([channels, 128]).ToTensor(_device), c = Empty([128, 128]);
        var stream = _device.Context.Stream;
        Collect(() =>
        {
            foreach (var tile in Conv2dKernels.VectorTiles.Where(t => channels % t.N == 0))
            {
                _forward.Forward(stream, dimensions, tile, x.Address, weight.Address, y.Address, channel.Address, channel.Address, true, x.Address, scratch.Address);
                _backwardInput.Launch(
                    stream, dimensions, tile, x.Address, weight.Address, y.Address, false,
                    new(x.Address, channel.Address, channel.Address, channel.Address, true, scratch.Address));
            }
            foreach (var tile in Conv2dBackwardWeightKernels.VectorTiles.Where(t => channels % t.M == 0))
                _backwardWeight.Launch(stream, dimensions, tile, 1, 128, x.Address, x.Address, gradWeight.Address, false, channel.Address, channel.Address, true);
            foreach (bool transposed in (bool[])[false, true])
                foreach (var tile in MatMulKernels.VectorTiles)
                    _matMul.Launch(
                        stream, tile, 1, (channels + 15) / 16 * 16, 128, 128, channels, a.Address, transposed, b.Address, transposed, c.Address, false, 0);
        });
        Assert.That(_launches, Has.Count.GreaterThan(6));
        foreach (var launch in _launches)
        {
            var m = launch.Result.Metrics!;
            string what = launch.Entry.Name;
            TestContext.Out.WriteLine(
                $"{what}: {m.SectorsPerRequest:F2} sectors a request, {m.SharedBankConflicts} conflicts, {m.RegistersPerThread} registers, "
                + $"{m.SharedBytesPerBlock} bytes shared, {m.Flops / (64.0 * m.WarpInstructions):P0} of the instructions multiply");
            // A few sums and numbers per channel are narrower than a sector.
            Assert.That(m.GlobalSectors * 32 * 0.99, Is.LessThanOrEqualTo(m.GlobalBytesLoaded + m.GlobalBytesStored), what);
            Assert.That(m.SharedBankConflicts, Is.Zero, what);
        }
    }

    private void Collect(Action action)
    {
        _device.Synchronize();
        var options = SimulatorDriver.Options;
        SimulatorDriver.Options = options with { CollectMetrics = true, Checks = CheckKinds.None };
        _launches.Clear();
        try
        {
            action();
            _device.Synchronize();
        }
        finally
        {
            SimulatorDriver.Options = options;
        }
    }

    /// <summary>81 output pixels an image, and channels one group more than whole tiles or, for any channels, one more.</summary>
    private static Conv2dShape WithTails(GemmTile tile, int? inChannels = null, int? outChannels = null, int stride = 1)
    {
        bool any = Conv2dKernels.AnyTiles.Contains(tile) || tile == Conv2dBackwardWeightKernels.AnyTile;
        int tail = any ? 1 : 4, few = any ? 5 : 20, images = tile.M > 100 ? 2 : 1;
        int size = stride == 1 ? 9 : 18;
        return new(images, (inChannels ?? few - tail) + tail, size, size, (outChannels ?? few - tail) + tail, 3, 3, stride, stride, 1, 1);
    }

    private static Conv2dDimensions DimensionsOf(in Conv2dShape s) => new(
        s.N, s.H, s.W, s.InChannels, s.OutChannels, s.KernelH, s.KernelW, s.StrideH, s.StrideW, s.PaddingH, s.PaddingW, s.OutH, s.OutW);

    private Tensor Empty(Shape shape) => Tensor.Empty(shape, _device);

    private nint Address(RefArray values) => values.ToTensor(_device).Address;
}
