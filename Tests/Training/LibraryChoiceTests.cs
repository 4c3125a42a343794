using WrnEngine.Devices.Cuda;
using WrnEngine.Devices.Cuda.CuDnn;
using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Engine.Devices.Cuda.Libraries;
using WrnEngine.Training;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Tests.Training;

/// <summary><c>--conv</c> and <c>--norm</c> on machines with and without cuDNN; the simulator's table stands for a driver.</summary>
[Category("Training")]
[NonParallelizable]
public sealed class LibraryChoiceTests
{
    private int _looked;

    [SetUp]
    public void Start()
    {
        SimulatorDriver.Reset(new SimulatorDriverOptions());
        TestLibrary.Reset();
        _looked = 0;
    }

    [TestCase("--conv")]
    [TestCase("--norm")]
    public void CuDnnThatIsAskedForAndAbsentIsOneSentence(string option)
    {
        var none = new CudaLibraries(CudaLibraries.None.CuBlas, new LibraryLoad<CuDnnApi>(null, null, null, [new("libcudnn.so.9", "not on the loader's path")]));
        Refuses(
            ExitCode.NoDevice, $"{option} cudnn cannot be used: No cuDNN 9 was found (tried libcudnn.so.9: not on the loader's path); it is optional, "
            + "and WRN_CUDA_LIBRARY_PATH may name its folder.", none, "cuda", option, "cudnn");
        using var device = Open(none, "cuda");
        Assert.That(((CudaDevice)device).Plan, Is.Null, "auto does without it");
    }

    [TestCase("--conv")]
    [TestCase("--norm")]
    public void OtherDevicesRefuseCuDnn(string option)
    {
        Refuses(
            ExitCode.Usage, $"{option} cudnn is for CUDA devices, and this is the cpu device; add --device cuda, or leave it out.", TestLibrary.Both, "cpu", option, "cudnn");
        Refuses(
            ExitCode.NoDevice, $"{option} cudnn cannot be used: ptxsim runs the project's own kernels only; leave it out.", TestLibrary.Both, "ptxsim", option, "cudnn");
        Assert.That(_looked, Is.Zero);
    }

    [Test]
    public void LibrariesAreLookedForWhereTheyMayBeTaken()
    {
        using (var device = Open(TestLibrary.Both, "cuda")) Assert.That(((CudaDevice)device).Plan, Is.Not.Null);
        Assert.That(_looked, Is.EqualTo(1));
        using (var device = Open(TestLibrary.Both, "cuda", "--conv", "native", "--norm", "native")) Assert.That(((CudaDevice)device).Plan, Is.Null);
        using (var device = Open(TestLibrary.Both, "cuda", "--deterministic")) Assert.That(((CudaDevice)device).Plan, Is.Null);
        Assert.That(_looked, Is.EqualTo(1), "nobody has a use for them");
        using (var device = Open(TestLibrary.Both, "cuda", "--deterministic", "--conv", "cudnn")) Assert.That(((CudaDevice)device).Plan, Is.Not.Null);
        Assert.That(TestLibrary.LiveCount, Is.Zero);
    }

    [Test]
    public void ALibraryThatRefusesIsNamed()
    {
        TestLibrary.Intercept = call => call == "cudnnCreate" ? (int)CuDnnStatus.ExecutionFailed : 0;
        Refuses(
            ExitCode.NoDevice, "--device cuda cannot be used with cuDNN and cuBLAS: cudnnCreate failed with CUDNN_STATUS_EXECUTION_FAILED (5000): the test wanted it so; "
            + "use --conv native --norm native.", TestLibrary.Both, "cuda");
        Assert.That(TestLibrary.LiveCount, Is.Zero);
    }

    [Test]
    public void OtherNamesAreRefused()
    {
        var e = Assert.Throws<UserException>(() => WrnCommand.ParseTrain(["train", "--conv", "cuddn"]))!;
        Assert.That(e.Message, Does.Contain("--conv must be one of auto, native, cudnn, not 'cuddn'"));
    }

    [Test]
    public void DevicesListsTheLibraries()
    {
        var ignored = TestLibrary.Both with { CuDnn = TestLibrary.Both.CuDnn with { Notes = ["cuDNN 8.9.7 (libcudnn.so.8) is ignored: this program uses cuDNN 9."] } };
        using var output = new StringWriter();
        MachineOf(ignored).Write(new Terminal(output, output, isLive: false));
        Assert.That(
            output.ToString(),
            Does.Contain("cuDNN 9.6.0 from libcudnn.so.9.").And.Contain("cuBLAS from libcublas.so.12.").And.Contain("cuDNN 8.9.7 (libcudnn.so.8) is ignored"));
    }

    private void Refuses(int exitCode, string sentence, CudaLibraries libraries, string device, params string[] more)
    {
        var e = Assert.Throws<UserException>(() => Open(libraries, device, more).Dispose())!;
        Assert.That(e.Message, Is.EqualTo(sentence));
        Assert.That(e.ExitCode, Is.EqualTo(exitCode));
    }

    private WrnEngine.Devices.Device Open(CudaLibraries libraries, string device, params string[] more) =>
        DeviceChoice.Create(WrnCommand.ParseTrain(["train", "--device", device, .. more]), MachineOf(libraries));

    private Inventory MachineOf(CudaLibraries libraries) => new(
        CudaDeviceProbe.Run(new CudaLoadResult(SimulatorDriver.Table, "libcuda.so.1", null, [new("libcuda.so.1", "loaded")])),
        _ =>
        {
            _looked++;
            return libraries;
        });
}
