using WrnEngine.Devices;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Simulator.Checks;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Kernels.Simulator.Metrics;

namespace WrnEngine.Tests.Kernels;

/// <summary>A simulated device for each test, under every check; what they find, also when the device closes, fails the test.</summary>
[Category("Kernels")]
[NonParallelizable]
public abstract class SimulatedDeviceFixture
{
    private readonly List<LaunchRecord> _launches = [];
    private CudaDevice? _device;
    private StepScope? _scope;

    protected CudaDevice Device => _device ?? throw new InvalidOperationException("the device is not open");

    protected virtual ArenaMode Arena => ArenaMode.Separate;

    protected virtual SimulatorDriverOptions Options => new() { Checks = CheckKinds.All };

    [SetUp]
    public void Open()
    {
        SimulatorDriver.Reset(Options);
        SimulatorDriver.Launched += _launches.Add;
        _device = new CudaDevice(SimulatorDriver.Table, "ptxsim", options: new CudaOptions { Arena = Arena });
        _scope = new StepScope();
    }

    [TearDown]
    public void Close()
    {
        _scope?.Dispose();
        _device?.Dispose();
        SimulatorDriver.Launched -= _launches.Add;
        _launches.Clear();
        var findings = SimulatorDriver.Findings;
        SimulatorDriver.Reset();
        Assert.That(findings.Select(f => f.ToString()), Is.Empty);
    }

    /// <summary>Runs ops and returns what was launched, in order: kernel and metrics.</summary>
    protected (string Kernel, LaunchMetrics Metrics)[] Launches(Action run)
    {
        Device.Synchronize();
        _launches.Clear();
        run();
        Device.Synchronize();
        return [.. _launches.Select(l => (l.Entry.Name, l.Result.Metrics!))];
    }
}
