using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels.Driver;

/// <summary>PTX that a device or its driver cannot run: said before it is loaded where the file's head tells, explained where the driver does.</summary>
[Category("Kernels")]
[NonParallelizable]
public sealed unsafe class ModuleErrorTests
{
    private static int _driverVersion;

    [SetUp]
    public void Start() => SimulatorDriver.Reset(new SimulatorDriverOptions());

    [TearDown]
    public void End() => SimulatorDriver.Reset(new SimulatorDriverOptions());

    [TestCase("7.5", 11050)]
    [TestCase("7.8", 11080)]
    [TestCase("8.0", 12000)]
    [TestCase("8.5", 12050)]
    [TestCase("8.7", 12080)]
    [TestCase("9.0", 13000)]
    [TestCase("99.9", null)]
    public void VersionNeedsADriver(string version, int? driver)
    {
        PtxHeader header = PtxHeader.Read($"// made by hand\n.version {version}\n.target sm_90a, debug\n.address_size 64\n");
        Assert.That(header.Version.ToString(), Is.EqualTo(version));
        Assert.That(header.Version!.Value.MinimumDriver, Is.EqualTo(driver));
        Assert.That(header.Target, Is.EqualTo(90));
    }

    [Test]
    public void TextWithoutAHeadSaysNothing() => Assert.That(PtxHeader.Read("nothing"), Is.EqualTo(new PtxHeader(null, null)));

    /// <summary>The table of driver entries needs CUDA 12.0, and no kernel more.</summary>
    [Test]
    public void EveryKernelRunsOnADriverOfCuda12()
    {
        foreach ((string stem, int target) in KernelLibrary.Embedded)
        {
            PtxHeader header = PtxHeader.Read(KernelLibrary.PtxOf(stem, target));
            Assert.That(header.Target, Is.EqualTo(target), stem);
            Assert.That(header.Version?.MinimumDriver, Is.LessThanOrEqualTo(12000), $"{stem}: PTX {header.Version}");
        }

        Assert.That(KernelLibrary.LowestTarget, Is.EqualTo(75));
    }

    [Test]
    public void OldDriverIsSaidBeforeLoading()
    {
        CudaApi api = SimulatorDriver.Table.Clone();
        api.DriverGetVersion = &Version;
        _driverVersion = 12080;
        using var device = new CudaDevice(api, "cuda:0");
        FailsToLoad(device, ".version 9.0\n.target sm_80\n", "the kernels of mine are PTX 9.0, which needs a driver of CUDA 13.0 or later, and this one is of CUDA 12.8: update the driver");
        FailsToLoad(device, ".version 8.0\n.target sm_90\n", "the kernels of mine are compiled for compute capability 9.0, and the device has 8.0");

        static void FailsToLoad(CudaDevice device, string ptx, string sentence)
        {
            bool asked = false;
            SimulatorDriver.Intercept = entry =>
            {
                asked |= entry == "cuModuleLoadDataEx";
                return CudaResult.Success;
            };
            Assert.That(() => device.AddKernels("mine", ptx), Throws.TypeOf<NotSupportedException>().With.Message.EqualTo(sentence));
            Assert.That(asked, Is.False);
        }
    }

    [TestCase(CudaResult.UnsupportedPtxVersion, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222)", "The file is PTX 7.5 and the driver is of CUDA 13.0: update the driver, or compile with an older toolkit.")]
    [TestCase(CudaResult.NoBinaryForGpu, "(209)", "The file is for sm_75 and the device has compute capability 8.0: compile for that or an earlier one.")]
    [TestCase(CudaResult.JitCompilerNotFound, "(221)", "libnvidia-ptxjitcompiler.so")]
    public void RefusalIsExplained(CudaResult result, string code, string advice)
    {
        using var device = new CudaDevice(SimulatorDriver.Table, "cuda:0");
        SimulatorDriver.Intercept = entry => entry == "cuModuleLoadDataEx" ? result : CudaResult.Success;
        CudaException? e = Assert.Throws<CudaException>(() => device.Context.Library.Function("elementwise", "relu_forward_f32"));
        SimulatorDriver.Intercept = null;
        Assert.That(e!.Message, Does.StartWith("cuModuleLoadDataEx(elementwise) failed with CUDA_ERROR_").And.Contain(code).And.Contain(advice));
        Assert.That(e.Result, Is.EqualTo(result));
    }

    [Test]
    public void LogOfTheCompilerIsShown()
    {
        using var device = new CudaDevice(SimulatorDriver.Table, "cuda:0");
        string ptx = EmbeddedFile.Read("Tests/Kernels/OwnKernel/squared_relu.ptx").Replace("mul.", "mull.", StringComparison.Ordinal);
        Assert.That(() => device.AddKernels("mine", ptx), Throws.TypeOf<CudaException>().With.Message.Match(
            @"^cuModuleLoadDataEx\(mine\) failed with CUDA_ERROR_INVALID_PTX \(218\): .*mull"));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static CudaResult Version(int* version)
    {
        *version = _driverVersion;
        return CudaResult.Success;
    }
}
