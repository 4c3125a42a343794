using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Processes;

/// <summary>One run at a time in a folder.</summary>
[Category("Training")]
public class RunLockTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void ASecondRunIsRefusedAndAKilledOneLocksNothing()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("signals are sent with kill(2)");
        using var data = new TinyImages();
        using var first = WrnProcess.Start(_folder.Path, [.. data.Arguments, "--output", "run", "--save-every", "1", "--log-interval", "1", "--threads", "1"]);
        for (int step = 1; step <= 2; step++) Assert.That(first.WaitFor(" step "), Is.True);

        string[] same = ["--output", _folder["run"]], resumed = ["--resume", _folder["run"], "--data-dir", data.Path];
        foreach (string[] arguments in new string[][] { [.. data.Arguments, .. same], resumed, [.. resumed, .. same] })
        {
            var (code, output, error) = Wrn.Run(arguments);
            Assert.That(code, Is.EqualTo(ExitCode.InputOutput), output);
            Assert.That(error, Does.Match($@"^wrn: the run folder \S+ is in use by process {first.Id} on \S+ since 20\S+Z; wait until it ends, stop it, or give another --output\.\n$"));
        }

        Assert.That(first.WaitFor(" step "), Is.True, "the first run goes on");
        first.Send(WrnProcess.Kill9);
        Assert.That(first.WaitForExit().ExitCode, Is.EqualTo(WrnProcess.KilledExitCode));
        Assert.That(_folder["run/" + RunLock.FileName], Does.Exist);
        long steps = RunFiles.Steps(_folder["run"]);
        var (exitCode, _, problem) = Wrn.Run([.. resumed, "--max-steps", $"{steps + 1}"]);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), problem);
        Assert.That(TinyRun.Files(_folder["run"]).Replace("best.safetensors ", ""), Is.EqualTo("config.json last.safetensors metrics.csv"));
    }

    [Test]
    public void AFolderIsFreeAgainAfterwards()
    {
        string path = _folder["run"];
        using (var run = RunFolder.Claim(path, resumes: false))
        {
            run.Describe([]);
            var error = Assert.Throws<UserException>(() => RunFolder.Claim(path, resumes: false).Dispose())!;
            Assert.That(error.Message, Does.Contain($"is in use by process {Environment.ProcessId} on "));
            Assert.That(TinyRun.Files(path), Is.EqualTo("config.json run.lock"));
        }

        Assert.That(TinyRun.Files(path), Is.EqualTo("config.json"));
        using var again = RunFolder.Claim(path, resumes: false);
    }

    [Test]
    public void WhatAKilledRunLeftLocksNothing([Values("", "process 1 on another since then", "12345")] string text)
    {
        string path = _folder.Path;
        File.WriteAllText(_folder[RunLock.FileName], text);
        using (RunFolder.Claim(path, resumes: true))
            Assert.That(Assert.Throws<UserException>(() => RunLock.Take(path).Dispose())!.Message, Does.Contain($"process {Environment.ProcessId} "));
        Assert.That(TinyRun.Files(path), Is.Empty);
    }

    /// <summary>Many at once, each for a moment: never two at a time, though the file comes and goes.</summary>
    [Test]
    public void TheFileComesAndGoesWithoutALeak()
    {
        string path = _folder.Path;
        int inside = 0, taken = 0;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            try
            {
                using var held = RunLock.Take(path);
                Assert.That(Interlocked.Increment(ref inside), Is.EqualTo(1));
                Interlocked.Increment(ref taken);
                Thread.Yield();
                Interlocked.Decrement(ref inside);
            }
            catch (UserException)
            {
                // Somebody else has it.
            }
        });
        Assert.That(taken, Is.GreaterThan(0));
        Assert.That(TinyRun.Files(path), Is.Empty);
    }

    [Test]
    public void AFolderOfARunThatCameToNothingIsRemoved()
    {
        RunFolder.Claim(_folder["new"], resumes: false).Dispose();
        Assert.That(_folder["new"], Does.Not.Exist);
        Directory.CreateDirectory(_folder["old"]);
        RunFolder.Claim(_folder["old"], resumes: false).Dispose();
        Assert.That(_folder["old"], Does.Exist);

        var (code, _, _) = Wrn.Run("--dataset", "cifar10", "--data-dir", _folder["nothing"], "--output", _folder["run"]);
        Assert.That(code, Is.EqualTo(ExitCode.InputOutput));
        Assert.That(_folder["run"], Does.Not.Exist);
    }
}
