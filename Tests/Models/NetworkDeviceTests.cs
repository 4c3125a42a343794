using WrnEngine.Autograd;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;
using WrnEngine.Models;
using WrnEngine.Ops;
using WrnEngine.Optim;
using WrnEngine.Tensors;
using WrnEngine.Tests.Support;
using WrnEngine.Training;

namespace WrnEngine.Tests.Models;

/// <summary>Whole networks on the kernels, by the host code of the CUDA device, against the CPU device: two programs that share nothing below the ops.</summary>
[Category("Kernels")]
public class NetworkDeviceTests
{
    [TestCaseSource(typeof(SmallNetworks), nameof(SmallNetworks.All))]
    public void OneStepAgrees(WideResNetOptions options) => Compare(options, images: 3, side: 8, steps: 1, fuse: true);

    [Test]
    public void FiveStepsOfWrn10Agree() => Compare(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, images: 4, side: 32, steps: 5, fuse: true);

    [Test]
    public void FiveStepsOfThePlainGraphAgree() => Compare(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, images: 3, side: 8, steps: 5, fuse: false);

    /// <summary>Factors have 11 significant bits then, sums all of float32's; the stem, with 3 channels, stays float32.</summary>
    [Test]
    public void Tf32AgreesToItsPrecision()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        var options = new WideResNetOptions { Depth = 10, WidenFactor = 1 };
        using var plain = new CudaDevice(SimulatorDriver.Table, "ptxsim");
        var expected = NetworkSteps.Run(options, plain, images: 4, side: 16, steps: 1);
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Tf32 = true });
        var actual = NetworkSteps.Run(options, device, images: 4, side: 16, steps: 1);
        double largest = 0;
        foreach (var (name, values) in expected)
        {
            double norm = NetworkSteps.Norm(values.Select(v => (double)v)), error = NetworkSteps.Norm(values.Zip(actual[name], (a, b) => (double)a - b));
            // Rounding decides the mask of an activation near zero, and one of a thousand in a layer is three percent of a gradient's norm.
            Assert.That(error / norm, Is.LessThan(name.StartsWith("loss", StringComparison.Ordinal) ? Math.Pow(2, -11) : 0.1), name);
            largest = Math.Max(largest, error / norm);
        }
        Assert.That(largest, Is.GreaterThan(Math.Pow(2, -14)), "nothing was rounded: the tensor cores were not used");
    }

    [Test]
    public void Tf32NeedsTensorCores()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Device = SimulatedDeviceProperties.Sm75 });
        var error = Assert.Throws<NotSupportedException>(() => new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Tf32 = true }).Dispose());
        Assert.That(error!.Message, Does.Contain("8.0").And.Contain("7.5"));
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim"); // nothing was left behind
        NetworkSteps.Run(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, device, images: 1, side: 8, steps: 1);
    }

    [Test]
    public void AStepHasNoFindings()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Checks = CheckKinds.All });
        using (var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Separate }))
            NetworkSteps.Run(new WideResNetOptions { Depth = 10, WidenFactor = 1, DropRate = 0.3f }, device, images: 2, side: 8, steps: 1);
        using (var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Separate, Tf32 = true }))
            NetworkSteps.Run(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, device, images: 2, side: 8, steps: 1);
        Assert.That(SimulatorDriver.Findings.Select(f => f.ToString()), Is.Empty); // of the end as well, where memory that was not freed shows
    }

    [Test]
    public void TheSameBitsEveryTime()
    {
        var runs = new Dictionary<string, float[]>[2];
        for (int i = 0; i < runs.Length; i++)
        {
            // Another order of blocks and warps, and another number of host threads: what is left is the kernels' own order of additions.
            SimulatorDriver.Reset(new SimulatorDriverOptions { Seed = i, Workers = i + 1 });
            using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim");
            runs[i] = NetworkSteps.Run(new WideResNetOptions { Depth = 10, WidenFactor = 1 }, device, images: 3, side: 8, steps: 2);
        }
        foreach (var (name, values) in runs[0]) TensorAssert.AreBitIdentical(runs[1][name], values, name);
    }

    /// <summary>By the simulator's counts, with its estimate of registers but where a kernel tells the assembler to leave room (its launch bounds).</summary>
    [Test]
    public void NoKernelHasBankConflictsAndTwoBlocksFitAMultiprocessor()
    {
        const int Registers = 64 << 10, SharedBytes = 164 << 10; // of a multiprocessor of sm_80
        SimulatorDriver.Reset(new SimulatorDriverOptions { CollectMetrics = true });
        var launches = new List<LaunchRecord>();
        SimulatorDriver.Launched += launches.Add;
        try
        {
            using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim");
            foreach (double width in (double[])[1, 4]) NetworkSteps.Run(new WideResNetOptions { Depth = 10, WidenFactor = width, DropRate = 0.3f }, device, images: 2, side: 8, steps: 1);
        }
        finally
        {
            SimulatorDriver.Launched -= launches.Add;
        }

        Assert.That(launches, Has.Count.GreaterThan(100));
        Assert.Multiple(() =>
        {
            foreach (var kernel in launches.GroupBy(l => l.Entry.Name))
            {
                Assert.That(kernel.Sum(l => l.Result.Metrics!.SharedBankConflicts), Is.Zero, $"bank conflicts of {kernel.Key}");
                bool isBounded = kernel.First().Entry.MinBlocksPerSm >= 2;
                Assert.That(isBounded ? 0 : kernel.Max(l => 2 * l.Result.Metrics!.RegistersPerThread * l.Block.X * l.Block.Y * l.Block.Z), Is.AtMost(Registers), $"registers of {kernel.Key}");
                Assert.That(kernel.Max(l => 2 * l.Result.Metrics!.SharedBytesPerBlock), Is.AtMost(SharedBytes), $"shared memory of {kernel.Key}");
            }
        });
    }

    private static void Compare(WideResNetOptions options, int images, int side, int steps, bool fuse)
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        using var cpu = new CpuDevice(2, conv: ConvAlgorithm.Direct, fuse: fuse);
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Fuse = fuse });
        var (expected, actual) = (NetworkSteps.Run(options, cpu, images, side, steps), NetworkSteps.Run(options, device, images, side, steps));
        Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
        // A layer adds its own rounding to what it is handed and hands both on, forwards, backwards and from step to step.
        double tolerance = Tolerance.Relative(DType.Float32, 9 * 64) * options.Depth * steps;
        Assert.Multiple(() =>
        {
            foreach (var (name, values) in expected)
            {
                Assert.That(actual[name], Has.None.Matches<float>(v => !float.IsFinite(v)), name);
                double norm = NetworkSteps.Norm(values.Select(v => (double)v)), error = NetworkSteps.Norm(values.Zip(actual[name], (a, b) => (double)a - b));
                Assert.That(error / norm, Is.LessThan(tolerance), name);
            }
        });
    }
}
