using System.Globalization;
using WrnEngine.Tools.GpuCheck;

namespace WrnEngine.Tests.Tools.GpuCheck;

/// <summary>Runs checks with steps made for the test, in a folder of their own.</summary>
[Category("Training")]
public abstract class CheckFixture
{
    protected string Folder { get; private set; } = "";

    [SetUp]
    public void CreateFolder() => Folder = Directory.CreateTempSubdirectory("wrn-gpu-check").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(Folder, recursive: true);

    private protected GpuReport Report => ReportFile.Read<GpuReport>(Path.Combine(Folder, Check.ReportName)) ?? throw new FileNotFoundException("there is no report");

    /// <summary>Runs a check of these steps.</summary>
    private protected (int ExitCode, string Output) Run(IReadOnlyList<IStep> steps, string build = "1", double minutes = 10, string? document = null, params string[] only)
    {
        var settings = new CheckSettings("ptxsim", true, TimeSpan.FromMinutes(minutes), only, Folder);
        var programs = new ProgramFiles(["wrn"], ["tests"], ["python3"], null, document) { Build = build };
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        int exitCode = new Check(settings, programs, steps, output).Run();
        return (exitCode, output.ToString());
    }

    /// <summary>A step that does what the test says, and counts how often.</summary>
    private protected sealed class TestStep(string name, Action<StepContext> body) : IStep
    {
        public int Runs { get; private set; }

        public string Name => name;

        public void Run(StepContext context)
        {
            Runs++;
            body(context);
        }
    }
}
