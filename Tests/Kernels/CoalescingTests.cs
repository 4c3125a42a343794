using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support.Oracle;

namespace WrnEngine.Tests.Kernels;

/// <summary>The fast paths of kernels that are bound by memory: every sector that they touch is used whole, and no bank is asked twice.</summary>
[Category("Kernels")]
public sealed class CoalescingTests
{
    private readonly List<LaunchRecord> _launches = [];
    private CudaDevice _device = null!;

    [OneTimeSetUp]
    public void Open()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { CollectMetrics = true });
        SimulatorDriver.Launched += _launches.Add;
        _device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Separate });
    }

    [OneTimeTearDown]
    public void Close()
    {
        SimulatorDriver.Launched -= _launches.Add;
        _device.Dispose();
    }

    // Channels of WRN-10-1 to WRN-28-10; widths at which a warp has several pixels, part of one, and the block a tile of the channels.
    [Test]
    public void BatchNorm([Values(16, 64, 160, 640)] int channels, [Values(DType.Float32, DType.BFloat16)] DType dtype)
    {
        Shape shape = [2, channels, 8, 8], c = [channels];
        using var scope = new StepScope();
        Tensor x = Numbers(shape, dtype), gradY = Numbers(shape, dtype), y = Tensor.Empty(shape, _device, dtype), gradX = Tensor.Empty(shape, _device, dtype);
        Tensor mean = Tensor.Empty(c, _device), invStd = Tensor.Empty(c, _device), weight = Numbers(c), bias = Numbers(c);
        Tensor gradWeight = Tensor.Empty(c, _device), gradBias = Tensor.Empty(c, _device);
        _launches.Clear();
        _device.Norm.BatchNormStatistics(x, mean, invStd, null, null, 0.1f, 1e-5f);
        _device.Norm.BatchNormApply(x, mean, invStd, weight, bias, true, y);
        _device.Norm.BatchNormBackward(x, gradY, mean, invStd, weight, bias, true, gradX, false, gradWeight, false, gradBias, false);
        AssertCoalesced(6);
    }

    [Test]
    public void Pooling([Values(16, 64, 640)] int channels, [Values(DType.Float32, DType.BFloat16)] DType dtype)
    {
        using var scope = new StepScope();
        var whole = new Pool2dShape(2, channels, 8, 8, 8, 8, 1, 1, 0, 0);
        var halves = new Pool2dShape(2, channels, 8, 8, 2, 2, 2, 2, 0, 0);
        Tensor x = Numbers([2, channels, 8, 8], dtype), gradX = Tensor.Empty(x.Shape, _device, dtype), mean = Tensor.Empty([2, channels, 1, 1], _device, dtype);
        Tensor y = Tensor.Empty([2, channels, 4, 4], _device, dtype), index = Tensor.Empty(y.Shape, _device, DType.Int32);
        _launches.Clear();
        _device.Pool.AveragePool2d(whole, x, mean);
        _device.Pool.AveragePool2dBackward(whole, mean, gradX, false);
        _device.Pool.MaxPool2d(halves, x, y, index);
        _device.Pool.MaxPool2dBackward(halves, index, y, gradX, false);
        AssertCoalesced(4);
    }

    private Tensor Numbers(Shape shape, DType dtype = DType.Float32) =>
        new RefArray(shape, [.. Enumerable.Range(0, (int)shape.Numel).Select(i => (double)(i % 17) - 8)]).ToTensor(_device, dtype);

    private void AssertCoalesced(int launches)
    {
        _device.Synchronize();
        Assert.That(_launches, Has.Count.EqualTo(launches));
        foreach (var launch in _launches)
        {
            var m = launch.Result.Metrics!;
            string what = $"{launch.Entry.Name} grid {launch.Grid} block {launch.Block}";
            TestContext.Out.WriteLine(
                $"{what}: {m.SectorsPerRequest:F2} sectors a request of {m.GlobalRequests}, {m.SharedBankConflicts} conflicts in {m.SharedRequests}, "
                + $"{m.RegistersPerThread} registers, {m.SharedBytesPerBlock} bytes shared, occupancy {m.TheoreticalOccupancy:P0}, {m.WarpInstructions} instructions");
            Assert.That(m.GlobalSectors * 32, Is.LessThanOrEqualTo(m.GlobalBytesLoaded + m.GlobalBytesStored + HalfSectors(launch)), what);
            Assert.That(m.SharedBankConflicts, Is.Zero, what);
        }
    }

    /// <summary>
    /// Bytes of sectors that batch norm in bfloat16 asks for twice: eight channels of a thread are one sector of float32 numbers per channel, in two requests.
    /// All threads load such numbers, the first row of a block stores sums.
    /// </summary>
    private static long HalfSectors(LaunchRecord launch)
    {
        const string Prefix = "batch_norm_", Suffix = "_vec8_bf16";
        if (launch.Entry.Name == Prefix + "finish_statistics_bf16") return 16L * launch.Grid.Count; // of the first row, eight channels to a block
        if (!launch.Entry.Name.StartsWith(Prefix, StringComparison.Ordinal) || !launch.Entry.Name.EndsWith(Suffix, StringComparison.Ordinal)) return 0;
        var (loads, stores) = launch.Entry.Name[Prefix.Length..^Suffix.Length] switch
        {
            "statistics" => (0, 2),
            "apply" => (4, 0),
            "backward_sums" => (4, 2),
            "backward_input" => (6, 0),
            var other => throw new AssertionException($"{other} is not a kernel of batch norm"),
        };
        return 32L * launch.Grid.Count * (loads * launch.Block.Count + stores * launch.Block.X);
    }
}
