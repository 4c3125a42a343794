using System.Diagnostics;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cpu.Gemm;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>
/// Prints the speed of the layers of WRN-16-8 per pass and its share of what the bare micro-kernel reaches. Only on demand:
/// <c>WrnEngine.Tests --filter FullyQualifiedName~CpuConvThroughput</c>.
/// </summary>
[TestFixture]
[Explicit("a measurement, for a quiet machine")]
public unsafe class CpuConvThroughput
{
    private const int Batch = 128, Runs = 7;

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

    [Test]
    public void PrintConvolutions()
    {
        using var device = new CpuDevice(conv: ConvAlgorithm.Winograd);
        using var direct = new CpuDevice(conv: ConvAlgorithm.Direct);
        double peak = KernelPeak(device);
        TestContext.Out.WriteLine($"{device.Description}; bare micro-kernel {peak:F0} GFLOP/s on all threads; ms by the direct way and by Winograd's, which is in direct GFLOP/s");
        double step = 0, directStep = 0;
        foreach (var (name, shape, count, backwardInput) in Layers)
        {
            var x = Random([shape.N, shape.InChannels, shape.H, shape.W], device);
            var weight = Random([shape.OutChannels, shape.InChannels, shape.KernelH, shape.KernelW], device);
            var y = Random([shape.N, shape.OutChannels, shape.OutH, shape.OutW], device);
            Tensor gradX = Tensor.Empty(x.Shape, device), gradWeight = Tensor.Empty(weight.Shape, device), output = Tensor.Empty(y.Shape, device);
            var forward = Pair(d => d.Conv.Conv2dForward(shape, x, weight, output));
            var input = backwardInput ? Pair(d => d.Conv.Conv2dBackwardInput(shape, y, weight, gradX, false)) : default;
            var weights = Pair(d => d.Conv.Conv2dBackwardWeight(shape, x, y, gradWeight, false));
            directStep += count * (forward.Direct + input.Direct + weights.Direct);
            step += count * (Math.Min(forward.Direct, forward.Winograd) + Math.Min(input.Direct, input.Winograd) + Math.Min(weights.Direct, weights.Winograd));
            TestContext.Out.WriteLine($"{name,-21} forward {Text(forward)}   backward-input {Text(input)}   backward-weight {Text(weights)}");
            foreach (var tensor in (Tensor[])[x, weight, y, gradX, gradWeight, output]) tensor.Release();

            (double Direct, double Winograd) Pair(Action<CpuDevice> run) => (Median(() => run(direct)), Median(() => run(device)));

            string Text((double Direct, double Winograd) s) => s.Direct == 0 ? $"{"-",32}"
                : $"{s.Direct * 1e3,7:F1} {s.Winograd * 1e3,7:F1} ms {s.Direct / s.Winograd,5:F2}x {2e-9 * shape.Macs / s.Winograd,5:F0} GFLOP/s";
        }
        TestContext.Out.WriteLine($"all convolutions of a training step: {step * 1e3:F0} ms, {Batch / step:F1} images/s; direct {directStep * 1e3:F0} ms, {Batch / directStep:F1} images/s");
        Assert.That(step, Is.Positive);
    }

    private static double KernelPeak(CpuDevice device)
    {
        const int K = 256, Calls = 20_000;
        int width = GemmKernel.MaxWidth;
        var operands = Random([device.Team.ThreadCount, (GemmKernel.Rows * 2 + K) * 128 + K * width], device);
        double seconds = Median(() => device.Team.For(device.Team.ThreadCount, part =>
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
        }));
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

    private static double Median(Action run)
    {
        run();
        run();
        var seconds = new double[Runs];
        for (int i = 0; i < Runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        Array.Sort(seconds);
        return seconds[Runs / 2];
    }
}
