using System.Text.RegularExpressions;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Reporting;

/// <summary>What a run shows, on terminals narrow and wide, and where there is none.</summary>
[Category("Training")]
public class ConsoleTests
{
    private static readonly int[] Widths = [20, 39, 40, 80, 200];

    private static readonly StepReport Report = new(12, 200, 390, 390, 0.02f, 0.31234567, 12.345, 1234.5, TimeSpan.FromMinutes(83.5), IsLast: false);

    private static readonly EpochRecord Record = new(12, 0.02f, 0.31234567, 12.345, null, null, 0.45678, 14.56, 71.2);

    [TestCaseSource(nameof(Widths))]
    public void ABannerFitsItsTerminalAndCutsNoNumber(int width)
    {
        string text = Shown(width, Banner);
        AssertFits(text, width);
        foreach (string number in new[] { "10,961,370", "1,548,145,664", "77", "128", "0.0005", "300", "200", "60", "160" }) Assert.That(text, Does.Contain(number));
        Assert.That(text.Contains('╭', StringComparison.Ordinal), Is.EqualTo(width >= 40), text);
    }

    [TestCaseSource(nameof(Widths))]
    public void ARunFitsItsTerminal(int width)
    {
        string text = Shown(width, terminal =>
        {
            var log = new ConsoleLog(terminal, "cifar10", 50);
            log.Evaluating("test", 1, 79);
            log.Step(Report);
            log.Evaluating("test", 79, 79);
            log.Epoch(Record, 200, 1234.5);
            log.Epoch(Record with { Epoch = 200, TrainLoss = 123_456.789, TrainError = 100, TestLoss = null, TestError = null, Seconds = 4321 }, 200, 12.34);
        });
        AssertFits(text, width);
        string[] rows = [.. text.Split('\n').Select(l => l.Split('\r')[^1])];
        Assert.That(rows.Count(r => r.Contains("12/200", StringComparison.Ordinal)), Is.EqualTo(1), text);
        Assert.That(rows.Single(r => r.Contains("12/200", StringComparison.Ordinal)), Does.Contain("14.56"));
        string live = text.Split('\r').First(l => l.Contains("390/390", StringComparison.Ordinal));
        Assert.That(live, width < 45 ? Does.Contain("12/200") : Does.Contain("step 390/390").And.Contain("ETA 1 h 23 min").And.Contain("loss 0.312"));
        Assert.That(live.Contains('━', StringComparison.Ordinal) || live.Contains('#', StringComparison.Ordinal), Is.EqualTo(width == 200));
        Assert.That(live.Contains("1,234 images/s", StringComparison.Ordinal), Is.EqualTo(width == 200));
    }

    /// <summary>The columns of a row stand under their titles, and a validation set has its own.</summary>
    [Test]
    public void TheTableOfEpochsHasTheColumnsThatFit()
    {
        Assert.That(Table(200, hasValidation: true), Is.EqualTo(
            """
            cifar10, errors in %
              epoch        lr     loss  train %   val %  test loss  test %   images/s          time
             12/200      0.02   0.3123    12.35    9.50     0.4568   14.56      1,234    1 min 11 s
            """));
        Assert.That(Table(50, hasValidation: false), Is.EqualTo(
            """
            cifar10, errors in %
              epoch     loss  train %  test %          time
             12/200   0.3123    12.35   14.56    1 min 11 s
            """));

        static string Table(int width, bool hasValidation) => Shown(width, terminal =>
            new ConsoleLog(terminal, "cifar10", 50, hasValidation).Epoch(Record with { ValError = 9.5 }, 200, 1234.5)).TrimEnd('\n');
    }

    [Test]
    public void PlainOutputHasNeitherBoxesNorControls()
    {
        string text = Plain(terminal =>
        {
            Banner(terminal);
            var log = new ConsoleLog(terminal, "cifar10", 50);
            log.Step(Report);
            log.Evaluating("test", 1, 79);
            log.Epoch(Record, 200, 1234.5);
            Summary(terminal);
        });
        Assert.That(text.Where(c => c != '\n' && (char.IsControl(c) || c > 126)), Is.Empty);
        string[] lines = text.Split('\n');
        Assert.That(lines, Has.Some.EqualTo(
            "cifar10  epoch 12/200  step 390/390  loss 0.3123  error 12.35 %  lr 0.02  1,234 images/s  ETA 1 h 23 min"));
        Assert.That(lines, Has.Some.EqualTo(
            "cifar10  epoch 12/200  lr 0.02  train loss 0.3123 error 12.35 %  test loss 0.4568 error 14.56 %  1,234 images/s  1 min 11 s"));
        Assert.That(lines, Has.Some.EqualTo("network  WRN-16-8: 10,961,370 parameters, 1,548,145,664 multiply-adds per image"));
        Assert.That(lines[^2], Does.Match("^Done after 4,680 steps\\. Checkpoint: .*last\\.safetensors$"));
    }

    [TestCaseSource(nameof(Widths))]
    public void TheEndFitsItsTerminal(int width)
    {
        string text = Shown(width, Summary);
        AssertFits(text, width);
        foreach (string number in new[] { "14.56", "13.20", "4,680", "1,234", "312" }) Assert.That(text, Does.Contain(number));
        string joined = string.Concat(text.Split('\n').Select(l => l.Trim('│', ' ', '\r')));
        Assert.That(joined, Does.Contain("last.safetensors"));
    }

