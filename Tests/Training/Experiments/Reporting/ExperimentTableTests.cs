using System.Text.RegularExpressions;
using WrnEngine.Training;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Reporting;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Tests.Training.Experiments.Reporting;

/// <summary>What the console says, at every width.</summary>
[TestFixture]
[Category("Training")]
internal sealed class ExperimentTableTests
{
    [Test]
    public void ATableInFull()
    {
        string[] lines = Lines(ExperimentSamples.Table4(isAsPaper: true));
        string titles = lines.Single(l => l.StartsWith("row ", StringComparison.Ordinal)), row = lines.Single(l => l.StartsWith("WRN-40-2 ", StringComparison.Ordinal));
        Assert.That(Cells(titles), Is.EqualTo("row|parameters|in paper|GMAC|epochs|cifar10, error %|median|in paper|cifar100, error %|median|in paper"));
        Assert.That(Cells(row), Is.EqualTo("WRN-40-2|2,243,546|2.2M|0.328|200|5.53 ± 0.27 (3)|5.65|5.33|26.27 ± 0.27 (3)|26.39|26.04"));
        Assert.That(lines[0], Is.EqualTo("Depth against width (table 4, section 3), as in the paper: 200 epochs of all training images, 3 seeds"));
        Assert.That(lines, Does.Contain("WRN-40-8 is not run on cifar100: the paper has no figure for it."));
        Assert.That(lines, Has.None.Contains("Not finished"));
    }

    [Test]
    public void ABudgetIsSaid()
    {
        string[] lines = Lines(ExperimentSamples.Table4(done: 2, missing: "it needs 9 GB of memory"));
        Assert.That(lines[0], Does.EndWith("in 20 minutes: widths x 0.25, 8 epochs of 12,800 images, 3 seeds"));
        Assert.That(lines, Has.Some.Contains("WRN-40-0.5").And.Some.Contains("(2 of 3)"));
        Assert.That(lines, Does.Contain("In paper: figures of its own networks and recipe, no target for smaller ones."));
        Assert.That(lines, Does.Contain("WRN-40-8 is not run: it needs 9 GB of memory."));
        Assert.That(lines, Has.Some.StartsWith("Not finished: 20 of 30 runs are done. Left: WRN-40-1 on cifar10 (2 of 3 runs), ").And.Some.EndsWith(" and 4 more."));
    }

    [Test]
    public void WhatTheBudgetDidNotPayForIsSaid()
    {
        var results = ExperimentSamples.Untrained(ExperimentSamples.Table4(), "WRN-40-4");
        string[] lines = Lines(results);
        Assert.That(Cells(lines.First(l => l.StartsWith("WRN-40-4 ", StringComparison.Ordinal))), Does.Contain("|not trained|"));
        Assert.That(lines, Does.Contain("WRN-40-4 is not trained in a budget as small as this, and claims are judged without it."));
        Assert.That(lines, Has.None.Contains("Not finished"));
        var (width, side) = (0.25, 0.5);
        var plan = results.Plan with { Scale = new TwinScale(width, 1, side) { BatchSize = 32 }, TestImages = 5000 };
        Assert.That(
            Lines(results with { Plan = plan })[0], Does.EndWith("in 20 minutes: widths x 0.25, sides of images x 0.5, 8 epochs of 12,800 images, 32 images a step, tests of 5,000, 3 seeds"));
    }

    [Test]
    public void ClaimsHaveAMarkAndAReason()
    {
        string[] lines = Lines(ExperimentSamples.Table4());
        int at = Array.FindIndex(lines, l => l.StartsWith("not reproduced: The thinnest deep network is better than WRN-28-10. (made up for this page; on cifar10)", StringComparison.Ordinal));
        Assert.That(at, Is.Positive);
        Assert.That(lines[at + 1], Does.Match("^  WRN-40-1 is 3\\.\\d points above WRN-28-10 \\(95 % interval 2\\.\\d to \\d\\.\\d, 3 seeds each\\)\\.$"));
    }

    [Test]
    public void TimesStandBesideThePapers()
    {
        string[] lines = Lines(ExperimentSamples.StepTimes());
        Assert.That(lines[0], Does.EndWith("the paper's networks, nothing is trained"));
        string row = lines.Single(l => l.StartsWith("thin 164 ", StringComparison.Ordinal));
        Assert.That(Cells(row), Does.EndWith("|89.8|85.0|354|335"));
    }

    [TestCase(30)]
    [TestCase(60)]
    [TestCase(100)]
    [TestCase(200)]
    public void NoLineIsWiderThanTheTerminal(int width)
    {
        foreach (var results in new[] { ExperimentSamples.Table4(done: 1), ExperimentSamples.StepTimes(), ExperimentSamples.Blocks(), ExperimentSamples.HostileNames() })
        {
            using var writer = new StringWriter();
            ExperimentTable.Write(results, new Terminal(writer, writer, isLive: true, width));
            string text = Regex.Replace(writer.ToString(), "\u001b\\[[0-9;]*m", ""); // colours
            Assert.That(text.Split('\n').Select(l => l.TrimEnd('\r').Length), Has.All.LessThanOrEqualTo(width));
            Assert.That(text, Does.Not.Contain("\u001b"));
        }
    }

    private static string Cells(string line) => string.Join('|', line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static string[] Lines(ExperimentResults results)
    {
        using var writer = new StringWriter();
        ExperimentTable.Write(results, new Terminal(writer, writer, isLive: false));
        return writer.ToString().ReplaceLineEndings("\n").Split('\n');
    }
}
