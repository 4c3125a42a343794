using System.Text;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Tests.Training.Processes;
using WrnEngine.Training;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Results;
using WrnEngine.Training.Experiments.Running;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Experiments;

/// <summary>Experiments of two tiny rows, from the command line to the last run.</summary>
[Category("Training")]
public class ExperimentRunTests
{
    private static readonly string[] RunNames = ["narrow-folder-seed1", "wide-folder-seed1", "narrow-folder-seed2", "wide-folder-seed2"];

    private TinyImages _data = null!;
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void CreateData() => _data = new TinyImages();

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void EveryRunIsACommandThatRepeatsIt()
    {
        string[] command = Command(Descriptions.Tiny(measures: "\"error\", \"blocks\""), "whole");
        var (code, output, error) = Wrn.Run([.. command, "--dry-run"]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain("WRN-10-0.25").And.Contain("4 runs, seeds 1, 2: "));
        Assert.That(_folder["whole"], Does.Not.Exist);

        (code, output, error) = Wrn.Run(command);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), output + error);
        Assert.That(output, Does.Match(@"folder  narrow  seed 1  error [\d.]+ %  [^(]+\(3 left, ").And.Contain("(none left)"));
        var results = Read("whole");
        Assert.That(results.IsComplete);
        var run = results.Cells[1].Runs[1];
        Assert.Multiple(() =>
        {
            Assert.That((run.Seed, run.Epochs.Count, run.Epochs.Count(e => e.TestError is not null)), Is.EqualTo((2UL, 3, 1)));
            Assert.That(run.TestError, Is.EqualTo(run.Epochs[^1].TestError));
            Assert.That(string.Join(' ', run.Blocks.Select(b => b.Block)), Is.EqualTo("group0.block0 group1.block0 group2.block0"));
            Assert.That(run.Blocks.Select(b => b.Ratio), Is.All.GreaterThan(0));
            Assert.That(run.Blocks.Select(b => b.ErrorWith), Is.All.EqualTo(run.TestError), "all twenty test images");
            Assert.That(run.Blocks.Select(b => b.ErrorWithout), Is.All.InRange(0, 100));
            Assert.That(File.ReadAllText(_folder[$"whole/{RunNames[0]}/console.log"]), Does.Contain("Done after 21 steps."));
        });

        string[] arguments = [.. run.Command.Split(' ').SkipWhile(a => !a.StartsWith("--depth")).Select(a => a == run.Folder ? _folder["again"] : a)];
        (code, output, error) = Wrn.Run(arguments);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), output + error);
        RunFiles.AssertEqual(_folder, $"whole/{RunNames[3]}", "again");

        (code, output, error) = Wrn.Run(command);
        Assert.That((code, output.Contains("seed 1  error")), Is.EqualTo((ExitCode.Ok, false)), "nothing is done twice: " + output + error);
        (code, _, error) = Wrn.Run([.. command.Select(a => a == "2" ? "3" : a)]);
        Assert.That((code, error), Is.EqualTo((ExitCode.Usage, $"wrn: {_folder["whole"]} holds another plan: --seeds were 1,2, not 1,2,3; give another --output.\n")));
    }

    [Test]
    public void AKilledRunnerGoesOnToTheSameBits()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("signals are sent with kill(2)");
        Finish("whole");
        // In the middle of the first run, then of a later one.
        foreach (string fault in new[] { "after-rename:2:last.safetensors", "before-write:5:last.safetensors" })
            Assert.That(WrnProcess.Run(_folder.Path, Command(Descriptions.Tiny(), "parts"), fault).ExitCode, Is.EqualTo(WrnProcess.KilledExitCode), fault);
        Assert.That(Read("parts").IsComplete, Is.False);
        Finish("parts");
        AssertEqualRuns("whole", "parts");
    }

    [Test]
    public void TwoRunnersShareAFolder()
    {
        Finish("whole");
        using (var first = WrnProcess.Start(_folder.Path, Command(Descriptions.Tiny(), "shared")))
        using (var second = WrnProcess.Start(_folder.Path, Command(Descriptions.Tiny(), "shared")))
        {
            foreach (var (code, output, error) in new[] { first.WaitForExit(), second.WaitForExit() })
                Assert.That(code, Is.EqualTo(ExitCode.Ok).Or.EqualTo(ExitCode.InputOutput), output + error);
        }

        Finish("shared");
        AssertEqualRuns("whole", "shared");
        foreach (string name in RunNames)
            Assert.That(File.ReadAllText(_folder[$"shared/{name}/console.log"]).Split("Done after").Length - 1, Is.EqualTo(1), $"{name} was done once");
    }

    [Test]
    public void WhatOthersHoldIsPassedOver()
    {
        string[] command = Command(Descriptions.Tiny(), "run");
        string held = _folder[$"run/{RunNames[1]}"];
        using (RunFolder.Claim(held, resumes: false))
        {
            var (code, output, error) = Wrn.Run(command);
            Assert.That(code, Is.EqualTo(ExitCode.Ok), output + error);
            Assert.That(output, Does.Contain($"Others are at what is still open: {RunNames[1]} by process {Environment.ProcessId} on "));
            Assert.That(Read("run").Cells.Sum(c => c.Runs.Count), Is.EqualTo(3));
            (code, output, error) = Wrn.Run(command);
            Assert.That(code, Is.EqualTo(ExitCode.InputOutput), "there is nothing else to do: " + output + error);
        }

        Assert.That(Wrn.Run(command).ExitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(Read("run").IsComplete);
    }

    [Test]
    public void ARowThatDivergesIsRecordedAndTheOthersGoOn()
    {
        string description = Descriptions.Tiny(second: ", \"lr\": 1e30");
        string[] command = Command(description, "run");
        var (code, output, error) = Wrn.Run(command);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), output + error);
        Assert.That(output, Does.Match(@"folder  wide!  seed 2  diverged: the loss is .* at step \d+ "));
        var results = Read("run", description);
        Assert.That(results.IsComplete);
        Assert.That(results.Cells[0].Runs, Has.Count.EqualTo(2));
        Assert.That(results.Cells[1].Failures.Select(f => (f.Seed, f.ExitCode)), Is.EqualTo(new[] { (1UL, ExitCode.Diverged), (2UL, ExitCode.Diverged) }));
        Assert.That(Wrn.Run(command).Output, Does.Not.Contain("diverged"), "it would diverge again");
    }

    [Test]
    public void ARunThatFailsIsTriedAgain()
    {
        string[] command = Command(Descriptions.Tiny(), "run");
        string broken = _folder.Write($"run/{RunNames[0]}/last.safetensors", "no checkpoint"u8);
        _folder.Write($"run/{RunNames[0]}/config.json", "{ \"epochs\": 3 }"u8);
        _folder.Write($"run/{RunNames[1]}/last.safetensors", "no checkpoint"u8);
        _folder.Write($"run/{RunNames[1]}/config.json", "{ \"epochs\": 4 }"u8);
        var (code, output, _) = Wrn.Run(command);
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(output, Does.Contain("folder  narrow  seed 1  failed: ").And.Contain("2 runs failed; this tries them again:")
            .And.Contain($"{RunNames[1]} holds a run of 4 epochs, and the plan has 3; move it away"));
        Assert.That(Read("run").Cells[0].Failures.Single().IsFinal, Is.False);
        File.Delete(broken);
        Directory.Delete(_folder[$"run/{RunNames[1]}"], recursive: true);
        Assert.That(Wrn.Run(command).ExitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(Read("run").IsComplete);
    }

    [Test]
    public void CtrlCStopsCleanlyAndSaysHowToGoOn()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("signals are sent with kill(2)");
        using var process = WrnProcess.Start(_folder.Path, Command(Descriptions.Tiny(epochs: 5000), "run"));
        Assert.That(process.WaitFor("4 runs, seeds 1, 2"), Is.True);
        for (int i = 0; i < 600 && !File.Exists(_folder[$"run/{RunNames[0]}/last.safetensors"]); i++) Thread.Sleep(100);
        process.Send(WrnProcess.Interrupt);
        var (code, output, error) = process.WaitForExit();
        Assert.That(code, Is.EqualTo(ExitCode.Interrupted), output + error);
        Assert.That(output, Does.Contain("Go on with:\n").And.Match($"experiment {_folder["tiny.json"]} --budget 5000 --seeds 2 --data-dir "));
        Assert.That(RunFiles.Steps(_folder[$"run/{RunNames[0]}"]), Is.GreaterThan(0));
    }

    [Test]
    public void AMissingDataSetIsSaidInOneSentence()
    {
        string[] command = Command(Descriptions.Tiny(), "run");
        command[Array.IndexOf(command, "--data-dir") + 1] = _folder["nowhere"];
        var (code, output, error) = Wrn.Run(command);
        Assert.That((code, output), Is.EqualTo((ExitCode.InputOutput, "")));
        Assert.That(error, Is.EqualTo($"wrn: There is no folder {_folder["nowhere"]}; point --data-dir at its folder, or name another data set with --dataset.\n"));
    }

    [Test]
    public void StepsOfThePapersSizeAreTimed()
    {
        var experiment = Descriptions.Read(Descriptions.Tiny(measures: "\"stepTime\""));
        var plan = new Planner(experiment, new PlanRequest(1, [1], null), new Placement(), new FakeMachine(1e9)).Make() with { SecondsOfStepTime = 0.1, Scale = new TwinScale(0.5, 1) };
        using var stop = new StopSignal();
        var time = StepTimeMeasurement.Run(plan, plan.Cells[1], new Placement("--threads", "1"), stop)!;
        Assert.That((time.Network, time.BatchSize, time.Macs), Is.EqualTo(("WRN-10-0.5", 32, plan.Cells[1].Macs)));
        Assert.That(time.Seconds, Has.Count.GreaterThanOrEqualTo(3).And.All.GreaterThan(0));
        StepTimeFile.Write(_folder.Path, new Dictionary<string, StepTime> { ["wide!"] = time });
        var read = StepTimeFile.Read(_folder.Path)["wide!"];
        Assert.That(read.Seconds, Is.EqualTo(time.Seconds));
        Assert.That(read with { Seconds = time.Seconds }, Is.EqualTo(time));
    }

    private string[] Command(string description, string output)
    {
        string file = _folder.Write("tiny.json", Encoding.UTF8.GetBytes(description));
        return ["experiment", file, "--budget", "5000", "--seeds", "2", "--data-dir", _data.Path, "--threads", "1", "--output", _folder[output]];
    }

    private void Finish(string output)
    {
        var (code, text, error) = Wrn.Run(Command(Descriptions.Tiny(), output));
        Assert.That(code, Is.EqualTo(ExitCode.Ok), text + error);
        Assert.That(Read(output).IsComplete);
    }

    private ExperimentResults Read(string output, string? description = null)
    {
        string json = description ?? File.ReadAllText(_folder["tiny.json"]);
        var plan = ExperimentPlanFile.Read(_folder[output], Descriptions.Read(json), new PlanRequest(5000, [1, 2], null))!;
        return ResultsReader.Read(plan, _folder[output], "");
    }

    private void AssertEqualRuns(string expected, string actual)
    {
        foreach (string name in RunNames) RunFiles.AssertEqual(_folder, $"{expected}/{name}", $"{actual}/{name}");
    }
}
