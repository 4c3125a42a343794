using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Engine.Devices.Cpu;

/// <summary>Every pass against loops in double precision written from the definition, and the same bits for any number of threads.</summary>
[TestFixture(ConvAlgorithm.Direct)]
[TestFixture(ConvAlgorithm.Winograd)]
[Category("Cpu")]
public class CpuConvTests(ConvAlgorithm algorithm)
{
    /// <summary>The largest error relative to the largest number; Winograd's transforms enlarge it.</summary>
    private double Allowed => algorithm == ConvAlgorithm.Winograd ? 2e-5 : 1e-5; // of means near zero the error is relative to the spread

    private static IEnumerable<TestCaseData> Shapes()
    {
        // The network's own kinds of layers, small; then the corners.
        Conv2dShape[] shapes =
        [
            new(2, 3, 9, 9, 16, 3, 3, 1, 1, 1, 1), new(2, 16, 8, 8, 160, 3, 3, 1, 1, 1, 1), new(2, 160, 8, 8, 17, 3, 3, 2, 2, 1, 1),
            new(3, 17, 7, 5, 33, 1, 1, 2, 2, 0, 0), new(2, 64, 6, 6, 64, 1, 1, 1, 1, 0, 0), new(5, 32, 4, 4, 64, 3, 3, 1, 1, 1, 1),
            new(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0), new(1, 17, 1, 1, 160, 3, 3, 1, 1, 1, 1), new(2, 3, 1, 1, 5, 1, 1, 1, 1, 3, 3),
            new(1, 2, 40, 40, 3, 5, 5, 1, 1, 2, 2), new(1, 3, 30, 31, 8, 7, 7, 2, 2, 3, 3), new(3, 5, 11, 4, 7, 2, 3, 3, 1, 0, 2),
            new(2, 4, 5, 12, 6, 4, 1, 1, 3, 3, 0), new(2, 6, 6, 6, 9, 6, 6, 1, 1, 0, 0), new(1, 8, 3, 50, 8, 1, 5, 2, 4, 0, 1),
            new(1, 3, 5, 5, 4, 2, 2, 5, 4, 0, 0), new(40, 9, 4, 4, 20, 3, 3, 2, 2, 1, 1), new(2, 640, 3, 3, 16, 3, 3, 1, 1, 1, 1),
            new(70, 4, 8, 8, 4, 3, 3, 1, 1, 1, 1), new(90, 20, 8, 8, 70, 3, 3, 1, 1, 1, 1), new(2, 130, 13, 10, 67, 3, 3, 1, 1, 0, 2), new(1, 70, 2, 3, 100, 3, 2, 1, 1, 1, 1),
            // 3x3 of stride 2: every padding, odd and even sizes, one pixel, several tiles, strips and slices.
            new(1, 1, 1, 1, 1, 3, 3, 2, 2, 1, 1), new(2, 3, 1, 1, 17, 3, 3, 2, 2, 3, 2), new(2, 17, 3, 3, 1, 3, 3, 2, 2, 0, 0), new(1, 5, 9, 20, 3, 3, 3, 2, 2, 0, 1),
            new(3, 19, 8, 17, 70, 3, 3, 2, 2, 2, 0), new(2, 33, 21, 18, 66, 3, 3, 2, 2, 1, 3), new(70, 20, 16, 16, 36, 3, 3, 2, 2, 1, 1), new(1, 300, 4, 5, 8, 3, 3, 2, 2, 1, 1),
        ];
        return shapes.Select(s => new TestCaseData(s).SetArgDisplayNames(
            $"{s.N}x{s.InChannels}x{s.H}x{s.W}->{s.OutChannels} k{s.KernelH}x{s.KernelW} s{s.StrideH}x{s.StrideW} p{s.PaddingH}x{s.PaddingW}"));
    }

