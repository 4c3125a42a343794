using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Engine.Devices.Cuda.CuDnn;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Engine.Devices.Cuda.Libraries;

/// <summary>A simulated device with the test tables as its libraries, under every check, for each test or for all of them; nothing may be left of it.</summary>
[Category("Kernels")]
[NonParallelizable]
public abstract class LibraryFixture
{
    private CudaDevice? _device;
    private StepScope? _scope;

    protected CudaDevice Device => _device ?? throw new InvalidOperationException("the device is not open");

    [SetUp]
    public void Forget()
    {
        TestCuDnn.Ran.Clear();
        TestCuDnn.RanNorms.Clear();
        TestLibrary.Calls.Clear();
        _scope = new StepScope();
    }

    [TearDown]
    public void Verify()
    {
        _scope?.Dispose();
        if (!KeepsDevice) CloseAndVerify();
        var findings = SimulatorDriver.Findings;
        SimulatorDriver.ForgetFindings();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(findings.Select(f => f.ToString()), Is.Empty);
            Assert.That(TestLibrary.Problems, Is.Empty);
        }
    }

    [OneTimeTearDown]
    public void CloseAndVerify()
    {
        Close();
        Assert.That(TestLibrary.LiveCount, Is.Zero, "handles and descriptors");
    }

    /// <summary>True for a fixture whose tests share a device.</summary>
    protected virtual bool KeepsDevice => false;

    /// <summary>Opens a device; another one that is open is closed.</summary>
    protected CudaDevice Open(CudaOptions options, CudaApi? driver = null)
    {
        Close();
        SimulatorDriver.Reset(new SimulatorDriverOptions { Checks = CheckKinds.All });
        TestLibrary.Reset();
        return _device = new CudaDevice(driver ?? SimulatorDriver.Table, "ptxsim", options: options with { Arena = ArenaMode.Separate, Libraries = TestLibrary.Both });
    }

    /// <summary>Closes the device, if one is open.</summary>
    protected void Close()
    {
        _device?.Dispose();
        _device = null;
    }

    /// <summary>Runs a case and compares every argument with the oracle's.</summary>
    protected void Verify(OpCase c)
    {
        int live = Device.Memory.LiveBuffers;
        using (new StepScope())
        {
            var before = c.CreateArrays();
            var tensors = c.Upload(Device, before);
            c.Run(Device, tensors);
            Device.Synchronize();
            var expected = c.CreateExpected();
            foreach (var argument in c.Arguments)
            {
                bool isInput = argument.Role == ArgumentRole.Input;
                double? typical = !isInput && expected.Typical.TryGetValue(argument.Name, out double size) ? size : null;
                long length = isInput ? 1 : (argument.ReductionLength ?? c.ReductionLength) * c.ErrorFactor * c.ErrorFactor;
                TensorAssert.AreClose(tensors[argument.Name], isInput ? before[argument.Name] : expected[argument.Name], length, typical, argument.Name);
            }
        }

        Assert.That(Device.Memory.LiveBuffers, Is.EqualTo(live), "live buffers");
    }
}