    [Test]
    public void ACommandGoesOnBehindABackslash()
    {
        const string Command = "dotnet run --project Training -- --device cpu --threads 2 --data-dir /usr/share/datasets --resume runs/wrn-16-8-cifar10-20261125-021500";
        string text = Shown(40, terminal => terminal.Command(Command));
        AssertFits(text, 40);
        Assert.That(string.Join(' ', text.Replace("\\\n", "", StringComparison.Ordinal).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), Is.EqualTo(Command));
        Assert.That(Plain(terminal => terminal.Command(Command)), Is.EqualTo($"  {Command}\n"));
    }

    [Test]
    public void NamesFromOutsideCommandNothing([Values(20, 80, 0)] int width)
    {
        const string Name = "[red]cats[/]\u001b[2J\u009b31m\r\n\u202e[[";
        string text = width == 0 ? Plain(Show) : Shown(width, Show);
        Assert.That(text.Where(c => c is not ('\n' or '\r') && (char.IsControl(c) || c == '\u202e')), Is.Empty);
        Assert.That(text, Does.Contain("[red]cats["));
        if (width > 0) AssertFits(text, width);
        else Assert.That(text.Split('\n'), Has.Length.EqualTo(6));

        static void Show(Terminal terminal)
        {
            terminal.Notice($"Read {Name}.");
            terminal.Line($"Read {Name}.");
            terminal.Box(Name, ("data", Name));
            var log = new ConsoleLog(terminal, Name, 50);
            log.Step(Report);
            log.Epoch(Record, 200, 1234.5);
        }
    }

    [TestCase("xterm-256color", null, true)]
    [TestCase("xterm-256color", "", true)]
    [TestCase("xterm-256color", "1", false)]
    [TestCase("dumb", null, false)]
    [TestCase(null, null, true)]
    public void TheEnvironmentMayAskForPlainLines(string? term, string? noColor, bool draws) =>
        Assert.That(Terminal.MayDraw(term, noColor), Is.EqualTo(draws));

    [Test]
    public void PlainLinesHaveNoCodes()
    {
        string text = Plain(terminal =>
        {
            terminal.Notice("careful");
            terminal.Box("title", ("label", "text"));
            new ConsoleLog(terminal, "cifar10", 1).Epoch(Record, 200, 1);
        });
        Assert.That(text, Does.Contain("careful").And.Not.Contain("\u001b").And.Not.Contain("\r").And.Not.Contain("╭"));
    }

    [TestCase("10,961,370 parameters", 20, "10,961,370|parameters")]
    [TestCase("10,961,370 parameters", 12, "10,961,370|parameters")]
    [TestCase("runs/wrn-16-8-cifar10-20261125-021500", 20, "runs/wrn-16-8-|cifar10-20261125-|021500")]
    [TestCase("abcdefgh", 3, "abc|def|gh")]
    [TestCase("1234567", 3, "123|456|7")]
    [TestCase("猫猫猫", 4, "猫猫|猫")]
    [TestCase("a b", 1, "a|b")]
    [TestCase("", 5, "")]
    public void LinesBreakWhereNothingIsTornApart(string text, int width, string expected) =>
        Assert.That(string.Join('|', TextWrap.Lines(text, width)), Is.EqualTo(expected));

    /// <summary>A number that has room on a line of its own is not cut for the sake of an indent.</summary>
    [Test]
    public void AnIndentGivesWay() =>
        Assert.That(string.Join('|', TextWrap.Lines("Total mult-adds: 5,243,328,768 per image", 16, indent: 7)), Is.EqualTo("Total mult-adds:|   5,243,328,768|       per image"));

    private static void Banner(Terminal terminal)
    {
        var data = TinyRun.Data();
        using var device = new MetaDevice();
        var plan = new TrainingPlan(new WideResNetOptions(16, 8), new Hyperparameters { BatchSize = 8 }, Seed: 77);
        using var model = new WideResNet(plan.Network, device);
        WrnEngine.Training.Reporting.Banner.Write(
            terminal, plan, data, model, "cpu (2 threads, AVX-512)", "wrn-16-8-cifar10", "runs/wrn-16-8-cifar10-20261125-021500", 128_300_000);
        terminal.Notice("CIFAR-10 is not in /home/somebody/data: training on 300 images.");
    }

    private static void Summary(Terminal terminal)
    {
        using var folder = new TempFolder();
        using var run = RunFolder.Claim(folder["run"], resumes: false);
        var outcome = new TrainingOutcome(TrainingEnd.Finished, 4680, 1234.5, [Record with { Epoch = 11, TestError = 13.2 }, Record]);
        RunSummary.Write(terminal, "wrn-16-8-cifar10", outcome, "Done after 4,680 steps.", run, TimeSpan.FromMinutes(14), 312_000_000);
    }

    private static string Plain(Action<Terminal> show)
    {
        using var writer = new StringWriter();
        show(new Terminal(writer, writer, isLive: false));
        return writer.ToString();
    }

    private static string Shown(int width, Action<Terminal> show)
    {
        using var writer = new StringWriter();
        show(new Terminal(writer, writer, isLive: true, width));
        return Regex.Replace(writer.ToString(), "\u001b\\[[0-9;]*m", ""); // colours
    }

    private static void AssertFits(string text, int width)
    {
        foreach (string line in text.Split('\n', '\r')) Assert.That(TextWrap.Cells(line), Is.LessThanOrEqualTo(width), line);
    }
}
