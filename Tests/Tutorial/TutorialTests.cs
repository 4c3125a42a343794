using System.Diagnostics;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Tutorial;

/// <summary>The programs of <c>docs/tutorial.md</c> compile without a warning, run, and print what the document says that they print.</summary>
[Category("Cpu")]
[NonParallelizable] // a program writes to the console and into the current folder
public class TutorialTests
{
    private const string FileName = "docs/tutorial.md", Program = "program: ", Prints = "prints: ", Compile = "compile", KernelSource = "file: bias_relu.cu";
    private const string Ptx = "bias_relu.ptx";

    private static readonly IReadOnlyList<DocumentBlock> Blocks = DocumentBlock.In(FileName);

    private readonly string _before = Directory.GetCurrentDirectory();
    private string _folder = "";

    private static string[] Programs => [.. Blocks.Where(b => b.Label.StartsWith(Program, StringComparison.Ordinal)).Select(b => b.Label[Program.Length..])];

    [SetUp]
    public void EnterFolder()
    {
        _folder = Directory.CreateTempSubdirectory("wrn-tutorial").FullName;
        Directory.SetCurrentDirectory(_folder);
        SimulatorDriver.Reset(new SimulatorDriverOptions());
    }

    [TearDown]
    public void LeaveFolder()
    {
        Directory.SetCurrentDirectory(_before);
        Directory.Delete(_folder, recursive: true);
        SimulatorDriver.Reset(new SimulatorDriverOptions());
    }

    [TestCaseSource(nameof(Programs))]
    public void PrintsWhatTheDocumentSays(string name)
    {
        File.WriteAllText(Ptx, EmbeddedFile.Read($"Tests/Tutorial/{Ptx}"));
        Action program = ProgramCompiler.Compile(name, Blocks.Single(b => b.Label == Program + name).Text);
        var console = Console.Out;
        using var output = new StringWriter();
        Console.SetOut(output);
        try
        {
            program();
        }
        finally
        {
            Console.SetOut(console);
        }

        Assert.That(output.ToString().ReplaceLineEndings("\n"), Is.EqualTo(Blocks.Single(b => b.Label == Prints + name).Text));
    }

    [Test]
    public void EveryBlockOfCodeIsOneOfThem()
    {
        Assert.That(Blocks.Where(b => b.Language == "csharp").Select(b => b.Label), Is.All.StartWith(Program));
        Assert.That(Blocks.Where(b => b.Language == "text").Select(b => b.Label), Is.EqualTo(Programs.Select(name => Prints + name)));
        Assert.That(Programs, Is.Unique.And.Length.EqualTo(5));
        var gradients = Blocks.Single(b => b.Label == Program + "gradients").Text.Split('\n').Where(line => line.Length > 0 && !line.StartsWith("using Wrn", StringComparison.Ordinal));
        Assert.That(gradients.Count(), Is.LessThanOrEqualTo(20));
    }

    /// <summary>The PTX beside the tests is what the document's command makes of the document's source.</summary>
    [Test]
    public void TheCommandCompilesTheKernel()
    {
        if (Repository.Root is not { } root)
        {
            Assert.Ignore("the headers are not here: these tests run outside of a clone");
            return;
        }

        File.WriteAllText("bias_relu.cu", Blocks.Single(b => b.Label == KernelSource).Text);
        Directory.CreateSymbolicLink("tools", Path.Combine(root, "tools"));
        string command = Blocks.Single(b => b.Label == Compile).Text;
        try
        {
            using var process = Process.Start(new ProcessStartInfo("sh", ["-c", $"command -v clang-19 >/dev/null || exit 42; {command}"]))!;
            process.WaitForExit();
            if (process.ExitCode == 42) Assert.Ignore("clang-19 is not installed");
            Assert.That(process.ExitCode, Is.Zero);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("the command is a POSIX shell's");
        }
        finally
        {
            File.Delete("tools");
        }

        Assert.That(File.ReadAllText(Ptx), Is.EqualTo(EmbeddedFile.Read($"Tests/Tutorial/{Ptx}")));
    }
}
