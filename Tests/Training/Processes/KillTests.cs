using System.Diagnostics;
using System.Globalization;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Training.Data;

namespace WrnEngine.Tests.Training.Processes;

/// <summary>
/// <c>kill -9</c>, again and again: after every one the last checkpoint loads and is no older than the one before, and at the end the run has
/// come to the same bytes as one that nobody disturbed. WRN_KILLS sets the number of kills.
/// </summary>
[Category("Training")]
public class KillTests
{
    private const int DefaultKills = 50;
    private const int StepsAfterTheLastKill = 3;
    private const int MostSteps = 200;

    private static readonly string[] SaveEachStep = ["--save-every", "1", "--log-interval", "1", "--threads", "1"];

    private static readonly string[] Points = ["before-write", "mid-write", "after-write", "after-fsync", "after-rename"];

    /// <summary>The first epoch always has the best error so far, until its end has been saved.</summary>
    private static readonly string[] FirstFaults = [.. Points.Select(p => p + ":1:best.safetensors")];

    /// <summary>
    /// Every moment of a save, of the checkpoint and of the files around it. Metrics are written at the start of a resumed run and at the end
    /// of an epoch: the second time comes some steps later.
    /// </summary>
    private static readonly string[] Faults =
    [
        .. from point in Points
           from file in new[] { ":1:last.safetensors", ":2:last.safetensors", ":1:metrics.csv", ":2:metrics.csv", ":1:config.json" }
           select point + file,
    ];

    [Test]
    public void EveryKillLeavesACheckpointThatGoesOnToTheSameBytes()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("signals are sent with kill(2)");
        int kills = int.Parse(Environment.GetEnvironmentVariable("WRN_KILLS") ?? $"{DefaultKills}", CultureInfo.InvariantCulture);
        using var data = new TinyImages();
        using var folder = new TempFolder();
        long start = Stopwatch.GetTimestamp();
        // Side by side: each child has one thread.
        var tasks = new[]
        {
            Task.Run(() => Chain(folder["random"], kills - kills / 2, data, (child, random) => KillAtRandom(child, random))),
            Task.Run(() => Chain(folder["aimed"], kills / 2, data, kill: null)),
        };
        Task.WaitAll(tasks);
        TestContext.Out.WriteLine($"{kills} kills in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        foreach (var task in tasks) TestContext.Out.WriteLine(task.Result);

        long end = Math.Max(RunFiles.Steps(folder["random"]), RunFiles.Steps(folder["aimed"])) + StepsAfterTheLastKill;
        string[] limit = ["--max-steps", $"{end}"];
        Finish(folder, [.. data.Arguments, "--output", folder["undisturbed"], .. limit]);
        foreach (string run in new[] { "random", "aimed" })
        {
            Finish(folder, ["--resume", folder[run], "--data-dir", data.Path, .. limit]);
            RunFiles.AssertEqual(folder, "undisturbed", run);
            Assert.That(TinyRun.Files(folder[run]), Is.EqualTo("best.safetensors config.json last.safetensors metrics.csv"));
        }
    }

    /// <summary>Starts a run or goes on with it, kills it, looks at what is left, and so on.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="kills">How often.</param>
    /// <param name="data">What to train on.</param>
    /// <param name="kill">Kills a child; null lets it kill itself at the next of <see cref="Faults"/>.</param>
    private static string Chain(string run, int kills, TinyImages data, Action<WrnProcess, TestData>? kill)
    {
        var random = TestData.For(run[(run.LastIndexOf(Path.DirectorySeparatorChar) + 1)..]);
        string above = Path.GetDirectoryName(run)!;
        long steps = 0;
        int started = 0;
        for (int i = 0; i < kills; i++)
        {
            bool resumes = File.Exists(Path.Combine(run, "last.safetensors"));
            string[] arguments = resumes ? ["--resume", run, "--data-dir", data.Path] : [.. data.Arguments, "--output", run];
            string? fault = kill is not null ? null : i < FirstFaults.Length ? FirstFaults[i] : Faults[(i - FirstFaults.Length) % Faults.Length];
            string[] limit = ["--max-steps", $"{steps + MostSteps}"]; // only a kill that misses comes there
            using var child = WrnProcess.Start(above, [.. arguments, .. SaveEachStep, .. limit], fault);
            kill?.Invoke(child, random);
            var (exitCode, output, error) = child.WaitForExit();
            Assert.That(exitCode, Is.EqualTo(WrnProcess.KilledExitCode), $"kill {i} ({fault ?? "random"}): {output}\n{error}");
            long now = RunFiles.Steps(run);
            Assert.That(now, Is.GreaterThanOrEqualTo(steps), $"kill {i} ({fault ?? "random"})");
            if (now > steps) started++;
            steps = now;
        }

        return $"{Path.GetFileName(run)}: {kills} kills, {started} after progress, {steps} steps";
    }

    /// <summary>One in five anywhere in the start; the others a random moment after a random step, mostly inside a step or a save.</summary>
    private static void KillAtRandom(WrnProcess child, TestData random)
    {
        if (random.Next(5) == 0) Thread.Sleep(random.Next(800));
        else
        {
            for (int step = 1 + random.Next(4); step > 0; step--) Assert.That(child.WaitFor(" step "), Is.True);
            Thread.Sleep(random.Next(40));
        }

        child.Send(WrnProcess.Kill9);
    }

    private static void Finish(TempFolder folder, string[] arguments)
    {
        var (exitCode, output, error) = WrnProcess.Run(folder.Path, arguments);
        Assert.That(exitCode, Is.Zero, $"{output}\n{error}");
    }
}
