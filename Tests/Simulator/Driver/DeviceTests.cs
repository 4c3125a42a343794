using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Machine;

namespace WrnEngine.Tests.Simulator.Driver;

public sealed unsafe class DeviceTests : DriverFixture
{
    private static readonly string[] TwoCalls = ["cuMemAlloc", "cuMemGetInfo"];

    [Test]
    public void EveryEntryIsFilled()
    {
        for (int i = 0; i < CudaSymbols.All.Length; i++)
        {
            Assert.That(Api.Entries[i], Is.Not.Zero, CudaSymbols.All[i].Export);
        }
    }

    [Test]
    public void ProbeSeesTheSimulatedDevice()
    {
        CudaProbeResult probe = CudaDeviceProbe.Run(new CudaLoadResult(Api, "ptxsim", null, []));
        Assert.That(probe.Devices, Has.Count.EqualTo(1));
        Assert.That(probe.Devices[0].ComputeCapability, Is.EqualTo("8.0"));
        Assert.That(probe.Devices[0].Multiprocessors, Is.EqualTo(108));
        Assert.That(probe.Devices[0].MemoryBytes, Is.EqualTo(64 << 20));
        Assert.That(probe.Devices[0].Name, Does.Contain("simulator"));
        Assert.That(probe.DriverVersionText, Is.EqualTo("13.0"));
    }

    [TestCase("sm_75", 7, 5, 65536, 1024)]
    [TestCase("sm_80", 8, 0, 166912, 2048)]
    [TestCase("sm_90", 9, 0, 232448, 2048)]
    public void AttributesFollowTheDevice(string name, int major, int minor, int sharedOptin, int threadsPerSm)
    {
        SimulatorDriver.Reset(Options with { Device = SimulatedDeviceProperties.ForTarget(name) });
        Ok(Api.Init(0));
        Assert.That(CudaDeviceProbe.Attribute(Api, CudaDeviceAttribute.ComputeCapabilityMajor, 0), Is.EqualTo(major));
        Assert.That(CudaDeviceProbe.Attribute(Api, CudaDeviceAttribute.ComputeCapabilityMinor, 0), Is.EqualTo(minor));
        Assert.That(CudaDeviceProbe.Attribute(Api, CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin, 0), Is.EqualTo(sharedOptin));
        Assert.That(CudaDeviceProbe.Attribute(Api, CudaDeviceAttribute.MaxThreadsPerMultiprocessor, 0), Is.EqualTo(threadsPerSm));
        Assert.That(CudaDeviceProbe.Attribute(Api, CudaDeviceAttribute.WarpSize, 0), Is.EqualTo(32));
    }

    [Test]
    public void WrongDeviceCallsAreRefused()
    {
        int value;
        Fails(CudaResult.InvalidDevice, Api.DeviceGet(&value, 1));
        Fails(CudaResult.InvalidDevice, Api.DeviceGetAttribute(&value, CudaDeviceAttribute.WarpSize, 3));
        Fails(CudaResult.InvalidValue, Api.DeviceGetAttribute(&value, (CudaDeviceAttribute)9999, 0));
        Fails(CudaResult.InvalidValue, Api.DeviceGetAttribute(null, CudaDeviceAttribute.WarpSize, 0));
        byte* name = stackalloc byte[4];
        Ok(Api.DeviceGetName(name, 4, 0));
        Assert.That(Text(name), Is.EqualTo("Wrn"), "cut to the buffer");
    }

    [Test]
    public void NothingWorksBeforeInit()
    {
        SimulatorDriver.Reset();
        int count;
        ulong address;
        Fails(CudaResult.NotInitialized, Api.DeviceGetCount(&count));
        Fails(CudaResult.NotInitialized, Api.MemAlloc(&address, 4));
        Ok(Api.DriverGetVersion(&count));
        Fails(CudaResult.InvalidValue, Api.Init(1));
    }

