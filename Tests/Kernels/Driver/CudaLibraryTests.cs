using System.Diagnostics;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Tests.Kernels.Driver;

[Category("Kernels")]
public sealed class CudaLibraryTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("wrn-driver").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void MissingLibraryIsAResultThatListsWhatWasTried()
    {
        string absent = Path.Combine(_folder, "libcuda.so.1");
        string text = Path.Combine(_folder, "libtext.so");
        File.WriteAllText(text, "not a library");
        CudaLoadResult load = CudaLibrary.Load([absent, text, "libwrn-no-such-driver.so.1"]);
        Assert.That(load.Api, Is.Null);
        Assert.That(load.Attempts.Select(attempt => attempt.Path), Is.EqualTo(new[] { absent, text, "libwrn-no-such-driver.so.1" }));
        Assert.That(load.Attempts[0].Outcome, Is.EqualTo("no such file"));
        Assert.That(load.Attempts[1].Outcome, Does.StartWith("not loadable"));
        Assert.That(load.Attempts[2].Outcome, Is.EqualTo("not on the loader's path"));
        string sentence = load.Explain();
        Assert.That(sentence, Does.StartWith("No CUDA driver was found").And.Contain(absent).And.Contain("WRN_CUDA_LIBRARY_PATH"));
        Assert.That(sentence, Does.Not.Contain("\n"));
    }

    [Test]
    [Platform("Linux")]
    public void LibraryThatIsNoDriverIsNamedWithItsMissingSymbol()
    {
        CudaLoadResult load = CudaLibrary.Load(["libc.so.6"]);
        Assert.That(load.Api, Is.Null);
        Assert.That(load.MissingSymbol, Is.EqualTo("cuInit"));
        Assert.That(load.Explain(), Does.Contain("libc.so.6").And.Contain("cuInit"));
    }

    [Test]
    public void DriverThatLacksASymbolSaysItsVersion()
    {
        var load = new CudaLoadResult(null, "libcuda.so.1", "cuGraphExecUpdate_v2", [new("libcuda.so.1", "loaded")]) { OldVersion = 11040 };
        Assert.That(load.Explain(), Is.EqualTo(
            "The CUDA driver libcuda.so.1 is of CUDA 11.4 and has no cuGraphExecUpdate_v2: install a driver of CUDA 12.0 (525.60) or later."));
        CudaProbeResult probe = CudaDeviceProbe.Run(load);
        Assert.That(probe.IsUsable, Is.False);
        Assert.That(probe.DriverVersionText, Is.EqualTo("11.4"));
    }

    [Test]
    public void VariableComesFirstAsFileOrAsFolders()
    {
        string file = Path.Combine(_folder, "my-driver.so");
        File.WriteAllText(file, "");
        string[] candidates = [.. CudaLibrary.Candidates(file + Path.PathSeparator + _folder)];
        Assert.That(candidates[0], Is.EqualTo(file));
        Assert.That(Path.GetDirectoryName(candidates[1]), Is.EqualTo(_folder));
        Assert.That(CudaLibrary.Candidates(null), Is.Not.Empty.And.All.Not.Contains(_folder));
    }

    [Test]
    public void ProbeWithoutADriverAnswersAtOnce()
    {
        var clock = Stopwatch.StartNew();
        CudaProbeResult probe = CudaDeviceProbe.Run(CudaLibrary.Load([Path.Combine(_folder, "libcuda.so.1")]));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(1)));
        Assert.That(probe.IsUsable, Is.False);
        Assert.That(probe.DriverVersion, Is.Null);
        Assert.That(probe.Problem, Does.StartWith("No CUDA driver was found"));
    }
}
