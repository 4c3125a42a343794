using System.Diagnostics;
using WrnEngine.Tools.GpuCheck;
using WrnEngine.Tools.GpuCheck.Steps;

namespace WrnEngine.Tests.Tools.GpuCheck;

/// <summary>The whole check at small sizes on the simulator, as a program that is killed and started again.</summary>
[Category("Slow")]
public class RehearsalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("wrn-rehearsal").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void AKilledRehearsalGoesOnAndWritesAReport()
    {
        using (var killed = Start())
        {
            string? line;
            while ((line = killed.StandardOutput.ReadLine()) is not null && !line.StartsWith("tests ", StringComparison.Ordinal))
            {
            }

            Assert.That(line, Does.Contain("..."), "the run ended before its second step");
            killed.Kill(entireProcessTree: true);
            killed.WaitForExit();
        }

        var half = ReportFile.Read<GpuReport>(ReportPath)!;
        Assert.That(half.Steps.Select(s => s.Outcome).Take(2), Is.EqualTo(new[] { Outcome.Done, Outcome.NotRun }));

        using var second = Start();
        var output = second.StandardOutput.ReadToEndAsync();
        Assert.That(second.WaitForExit(Patience), "it did not end");
        Assert.That(second.ExitCode, Is.Zero, () => output.Result);
        var report = ReportFile.Read<GpuReport>(ReportPath)!;
        Assert.Multiple(() =>
        {
            Assert.That(output.Result, Does.Match("devices +done .*done before"));
            Assert.That(report.Steps[0].Started, Is.EqualTo(half.Steps[0].Started));
            Check(report);
        });
    }

    private string ReportPath => Path.Combine(_folder, WrnEngine.Tools.GpuCheck.Check.ReportName);

    /// <summary>What the document promises of a report.</summary>
    private static void Check(GpuReport report)
    {
        Assert.That((report.Schema, report.Device, report.Simulated, report.Small), Is.EqualTo((1, "ptxsim", true, true)));
        Assert.That(report.Date, Is.EqualTo(DateTime.UtcNow).Within(TimeSpan.FromMinutes(10)));
        Assert.That(report.Card?.Name, Does.Contain("simulator"));
        Assert.That(report.Steps.Select(s => s.Name), Is.EqualTo(AllSteps.Names));
        foreach (var step in report.Steps)
        {
            // PyTorch is on some machines and not on others.
            Assert.That(step.Outcome, step.Name == "pytorch" ? Is.AnyOf(Outcome.Done, Outcome.Absent) : Is.EqualTo(Outcome.Done), $"{step.Name}: {step.Reason}");
            Assert.That(step.Figures, Is.Not.Empty);
            Assert.That(step.Figures.Select(f => f.Name), Is.Unique);
        }

        foreach (var figure in report.Steps.SelectMany(s => s.Figures))
        {
            Assert.That(figure.Simulated, figure.Name);
            Assert.That(figure.Value is null, Is.EqualTo(figure.Outcome != Outcome.Done), figure.Name);
            Assert.That(figure.Reason is null, Is.EqualTo(figure.Outcome == Outcome.Done), figure.Name);
            if (figure.Outcome == Outcome.Done) Assert.That(figure.Command, Does.StartWith("wrn ").Or.StartWith("WrnEngine.Tests ").Or.StartWith("python3 "), figure.Name);
        }

        Assert.That(report.Find("bench", "WRN-10-1, float32, native")?.Value, Is.Positive);
        Assert.That(report.Find("agreement", "WRN-10-1, 2 steps, ptxsim against cpu")?.Value, Is.Positive.And.LessThan(1e-4));
        Assert.That(report.Find("tests", "tests passed")?.Value, Is.Positive);
        Assert.That(report.Find("train", "epochs")?.Value, Is.EqualTo(1));
        Assert.That(report.Steps.Single(s => s.Name == "layers").Layers.Select(l => l.Op), Does.Contain("Conv2dForward").And.Contain("SgdStep"));
    }

    private Process Start()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "gpu-check");
        string[] command = [.. File.Exists(program) ? new[] { program } : ["dotnet", program + ".dll"], "--device", "ptxsim", "--small", "--results", _folder];
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true };
        foreach (string argument in command[1..]) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