    [Test]
    public void ContextHasToBeCurrent()
    {
        CuContext context, popped;
        ulong address;
        Ok(Api.CtxGetCurrent(&context));
        Ok(Api.CtxPopCurrent(&popped));
        Assert.That(popped, Is.EqualTo(context));
        Fails(CudaResult.InvalidContext, Api.MemAlloc(&address, 4));
        Fails(CudaResult.InvalidContext, Api.CtxPopCurrent(&popped));
        Fails(CudaResult.InvalidContext, Api.CtxPushCurrent(new(12345)));
        Ok(Api.CtxPushCurrent(context));
        Ok(Api.MemAlloc(&address, 4));

        CudaResult other = CudaResult.Success;
        var thread = new Thread(() =>
        {
            ulong local;
            other = Api.MemAlloc(&local, 4);
        });
        thread.Start();
        thread.Join();
        Fails(CudaResult.InvalidContext, other);

        Ok(Api.DevicePrimaryCtxRelease(0));
        Fails(CudaResult.ContextIsDestroyed, Api.MemFree(address));
        Fails(CudaResult.InvalidContext, Api.DevicePrimaryCtxRelease(0));
    }

    [Test]
    public void PrimaryContextIsCounted()
    {
        CuContext first, second;
        CudaContextFlags flags;
        int active;
        Ok(Api.CtxGetCurrent(&first));
        Ok(Api.DevicePrimaryCtxRetain(&second, 0));
        Assert.That(second, Is.EqualTo(first));
        Ok(Api.DevicePrimaryCtxRelease(0));
        Ok(Api.DevicePrimaryCtxGetState(0, &flags, &active));
        Assert.That(active, Is.EqualTo(1));
        Ok(Api.DevicePrimaryCtxRelease(0));
        Ok(Api.DevicePrimaryCtxGetState(0, &flags, &active));
        Assert.That(active, Is.Zero);
    }

    [Test]
    public void ErrorsHaveTheNamesOfTheHeader()
    {
        byte* text;
        foreach (CudaResult result in Enum.GetValues<CudaResult>())
        {
            Ok(Api.GetErrorName(result, &text));
            Assert.That(Text(text), Does.StartWith("CUDA_"));
            Ok(Api.GetErrorString(result, &text));
            Assert.That(Text(text), Is.Not.Empty);
        }

        Ok(Api.GetErrorName(CudaResult.NoBinaryForGpu, &text));
        Assert.That(Text(text), Is.EqualTo("CUDA_ERROR_NO_BINARY_FOR_GPU"));
        Ok(Api.GetErrorName(CudaResult.Success, &text));
        Assert.That(Text(text), Is.EqualTo("CUDA_SUCCESS"));
        Fails(CudaResult.InvalidValue, Api.GetErrorName((CudaResult)777777, &text));
        Assert.That(text == null, Is.True);
    }

    [Test]
    public void EveryCallCanBeMadeToFail()
    {
        var seen = new List<string>();
        SimulatorDriver.Intercept = name =>
        {
            seen.Add(name);
            return name == "cuMemAlloc" ? CudaResult.OutOfMemory : CudaResult.Success;
        };
        ulong address;
        nuint free, total;
        Fails(CudaResult.OutOfMemory, Api.MemAlloc(&address, 4));
        Ok(Api.MemGetInfo(&free, &total));
        Assert.That(seen, Is.EqualTo(TwoCalls));
        SimulatorDriver.Intercept = null;
        Ok(Api.MemAlloc(&address, 4));
    }

    [Test]
    public void EnvironmentIsReadAndWrongValuesAreNamed()
    {
        try
        {
            Environment.SetEnvironmentVariable("WRN_PTXSIM_DEVICE", "sm_90");
            Environment.SetEnvironmentVariable("WRN_PTXSIM_CHECK", "memcheck,racecheck");
            Environment.SetEnvironmentVariable("WRN_PTXSIM_SEED", "17");
            SimulatorDriverOptions options = SimulatorDriverOptions.FromEnvironment();
            Assert.That(options.Device.ComputeMajor, Is.EqualTo(9));
            Assert.That(options.Checks.ToString(), Is.EqualTo("Memcheck, Racecheck"));
            Assert.That(options.Seed, Is.EqualTo(17));

            Environment.SetEnvironmentVariable("WRN_PTXSIM_DEVICE", "sm_42");
            ArgumentException? e = Assert.Throws<ArgumentException>(() => SimulatorDriverOptions.FromEnvironment());
            Assert.That(e!.Message, Does.StartWith("WRN_PTXSIM_DEVICE").And.Contain("sm_42").And.Contain("sm_80"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("WRN_PTXSIM_DEVICE", null);
            Environment.SetEnvironmentVariable("WRN_PTXSIM_CHECK", null);
            Environment.SetEnvironmentVariable("WRN_PTXSIM_SEED", null);
        }
    }
}
