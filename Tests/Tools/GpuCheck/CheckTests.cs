using WrnEngine.Tools.GpuCheck;

namespace WrnEngine.Tests.Tools.GpuCheck;

/// <summary>What the check does with steps: it goes on after a failure, and where it was cut off.</summary>
public class CheckTests : CheckFixture
{
    [Test]
    public void AFailingStepIsRecordedAndTheRestGoesOn()
    {
        var thrown = new TestStep("thrown", _ => throw new InvalidDataException("a torn file"));
        var failed = new TestStep("failed", c =>
        {
            c.Result.Measured("first", 1, "s", "wrn one");
            c.Result.Failed("second", "s", "wrn two", "exit code 7: out of memory");
        });
        var absent = new TestStep("absent", c => c.Result.Absent("tool", "", "tool", "there is no tool"));
        var done = new TestStep("done", c => c.Result.Measured("speed", 12.5, "images/s", "wrn bench"));
        var (exitCode, output) = Run([thrown, failed, absent, done]);
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.EqualTo(6));
            Assert.That(output, Does.Contain("failed     failed: exit code 7: out of memory (1 of 2 figures"));
            Assert.That(Report.Steps.Select(s => s.Outcome), Is.EqualTo(new[] { Outcome.Failed, Outcome.Failed, Outcome.Absent, Outcome.Done }));
            Assert.That(Report.Steps[0].Reason, Is.EqualTo("InvalidDataException: a torn file"));
            Assert.That(Report.Find("done", "speed"), Is.EqualTo(new Figure("speed", 12.5, "images/s", "wrn bench", Outcome.Done, null, Simulated: true)));
            Assert.That(File.ReadAllText(Path.Combine(Folder, "thrown", "log.txt")), Does.Contain("a torn file").And.Contain("   at "));
        });
    }

    [Test]
    public void WhatIsDoneIsNotDoneAgain()
    {
        bool works = false;
        var done = new TestStep("done", c => c.Result.Measured("speed", 12.5, "images/s", "wrn bench"));
        var flaky = new TestStep("flaky", c =>
        {
            if (works) c.Result.Measured("late", 2, "s", "wrn late");
            else c.Result.Failed("late", "s", "wrn late", "not yet");
        });
        Assert.That(Run([done, flaky]).ExitCode, Is.EqualTo(6));
        works = true;
        var (exitCode, output) = Run([done, flaky]);
        Assert.Multiple(() =>
        {
            Assert.That(exitCode, Is.Zero);
            Assert.That(output, Does.Contain("done before"));
            Assert.That((done.Runs, flaky.Runs), Is.EqualTo((1, 2)));
            Assert.That(Report.Find("done", "speed")?.Value, Is.EqualTo(12.5));
            Assert.That(Report.Find("flaky", "late")?.Value, Is.EqualTo(2));
        });
    }

    [Test]
    public void AnotherBuildIsMeasuredAgain()
    {
        var step = new TestStep("step", c => c.Result.Measured("speed", 1, "s", "wrn"));
        Run([step]);
        Run([step], build: "2");
        Assert.That((step.Runs, Report.Build, Report.Steps[0].Build), Is.EqualTo((2, "2", "2")));
    }

    [Test]
    public void APartThatWasTornIsMeasuredAgain()
    {
        var step = new TestStep("step", c => c.Result.Measured("speed", 1, "s", "wrn"));
        Run([step]);
        string part = Path.Combine(Folder, "step.json");
        File.WriteAllText(part, File.ReadAllText(part)[..20]);
        Run([step]);
        Assert.That((step.Runs, Report.Steps[0].Outcome), Is.EqualTo((2, Outcome.Done)));
    }

    [Test]
    public void OnlyRunsWhatItNames()
    {
        var a = new TestStep("a", c => c.Result.Measured("x", 1, "s", "wrn"));
        var b = new TestStep("b", c => c.Result.Measured("x", c.Earlier("a", "x")?.Value + 1 ?? double.NaN, "s", "wrn"));
        Run([a, b], only: "a");
        Assert.That(Report.Steps[1].Outcome, Is.EqualTo(Outcome.NotRun));
        Run([a, b], only: "b");
        Run([a, b], only: "b");
        Assert.That((a.Runs, b.Runs, Report.Find("b", "x")?.Value), Is.EqualTo((1, 2, 2.0)));
    }

    [Test]
    public void NoStepStartsWhenTheTimeIsOver()
    {
        var step = new TestStep("step", c => c.Result.Measured("speed", 1, "s", "wrn"));
        var (exitCode, output) = Run([step], minutes: 1e-9);
        Assert.That((exitCode, step.Runs, Report.Steps[0].Outcome), Is.EqualTo((0, 0, Outcome.NotRun)));
        Assert.That(output, Does.Contain("start again to go on"));
    }

    [Test]
    public void AValueThatIsNoNumberIsAFailure()
    {
        Run([new TestStep("step", c => c.Result.Measured("speed", double.NaN, "s", "wrn"))]);
        Assert.That(Report.Steps[0].Outcome, Is.EqualTo(Outcome.Failed));
        Assert.That(Report.Find("step", "speed")?.Reason, Does.Contain("NaN"));
    }
}