    [TestCaseSource(nameof(Shapes))]
    public void ForwardMatches(Conv2dShape s)
    {
        var reference = new ConvReference(s);
        SameOnAllTeams(device =>
        {
            var y = Tensor.Empty(reference.YShape, device);
            device.Conv.Conv2dForward(s, Tensor.From(reference.X, reference.XShape, device), Tensor.From(reference.Weight, reference.WeightShape, device), y);
            return [y];
        }, reference.Forward(reference.X));
    }

    [TestCaseSource(nameof(Shapes))]
    public void BackwardInputMatches(Conv2dShape s)
    {
        var reference = new ConvReference(s);
        foreach (bool accumulate in (bool[])[false, true])
        {
            SameOnAllTeams(device =>
            {
                var gradX = accumulate ? Tensor.From(reference.X, reference.XShape, device) : Tensor.Empty(reference.XShape, device);
                device.Conv.Conv2dBackwardInput(
                    s, Tensor.From(reference.GradY, reference.YShape, device), Tensor.From(reference.Weight, reference.WeightShape, device), gradX, accumulate);
                return [gradX];
            }, reference.BackwardInput(accumulate ? reference.X : null));
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void BackwardWeightMatches(Conv2dShape s)
    {
        var reference = new ConvReference(s);
        foreach (bool accumulate in (bool[])[false, true])
        {
            SameOnAllTeams(device =>
            {
                var gradWeight = accumulate ? Tensor.From(reference.Weight, reference.WeightShape, device) : Tensor.Empty(reference.WeightShape, device);
                device.Conv.Conv2dBackwardWeight(
                    s, Tensor.From(reference.X, reference.XShape, device), Tensor.From(reference.GradY, reference.YShape, device), gradWeight, accumulate);
                return [gradWeight];
            }, reference.BackwardWeight(reference.X, accumulate ? reference.Weight : null));
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void PrologueAndEpilogueMatch(Conv2dShape s)
    {
        var reference = new ConvReference(s);
        var scale = ConvReference.Numbers(s.InChannels, 11);
        var shift = ConvReference.Numbers(s.InChannels, 12);
        foreach (var (affine, relu, residual, sums) in ((bool, bool, bool, bool)[])[(true, true, true, true), (true, false, true, false), (false, true, false, true)])
        {
            float[] input = reference.Affine(affine ? scale : null, shift, relu);
            double[] y = reference.Forward(input);
            if (residual)
                for (int i = 0; i < y.Length; i++) y[i] += reference.GradY[i];
            double[][] expected = sums ? [y, .. ConvReference.Moments(y, reference.YShape)] : [y];
            SameOnAllTeams(device =>
            {
                var output = Tensor.Empty(reference.YShape, device);
                Tensor[] results = sums ? [output, Tensor.Empty([s.OutChannels], device), Tensor.Empty([s.OutChannels], device)] : [output];
                device.Conv.Conv2dForward(
                    s, Tensor.From(reference.X, reference.XShape, device), Tensor.From(reference.Weight, reference.WeightShape, device), output,
                    Prologue(device), new ConvEpilogue(residual ? Tensor.From(reference.GradY, reference.YShape, device) : null, sums ? new ChannelMoments(results[1], results[2]) : null));
                return results;
            }, expected);
            SameOnAllTeams(device =>
            {
                var gradWeight = Tensor.Empty(reference.WeightShape, device);
                device.Conv.Conv2dBackwardWeight(
                    s, Tensor.From(reference.X, reference.XShape, device), Tensor.From(reference.GradY, reference.YShape, device), gradWeight, false, Prologue(device));
                return [gradWeight];
            }, reference.BackwardWeight(input, null));

            ConvPrologue Prologue(CpuDevice device) => new(
                affine ? Tensor.From(scale, [s.InChannels], device) : null, affine ? Tensor.From(shift, [s.InChannels], device) : null, relu);
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void BackwardInputEpilogueMatches(Conv2dShape s)
    {
        var reference = new ConvReference(s);
        var scale = ConvReference.Numbers(s.InChannels, 11);
        var shift = ConvReference.Numbers(s.InChannels, 12);
        float[] mask = reference.Affine(scale, shift, relu: true);
        foreach (bool accumulate in (bool[])[false, true])
        {
            double[] g = reference.BackwardInput(accumulate ? reference.X : null);
            for (int i = 0; i < g.Length; i++)
                if (mask[i] <= 0) g[i] = 0;
            var mean = ConvReference.Numbers(s.InChannels, 13);
            var gx = g.Select((v, i) => v * (reference.X[i] - mean[ConvReference.ChannelOf(i, reference.XShape)])).ToArray();
            SameOnAllTeams(device =>
            {
                var x = Tensor.From(reference.X, reference.XShape, device);
                var gradX = accumulate ? Tensor.From(reference.X, reference.XShape, device) : Tensor.Empty(reference.XShape, device);
                Tensor[] results = [gradX, Tensor.Empty([s.InChannels], device), Tensor.Empty([s.InChannels], device)];
                device.Conv.Conv2dBackwardInput(
                    s, Tensor.From(reference.GradY, reference.YShape, device), Tensor.From(reference.Weight, reference.WeightShape, device), gradX, accumulate,
                    new ConvBackwardEpilogue(
                        x, Tensor.From(mean, [s.InChannels], device), Tensor.From(scale, [s.InChannels], device), Tensor.From(shift, [s.InChannels], device), true,
                        results[1], results[2]));
                return results;
            }, g, ConvReference.PerChannel(g, reference.XShape), ConvReference.PerChannel(gx, reference.XShape));
        }
    }

    [Test]
    public void TemporaryMemoryIsReturned()
    {
        using var device = new CpuDevice(2, conv: algorithm);
        var s = new Conv2dShape(2, 8, 6, 6, 8, 3, 3, 2, 2, 1, 1);
        var reference = new ConvReference(s);
        using (new StepScope())
        {
            Tensor x = Tensor.From(reference.X, reference.XShape, device), w = Tensor.From(reference.Weight, reference.WeightShape, device);
            var y = Tensor.From(reference.GradY, reference.YShape, device);
            int live = device.Memory.LiveBuffers;
            device.Conv.Conv2dForward(s, x, w, y);
            device.Conv.Conv2dBackwardInput(s, y, w, x, false);
            device.Conv.Conv2dBackwardWeight(s, x, y, w, false);
            Assert.That(device.Memory.LiveBuffers, Is.EqualTo(live));
        }
        Assert.That(device.Memory.LiveBuffers, Is.Zero);
    }

    // Runs on one guarded thread and compares with the reference, then on two and three threads and compares the bits.
    private void SameOnAllTeams(Func<CpuDevice, Tensor[]> run, params double[][] expected)
    {
        float[][]? first = null;
        foreach (int threads in (int[])[1, 2, 3])
        {
            using var device = new CpuDevice(threads, threads == 1 ? ArenaMode.Guarded : ArenaMode.Pooled, algorithm);
            var results = run(device).Select(t => t.ToArray<float>()).ToArray();
            ((CpuMemory)device.Memory).CheckGuards();
            if (first is not null)
            {
                for (int i = 0; i < first.Length; i++) Assert.That(results[i], Is.EqualTo(first[i]), $"{threads} threads must give the same bits");
                continue;
            }
            first = results;
            for (int i = 0; i < expected.Length; i++) AssertClose(results[i], expected[i]);
        }
    }

    // The error relative to the largest number: every result is a sum of products of numbers of order one.
    private void AssertClose(float[] actual, double[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        double largest = 1e-3, error = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.That(float.IsFinite(actual[i]), Is.True, $"element {i} is {actual[i]}");
            largest = Math.Max(largest, Math.Abs(expected[i]));
            error = Math.Max(error, Math.Abs(actual[i] - expected[i]));
        }
        Assert.That(error / largest, Is.LessThan(Allowed));
    }
}
