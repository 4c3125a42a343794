using System.Diagnostics;
using System.Runtime.InteropServices;
using WrnEngine.Tests.Simulator.Driver;
using WrnEngine.Tools.PtxSim;

namespace WrnEngine.Tests.Tools.PtxSim;

/// <summary>Runs the tool in the process, in a folder of its own with the test kernels in it.</summary>
[Category("Simulator")]
public abstract class PtxSimFixture
{
    protected string Folder { get; private set; } = "";

    protected string Kernels => Path.Combine(Folder, "kernels.ptx");

    protected string Output { get; private set; } = "";

    protected string Error { get; private set; } = "";

    [SetUp]
    public void CreateFolder()
    {
        Folder = Directory.CreateTempSubdirectory("wrn-ptxsim").FullName;
        File.WriteAllText(Kernels, TestKernels.Ptx);
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(Folder, recursive: true);

    protected string InFolder(string name) => Path.Combine(Folder, name);

    protected int Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = CommandLine.Run(args, output, error);
        (Output, Error) = (output.ToString(), error.ToString());
        return exitCode;
    }

    /// <summary>Runs a command that the user got wrong: one sentence on the error stream, nothing else.</summary>
    protected void Refuses(int exitCode, string words, params string[] args)
    {
        Assert.That(Run(args), Is.EqualTo(exitCode), () => Output + Error);
        Assert.That(Error, Does.StartWith("ptxsim: ").And.Contain(words));
        Assert.That(Error.TrimEnd('\n', '\r'), Does.Not.Contain("\n").And.EndWith("."));
    }

    protected void Write<T>(string name, params T[] values)
        where T : unmanaged => File.WriteAllBytes(InFolder(name), MemoryMarshal.AsBytes<T>(values).ToArray());

    protected T[] Read<T>(string name)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(File.ReadAllBytes(InFolder(name))).ToArray();

    protected static bool ClangIsInstalled()
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo("clang-19", "--version") { RedirectStandardOutput = true });
            process?.WaitForExit();
            return process?.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
