using System.Diagnostics;
using System.Text.RegularExpressions;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Tests.Training.Processes;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training;

/// <summary>Ctrl-C and SIGTERM, in a process of their own.</summary>
[Category("Training")]
public partial class SignalTests
{
    private TinyImages _data = null!;
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void CreateData()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("signals are sent with kill(2)");
        _data = new TinyImages();
    }

    [OneTimeTearDown]
    public void RemoveData() => _data?.Dispose();

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase(WrnProcess.Interrupt, ExitCode.Interrupted)]
    [TestCase(WrnProcess.Terminate, ExitCode.Terminated)]
    public void FinishesTheStepSavesAndSaysHowToGoOn(int signal, int exitCode)
    {
        using var process = WrnProcess.Start(_folder.Path, [.. _data.Arguments, "--output", "run", "--threads", "1", "--save-every", "100", "--log-interval", "1"]);
        Assert.That(process.WaitFor("  step 1/"), Is.True);
        process.Send(signal);
        var (code, output, error) = process.WaitForExit();
        Assert.That(error, Does.StartWith("wrn: stopping after this step"));
        Assert.That(code, Is.EqualTo(exitCode), output);
        string arguments = Regex.Escape($"--data-dir {_data.Path} --threads 1 --save-every 100 --log-interval 1 --resume run");
        Assert.That(output, Does.Match($@"Stopped after step \d+; the state is saved\. Go on with:\n  .* {arguments}$"));
        Assert.That(TinyRun.Files(_folder["run"]).Replace("best.safetensors ", ""), Is.EqualTo("config.json last.safetensors metrics.csv"));

        int step = int.Parse(StoppedAfter().Match(output).Groups[1].Value);
        Assert.That(RunFiles.Steps(_folder["run"]), Is.EqualTo(step));
        var (resumedCode, resumed, problem) = Wrn.Run("--resume", _folder["run"], "--data-dir", _data.Path, "--max-steps", $"{step + 2}");
        Assert.That(resumedCode, Is.EqualTo(ExitCode.Ok), problem);
        Assert.That(resumed, Does.Contain($"after step {step}.").And.Contain($"limit of {step + 2:N0} steps"));
    }

    /// <summary>A step of this network takes most of a second: the second Ctrl-C comes in its middle.</summary>
    [TestCase(WrnProcess.Interrupt, ExitCode.Interrupted)]
    [TestCase(WrnProcess.Terminate, ExitCode.Terminated)]
    public void TheSecondLeavesAtOnceWithoutSaving(int second, int exitCode)
    {
        string[] run = ["--output", _folder["run"], "--threads", "1"];
        using var data = new TinyImages(512 + TinyImages.ValidationImages);
        string[] slow = [.. data.Arguments];
        foreach (var (name, value) in new[] { ("--k", "4"), ("--train-images", "512"), ("-b", "256") }) slow[Array.IndexOf(slow, name) + 1] = value;
        var (code, output, error) = Wrn.Run([.. slow, .. run, "--max-steps", "1"]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), output + error);
        string before = RunFiles.Hash(_folder["run"]);

        using var process = WrnProcess.Start(_folder.Path, ["--resume", "run", "--data-dir", data.Path, "--threads", "1", "--log-interval", "1"]);
        Assert.That(process.WaitFor("  step 2/"), Is.True);
        process.Send(WrnProcess.Interrupt);
        process.WaitForError("wrn: stopping after this step; Ctrl-C again leaves at once, without saving\n");
        long sent = Stopwatch.GetTimestamp();
        process.Send(second);
        (code, output, error) = process.WaitForExit();
        TestContext.Out.WriteLine($"gone {Stopwatch.GetElapsedTime(sent).TotalMilliseconds:F0} ms after the second signal");
        Assert.That(code, Is.EqualTo(exitCode), output + error);
        Assert.That(output, Does.Not.Contain("step 3/").And.Not.Contain("Stopped"));
        Assert.That(RunFiles.Hash(_folder["run"]), Is.EqualTo(before));
        using var free = WrnEngine.Training.Runs.RunFolder.Claim(_folder["run"], resumes: true);
    }

    [GeneratedRegex(@"Stopped after step (\d+);")]
    private static partial Regex StoppedAfter();
}
