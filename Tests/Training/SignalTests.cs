using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training;

/// <summary>Ctrl-C and SIGTERM, in a process of their own.</summary>
[Category("Training")]
public partial class SignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [TestCase(2, ExitCode.Interrupted)]
    [TestCase(15, ExitCode.Terminated)]
    public void FinishesTheStepSavesAndSaysHowToGoOn(int signal, int exitCode)
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("signals are sent with kill(2)");
        using var folder = new TempFolder();
        string[] train = ["--depth", "10", "--k", "1", "--dataset", "synthetic", "--train-images", "3000", "-b", "10", "--epochs", "50"];
        using var process = Start(folder, [.. train, "--output", "run", "--threads", "1"]);
        var lines = new List<string>();
        bool sent = false;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            lines.Add(line);
            if (sent || !line.Contains("step 1/", StringComparison.Ordinal)) continue;
            sent = true;
            Assert.That(Kill(process.Id, signal), Is.Zero);
        }

        Assert.That(process.WaitForExit(Patience), Is.True);
        Assert.That(process.StandardError.ReadToEnd(), Does.StartWith("wrn: stopping after this step"));
        string output = string.Join('\n', lines);
        Assert.That(process.ExitCode, Is.EqualTo(exitCode), output);
        Assert.That(output, Does.Match(@"Stopped after step \d+; the state is saved\. Go on with:\n  .* --threads 1 --resume run$"));
        Assert.That(TinyRun.Files(folder["run"]), Is.EqualTo("config.json last.safetensors metrics.csv"));

        int step = int.Parse(StoppedAfter().Match(output).Groups[1].Value);
        var (code, resumed, error) = Wrn.Run("--resume", folder["run"], "--max-steps", $"{step + 2}", "--result", folder["result.json"]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(resumed, Does.Contain($"after step {step}.").And.Contain($"limit of {step + 2:N0} steps"));
    }

    private static Process Start(TempFolder folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        if (OperatingSystem.IsLinux())
        {
            // A run that a shell put into the background ignores SIGINT, and so would its children.
            (start.FileName, string dotnet) = ("env", start.FileName);
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add(dotnet);
        }

        start.ArgumentList.Add(typeof(Trainer).Assembly.Location);
        foreach (string a in arguments) start.ArgumentList.Add(a);
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"Stopped after step (\d+);")]
    private static partial Regex StoppedAfter();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
