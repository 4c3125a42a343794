using System.Runtime.InteropServices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tests.Kernels.Driver;

/// <summary>Probe, error texts and launch helper over a table with canned answers.</summary>
[Category("Kernels")]
[NonParallelizable]
public sealed class CudaHelpersTests
{
    [StructLayout(LayoutKind.Sequential)]
    private struct ScaleArgs
    {
        public ulong X;
        public float Factor;
        public int Count;
    }

    private static readonly CudaLoadResult Loaded = new(FakeDriver.Create(), "fake", null, [new("fake", "loaded")]);

    private static readonly string[] DeviceNames = ["Fake GPU 10", "Fake GPU 11"];

    [TearDown]
    public void Reset() => FakeDriver.Reset();

    [Test]
    public void ProbeReadsEveryDevice()
    {
        CudaProbeResult probe = CudaDeviceProbe.Run(Loaded);
        Assert.That(probe.IsUsable, Is.True);
        Assert.That(probe.Problem, Is.Null);
        Assert.That(probe.DriverVersionText, Is.EqualTo("12.8"));
        Assert.That(probe.Devices.Select(device => device.Name), Is.EqualTo(DeviceNames));
        CudaDeviceInfo first = probe.Devices[0];
        Assert.That(first.ComputeCapability, Is.EqualTo("9.0"));
        Assert.That(first.MemoryBytes, Is.EqualTo(85_000_000_000));
        Assert.That(first.Multiprocessors, Is.EqualTo(132));
        Assert.That(first.Uuid, Is.EqualTo("GPU-00112233-4455-6677-8899-aabbccddeeff"));
    }

    [TestCase(CudaResult.NoDevice, "sees no device")]
    [TestCase(CudaResult.StubLibrary, "stub")]
    [TestCase(CudaResult.SystemDriverMismatch, "reboot")]
    [TestCase(CudaResult.OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY (2): out of memory")]
    public void ProbeSaysWhyADriverDoesNotStart(CudaResult result, string words)
    {
        FakeDriver.InitResult = result;
        CudaProbeResult probe = CudaDeviceProbe.Run(Loaded);
        Assert.That(probe.IsUsable, Is.False);
        Assert.That(probe.Problem, Does.Contain(words));
        Assert.That(probe.DriverVersion, Is.EqualTo(12080), "the version is known without a device");
    }

    [TestCase(90, 12080, null)]
    [TestCase(75, 12000, null)]
    [TestCase(61, 12080, "Fake GPU 10 has compute capability 6.1, and the kernels need 7.5 or later")]
    [TestCase(90, 11040, "the kernels are PTX 7.5, which needs a driver of CUDA 11.5 or later, and this one is of CUDA 11.4: update the driver")]
    public void ProbeSaysWhyADeviceIsOfNoUse(int capability, int version, string? problem)
    {
        (FakeDriver.Capability, FakeDriver.Version) = (capability, version);
        CudaProbeResult probe = CudaDeviceProbe.Run(Loaded);
        Assert.That(probe.ProblemOf(probe.Devices[0]), Is.EqualTo(problem));
        if (problem is null) return;
        // Said before anything is loaded: the fake has no context to retain.
        Assert.That(() => new CudaContext(Loaded.Api!, 0), Throws.TypeOf<NotSupportedException>().With.Message.EqualTo(problem));
    }

    [Test]
    public void LaunchPassesTheStructsBytes()
    {
        CudaApi api = FakeDriver.Create();
        var args = new ScaleArgs { X = 0x1122334455667788, Factor = 2.5f, Count = 7 };
        api.Launch(new(5), new(3, 2), new(32, 4), 1024, new(9), in args);
        Assert.That(FakeDriver.LastArguments, Is.EqualTo(MemoryMarshal.AsBytes(new ReadOnlySpan<ScaleArgs>(in args)).ToArray()));
        Assert.That(FakeDriver.LastArguments, Has.Length.EqualTo(16));
        Assert.That(FakeDriver.LastLaunch, Is.EqualTo((6u, 128u, 1024u, (nint)9)));
    }

    [Test]
    public void LaunchAllocatesNothing()
    {
        CudaApi api = FakeDriver.Create();
        var args = new ScaleArgs { Count = 1 };
        Launch();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Launch();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        // The fake keeps no copy of the arguments at this shared size.
        void Launch() => api.Launch(new(5), 3, 128, uint.MaxValue, default, in args);
    }

    [Test]
    public void ErrorNamesCallCodeAndText()
    {
        CudaApi api = FakeDriver.Create();
        CudaException? e = Assert.Throws<CudaException>(() => api.Launch(default, 1, 1, 0, default, 0));
        Assert.That(e!.Message, Is.EqualTo("cuLaunchKernel failed with CUDA_ERROR_OUT_OF_MEMORY (2): out of memory."));
        Assert.That(e.Result, Is.EqualTo(CudaResult.OutOfMemory));
        Assert.That(e.Call, Is.EqualTo("cuLaunchKernel"));
        Assert.That(e.IsSticky, Is.False);
        Assert.That(api.Describe((CudaResult)12345), Is.EqualTo("CUDA error 12345 (12345)"));
        Assert.That(new CudaException("", "", CudaResult.IllegalAddress).IsSticky, Is.True);
    }
}
