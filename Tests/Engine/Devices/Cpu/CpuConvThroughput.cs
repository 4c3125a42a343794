using System.Diagnostics;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cpu.Gemm;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>
/// Prints the speed of the layers of WRN-16-8 per pass and its share of what the bare micro-kernel reaches. Only on demand:
/// <c>WrnEngine.Tests --filter FullyQualifiedName~CpuConvThroughput --output Detailed</c>; with all threads by the clock, for a quiet machine, and on
/// one thread by the processor's time, for a busy one.
/// </summary>
[TestFixture(false)]
[TestFixture(true)]
[Explicit("a measurement")]
public unsafe class CpuConvThroughput(bool onOneThread)
{
    private const int Batch = 128, Runs = 15;

    // Name, shape without the batch, how often the layer occurs, whether its input needs a gradient.
    private static readonly (string Name, Conv2dShape Shape, int Count, bool BackwardInput)[] Layers =
    [
        ("3 -> 16, 32x32", new(Batch, 3, 32, 32, 16, 3, 3, 1, 1, 1, 1), 1, false),
        ("16 -> 128, 32x32", new(Batch, 16, 32, 32, 128, 3, 3, 1, 1, 1, 1), 1, true),
        ("16 -> 128, 1x1", new(Batch, 16, 32, 32, 128, 1, 1, 1, 1, 0, 0), 1, true),
        ("128 -> 128, 32x32", new(Batch, 128, 32, 32, 128, 3, 3, 1, 1, 1, 1), 3, true),
        ("128 -> 256, stride 2", new(Batch, 128, 32, 32, 256, 3, 3, 2, 2, 1, 1), 1, true),
        ("128 -> 256, 1x1 s2", new(Batch, 128, 32, 32, 256, 1, 1, 2, 2, 0, 0), 1, true),
        ("256 -> 256, 16x16", new(Batch, 256, 16, 16, 256, 3, 3, 1, 1, 1, 1), 3, true),
        ("256 -> 512, stride 2", new(Batch, 256, 16, 16, 512, 3, 3, 2, 2, 1, 1), 1, true),
        ("256 -> 512, 1x1 s2", new(Batch, 256, 16, 16, 512, 1, 1, 2, 2, 0, 0), 1, true),
        ("512 -> 512, 8x8", new(Batch, 512, 8, 8, 512, 3, 3, 1, 1, 1, 1), 3, true),
    ];

    private readonly CpuDevice _winograd = Open(onOneThread, ConvAlgorithm.Winograd), _direct = Open(onOneThread, ConvAlgorithm.Direct);
    private double _step, _directStep;

    private static CpuDevice Open(bool onOneThread, ConvAlgorithm algorithm) => onOneThread ? new(1, conv: algorithm) : new(conv: algorithm);

    private static IEnumerable<TestCaseData> Cases() => Layers.Select(l => new TestCaseData(l.Shape, l.Count, l.BackwardInput).SetArgDisplayNames(l.Name));

    [OneTimeSetUp]
    public void PrintPeak() => TestContext.Out.WriteLine(
        $"{_winograd.Description}; bare micro-kernel {KernelPeak(_winograd):F0} GFLOP/s; ms by the direct way and by Winograd's, which is in direct GFLOP/s");

    [OneTimeTearDown]
    public void PrintStep()
    {
        TestContext.Out.WriteLine($"these convolutions of a training step: {_step * 1e3:F0} ms, direct {_directStep * 1e3:F0} ms; alone {Batch / _step:F1} and {Batch / _directStep:F1} images/s");
        _winograd.Dispose();
        _direct.Dispose();
    }

    [TestCaseSource(nameof(Cases))]
    public void PrintConvolution(Conv2dShape shape, int count, bool backwardInput)
    {
        var x = Random([shape.N, shape.InChannels, shape.H, shape.W], _winograd);
        var weight = Random([shape.OutChannels, shape.InChannels, shape.KernelH, shape.KernelW], _winograd);
        var y = Random([shape.N, shape.OutChannels, shape.OutH, shape.OutW], _winograd);
        Tensor gradX = Tensor.Empty(x.Shape, _winograd), gradWeight = Tensor.Empty(weight.Shape, _winograd), output = Tensor.Empty(y.Shape, _winograd);
        Measure("forward", d => d.Conv.Conv2dForward(shape, x, weight, output));
        if (backwardInput) Measure("backward-input", d => d.Conv.Conv2dBackwardInput(shape, y, weight, gradX, false));
        Measure("backward-weight", d => d.Conv.Conv2dBackwardWeight(shape, x, y, gradWeight, false));
        foreach (var tensor in (Tensor[])[x, weight, y, gradX, gradWeight, output]) tensor.Release();
        Assert.That(_step, Is.Positive);

        void Measure(string pass, Action<CpuDevice> run)
        {
            var (direct, winograd) = Fastest(() => run(_direct), () => run(_winograd));
            _directStep += count * direct;
            _step += count * Math.Min(direct, winograd);
            TestContext.Out.WriteLine(
                $"{pass,-15} {direct * 1e3,7:F1} {winograd * 1e3,7:F1} ms {direct / winograd,5:F2}x {2e-9 * shape.Macs / winograd,5:F0} GFLOP/s");
        }
    }

    private double KernelPeak(CpuDevice device)
    {
        const int K = 256, Calls = 20_000;
        int width = GemmKernel.MaxWidth;
        var operands = Random([device.Team.ThreadCount, (GemmKernel.Rows * 2 + K) * 128 + K * width], device);
        Action run = () => device.Team.For(device.Team.ThreadCount, part =>
        {
            float* memory = (float*)operands.Address + operands.Shape[1] * (long)part;
            int zero = 0;
            int* aRows = stackalloc int[GemmKernel.Rows], cRows = stackalloc int[GemmKernel.Rows];
            for (int i = 0; i < GemmKernel.Rows; i++) (aRows[i], cRows[i]) = (i * K, i * width);
            var tile = new GemmTile
            {
                A = memory,
                C = memory + GemmKernel.Rows * K,
                B = memory + GemmKernel.Rows * (K + width),
                ARows = aRows,
                CRows = cRows,
                ASegments = &zero,
                BSegments = &zero,
                SegmentCount = 1,
                Run = K,
                AStep = 1,
                BStep = width,
            };
            for (int i = 0; i < Calls; i++) GemmKernel.Run(&tile, GemmKernel.Rows, width, width);
        });
        double seconds = Fastest(run, run).First;
        operands.Release();
        return 2e-9 * GemmKernel.Rows * width * K * Calls * device.Team.ThreadCount / seconds;
    }

    private static Tensor Random(Shape shape, CpuDevice device)
    {
        var random = new Random(1);
        var tensor = Tensor.Empty(shape, device);
        foreach (ref float value in new Span<float>((float*)tensor.Address, checked((int)tensor.Numel))) value = random.NextSingle() * 2 - 1;
        return tensor;
    }

    /// <summary>Seconds of the fastest of several runs, the two ways in turn: whatever else the machine does can only slow them.</summary>
    private (double First, double Second) Fastest(Action first, Action second)
    {
        var (fastestFirst, fastestSecond) = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < Runs; i++)
        {
            fastestFirst = Math.Min(fastestFirst, Seconds(first));
            fastestSecond = Math.Min(fastestSecond, Seconds(second));
        }
        return (fastestFirst, fastestSecond);
    }

    private double Seconds(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        var used = Environment.CpuUsage.TotalTime;
        run();
        return onOneThread ? (Environment.CpuUsage.TotalTime - used).TotalSeconds : Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
