using System.Diagnostics;
using System.Runtime.InteropServices;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Support;
using WrnEngine.Tools.PtxSim;

namespace WrnEngine.Tests.Kernels;

/// <summary>What <c>docs/own-kernel.md</c> prints is what the tests run: each block of code stands in a file that is compiled here, each command is run.</summary>
[Category("Kernels")]
public class OwnKernelDocumentTests
{
    private const string Examples = "Tests/Kernels/OwnKernel/";
    private const string Simulator = "dotnet run --project tools/PtxSim -- ";

    private string _folder = "";

    [SetUp]
    public void CreateFolder()
    {
        _folder = Directory.CreateTempSubdirectory("wrn-own-kernel").FullName;
        File.WriteAllText(InFolder("squared_relu.cu"), EmbeddedFile.Read(Examples + "squared_relu.cu"));
    }

    [TearDown]
    public void DeleteFolder()
    {
        Directory.Delete(_folder, recursive: true);
        SimulatorDriver.Reset(new SimulatorDriverOptions());
    }

    [Test]
    public void EveryBlockIsRunByATest()
    {
        string[] commands = ["compile", "try", "prints"];
        foreach (var block in OwnKernelDocument.Blocks)
        {
            if (commands.Contains(block.Label)) continue;
            Assert.That(block.Label, Does.StartWith("Tests/Kernels/OwnKernel"), $"{OwnKernelDocument.FileName}: no test runs the block\n{block.Text}");
            string file = block.Label.StartsWith(Examples, StringComparison.Ordinal) ? block.Label : Examples + Path.GetFileName(block.Label);
            Assert.That(block.IsIn(EmbeddedFile.Read(file)), $"{OwnKernelDocument.FileName}: this block is not what {block.Label} has:\n{block.Text}");
        }
        Assert.That(OwnKernelDocument.Blocks.Select(b => b.Label), Is.SupersetOf(commands));
        Assert.That(OwnKernelDocument.Block(Examples + "squared_relu.cu"), Is.EqualTo(EmbeddedFile.Read(Examples + "squared_relu.cu")));
    }

    [Test]
    public void TheKernelRunsAloneAsTheDocumentSays()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("the commands are a POSIX shell's");
        File.WriteAllText(InFolder("squared_relu.ptx"), EmbeddedFile.Read(Examples + "squared_relu.ptx"));
        foreach (string command in OwnKernelDocument.Block("try").TrimEnd('\n').Split('\n'))
        {
            if (command.StartsWith(Simulator, StringComparison.Ordinal)) RunSimulator(command[Simulator.Length..]);
            else RunShell(command);
        }
        Assert.That(MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(InFolder("y.bin"))).ToArray(), Is.EqualTo((float[])[0, 0.25f, 4]));
    }

    /// <summary>The whole way again with what the document's command makes of the source, where there are a clang and a clone.</summary>
    [Test]
    public void TheCommandCompilesTheKernels()
    {
        if (Repository.Root is not { } root)
        {
            Assert.Ignore("the headers are not here: these tests run outside of a clone");
            return;
        }
        string command = OwnKernelDocument.Block("compile").Trim();
        if (!IsInstalled(command[..command.IndexOf(' ', StringComparison.Ordinal)])) Assert.Ignore("clang-19 is not installed");
        Directory.CreateSymbolicLink(InFolder("tools"), Path.Combine(root, "tools"));
        RunShell(command);
        File.Delete(InFolder("tools"));
        using var output = new StringWriter();
        OwnKernelTests.RunTheOp(File.ReadAllText(InFolder("squared_relu.ptx")), output);
        Assert.That(output.ToString().ReplaceLineEndings("\n"), Is.EqualTo(OwnKernelDocument.Block("prints")));
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    /// <summary>The tool in this process, with the files of the folder.</summary>
    private void RunSimulator(string arguments)
    {
        foreach (string name in (string[])["squared_relu.ptx", "x.bin", "y.bin"]) arguments = arguments.Replace(name, InFolder(name), StringComparison.Ordinal);
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = CommandLine.Run(arguments.Split(' '), output, error);
        Assert.That(exitCode, Is.Zero, () => $"{output}{error}");
    }

    private void RunShell(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", command])
        {
            WorkingDirectory = _folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{command}\n{output.Result}{errors}");
    }

    private static bool IsInstalled(string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true });
            process?.WaitForExit();
            return process?.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
