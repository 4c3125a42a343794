using NUnit.Framework.Internal;
using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;

namespace WrnEngine.Tests.Support;

/// <summary>A device that fixtures run on: how to open it, and why not where it is absent.</summary>
public sealed record TestDevice(string Name, string Category, Func<Device>? Open, string? AbsentBecause)
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

    public static IEnumerable<TestFixtureData> All()
    {
        yield return Fixture(new TestDevice("cpu", "Cpu", () => new CpuDevice(Threads, ArenaMode.Guarded), null));
        yield return Fixture(new TestDevice("ptxsim", "Simulator", null, "this build has no simulated CUDA device"));
        yield return Fixture(new TestDevice("cuda:0", "Cuda", null, "this build has no CUDA device"));
    }

    private static TestFixtureData Fixture(TestDevice device)
    {
        var data = new TestFixtureData(device);
        data.SetArgDisplayNames(device.Name);
        data.Properties.Add(PropertyNames.Category, device.Category);
        return device.AbsentBecause is null ? data : data.Ignore(device.AbsentBecause);
    }
}
