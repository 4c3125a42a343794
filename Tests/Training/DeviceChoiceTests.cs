using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Kernels.Driver;
using WrnEngine.Training;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Tests.Training;

/// <summary><c>--device</c> on machines that this one is not: one with a GPU (the simulator's table stands for its driver), with two, with old ones.</summary>
[Category("Training")]
[NonParallelizable]
public sealed class DeviceChoiceTests
{
    [SetUp]
    public void Start() => SimulatorDriver.Reset(new SimulatorDriverOptions());

    [TearDown]
    public void End()
    {
        FakeDriver.Reset();
        SimulatorDriver.Reset(new SimulatorDriverOptions());
    }

    [TestCase("auto")]
    [TestCase("cuda")]
    [TestCase("cuda:0")]
    public void ADeviceThatIsThereIsTaken(string name)
    {
        Inventory inventory = MachineOf(SimulatorDriver.Table);
        using Device device = Open(inventory, name);
        Assert.That(device, Is.TypeOf<CudaDevice>());
        Assert.That(device.Name, Is.EqualTo("cuda:0"));
        string explained = DeviceChoice.Explain(name, device, inventory);
        Assert.That(explained, Does.StartWith("cuda:0 (").And.Contain("compute capability 8.0"));
        Assert.That(explained.EndsWith(": cuda:0 is there, " + inventory.Cuda.Devices[0].Name, StringComparison.Ordinal), Is.EqualTo(name == "auto"), explained);
    }

    [Test]
    public void AutoWithTensorCoresIsTheGpu()
    {
        using Device device = Open(MachineOf(SimulatorDriver.Table), "auto", "--tf32", "--amp");
        Assert.That(device.Name, Is.EqualTo("cuda:0"));
    }

    [Test]
    public void AutoWithoutADriverIsTheProcessor()
    {
        Inventory inventory = NoDriver();
        using Device device = Open(inventory, "auto");
        Assert.That(device, Is.TypeOf<CpuDevice>());
        Assert.That(DeviceChoice.Explain("auto", device, inventory), Does.EndWith(": there is no CUDA device (no CUDA driver was found)"));
    }

    [TestCase(61, 12080, "Fake GPU 10 has compute capability 6.1, and the kernels need 7.5 or later")]
    [TestCase(90, 11040, "the kernels are PTX 7.5, which needs a driver of CUDA 11.5 or later, and this one is of CUDA 11.4: update the driver")]
    public void WhatIsTooOldIsSaid(int capability, int version, string why)
    {
        (FakeDriver.Capability, FakeDriver.Version) = (capability, version);
        Inventory inventory = MachineOf(FakeDriver.Create());
        using (Device device = Open(inventory, "auto"))
        {
            Assert.That(device.Name, Is.EqualTo("cpu"));
            Assert.That(DeviceChoice.Explain("auto", device, inventory), Does.EndWith($": cuda:0 cannot be used: {why}"));
        }

        Refuses(inventory, "cuda:1", $"--device cuda:1 cannot be used: {why.Replace("GPU 10", "GPU 11", StringComparison.Ordinal)}; use --device cpu, or leave it out.");
        string listed = Listed(inventory);
        Assert.That(listed, Does.Contain($"cuda:0 cannot be used: {why}.").And.Contain("cannot be used, see below"));
        Assert.That(listed, Does.Match("cpu .*--device cpu, and what auto takes"));
    }

    [TestCase(1, "this machine has one CUDA device, cuda:0")]
    [TestCase(2, "this machine has 2 CUDA devices, cuda:0 to cuda:1")]
    [TestCase(0, "there is no CUDA device (The CUDA driver sees no device)")]
    public void ADeviceThatIsNotThereIsRefused(int count, string why)
    {
        FakeDriver.Count = count;
        Refuses(MachineOf(FakeDriver.Create()), "cuda:7", $"--device cuda:7 cannot be used: {why}; use --device cpu, or leave it out.");
    }

    [Test]
    public void ADriverThatRefusesIsNamed()
    {
        Inventory inventory = MachineOf(SimulatorDriver.Table);
        SimulatorDriver.Intercept = entry => entry == "cuDevicePrimaryCtxRetain" ? CudaResult.DeviceUnavailable : CudaResult.Success;
        Refuses(
            inventory, "cuda",
            "--device cuda cannot be used: cuDevicePrimaryCtxRetain failed with CUDA_ERROR_DEVICE_UNAVAILABLE (46): device unavailable; use --device cpu.");
    }

    [Test]
    public void DevicesListsWhatWasLookedFor()
    {
        Assert.That(Listed(NoDriver()), Does.Contain("Looked for a CUDA device: No CUDA driver was found (tried /nowhere/libcuda.so.1: no such file)"));
        string listed = Listed(MachineOf(SimulatorDriver.Table));
        Assert.That(listed, Does.Match("cuda:0 .*--device cuda:0, and what auto takes").And.Contain("CUDA driver 13.0 from libcuda.so.1."));
        Refuses(
            NoDriver(), "cuda", "--device cuda cannot be used: there is no CUDA device (no CUDA driver was found); use --device cpu, or leave it out.");
    }

    private static Inventory NoDriver() => new(CudaDeviceProbe.Run(CudaLibrary.Load(["/nowhere/libcuda.so.1"])));

    private static Inventory MachineOf(CudaApi driver) =>
        new(CudaDeviceProbe.Run(new CudaLoadResult(driver, "libcuda.so.1", null, [new("libcuda.so.1", "loaded")])));

    private static Device Open(Inventory inventory, string name, params string[] more) =>
        DeviceChoice.Create(WrnCommand.ParseTrain(["train", "--device", name, .. more]), inventory);

    private static void Refuses(Inventory inventory, string name, string sentence)
    {
        UserException? e = Assert.Throws<UserException>(() => Open(inventory, name).Dispose());
        Assert.That(e!.Message, Is.EqualTo(sentence));
        Assert.That(e.ExitCode, Is.EqualTo(ExitCode.NoDevice));
    }

    private static string Listed(Inventory inventory)
    {
        using var output = new StringWriter();
        inventory.Write(new Terminal(output, output, isLive: false));
        return output.ToString();
    }
}
