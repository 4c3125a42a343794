using NUnit.Framework.Internal;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tensors;

namespace WrnEngine.Tests.Support;

/// <summary>A device that fixtures run on: how to open it, and why not where it is absent.</summary>
/// <param name="ElementTypes">What its ops compute in, see <see cref="Device.Computes"/>.</param>
/// <param name="Verify">After each test: what the device itself has noticed, as a failure.</param>
public sealed record TestDevice(string Name, string Category, DType[] ElementTypes, Func<Device>? Open, string? AbsentBecause, Action? Verify = null)
{
    public override string ToString() => Name;
}

/// <summary>
/// The fixture source of everything that must hold on every device. A device that is absent is listed and ignored with its reason.
/// Its buffers lie between canaries, are filled with NaN when they are handed out, and come one by one from the system.
/// </summary>
public static class TestDevices
{
    /// <summary>Enough for a loop to be split unevenly, on any machine.</summary>
    private const int Threads = 3;

    private static readonly DType[] SinglePrecision = [DType.Float32], MixedPrecision = [DType.Float32, DType.BFloat16];

    public static IEnumerable<TestFixtureData> All()
    {
        yield return Fixture(new TestDevice("cpu", "Cpu", SinglePrecision, () => new CpuDevice(Threads, ArenaMode.Guarded), null));
        yield return Fixture(new TestDevice("ptxsim", "Kernels", MixedPrecision, OpenSimulated, null, AssertNoFindings));
        yield return Fixture(Gpu());
    }

    /// <summary>The kernels as they ship, under every check; each buffer is an allocation of its own, which the checks know the ends of.</summary>
    private static CudaDevice OpenSimulated()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions { Checks = CheckKinds.All });
        return new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = ArenaMode.Separate });
    }

    /// <summary>
    /// The first device of the real driver, with the arena as users have it: an allocation for each buffer would be slow, and is worth it only where
    /// somebody watches them (<c>WRN_ARENA=off</c>, under compute-sanitizer).
    /// </summary>
    private static TestDevice Gpu()
    {
        var cuda = CudaDeviceProbe.Run();
        string? absent = cuda.Devices is [var first, ..] ? cuda.ProblemOf(first) : cuda.Problem;
        return new TestDevice("cuda:0", "Cuda", MixedPrecision, () => new CudaDevice(cuda.Load.Api!, "cuda:0", options: new CudaOptions { Arena = ArenaModes.FromEnvironment() }), absent);
    }

    private static void AssertNoFindings()
    {
        var findings = SimulatorDriver.Findings;
        SimulatorDriver.ForgetFindings();
        Assert.That(findings.Select(f => f.ToString()), Is.Empty);
    }

    private static TestFixtureData Fixture(TestDevice device)
    {
        var data = new TestFixtureData(device);
        data.SetArgDisplayNames(device.Name);
        data.Properties.Add(PropertyNames.Category, device.Category);
        return device.AbsentBecause is null ? data : data.Ignore(device.AbsentBecause);
    }
}
