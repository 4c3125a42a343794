using System.Text.RegularExpressions;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training.Experiments.Reporting;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Tests.Training.Experiments.Reporting;

/// <summary>The document in markdown.</summary>
[TestFixture]
[Category("Training")]
internal sealed class ExperimentDocumentTests
{
    private static IReadOnlyList<ExperimentResults> All => [ExperimentSamples.Table4(), ExperimentSamples.StepTimes(), ExperimentSamples.Blocks(), ExperimentSamples.Table4(isAsPaper: true)];

    [Test]
    public void ItHasTheNumbersOfTheResults()
    {
        string text = ExperimentDocument.Of(All);
        Assert.That(text, Does.StartWith("# Experiments\n\n").And.EndWith("\n").And.Not.EndWith("\n\n"));
        Assert.That(Flat(text), Does.Contain("Of 14 claims, 5 are reproduced, 4 are not, and 5 cannot be told yet."));
        Assert.That(text, Does.Contain("\n## Claims\n").And.Contain("\n## Time of a training step\n"));
        Assert.That(Flat(text), Does.Contain("- **not reproduced**: The thinnest deep network is better than WRN-28-10. (made up for this page; on cifar10) WRN-40-1 is "));
        Assert.That(text, Does.Contain("| WRN-40-2 | 2,243,546 | 2.2M | 0.328 | 200 | 5.53 ± 0.27 (3) | 5.65 | 5.33 | 26.27 ± 0.27 (3) | 26.39 | 26.04 |"));
        Assert.That(text, Does.Contain("```\nwrn experiment table4 --minutes 20 --device cpu --output runs/table4\n```"));
        Assert.That(Flat(text), Does.Contain("in 20 minutes: widths x 0.25, 8 epochs of 12,800 images, 3 seeds.").And.Contain("as in the paper: 200 epochs"));
        Assert.That(text, Does.Contain("Runs: `runs`"));
    }

    [Test]
    public void ACommandForAllOfThemStandsOnceAtTheTop()
    {
        const string Command = "wrn claims --budget 90", Block = $"```\n{Command}\n```\n";
        string text = ExperimentDocument.Of([.. All.Select(r => r with { Command = Command })]);
        Assert.That(Regex.Count(text, Regex.Escape(Command)), Is.EqualTo(1));
        Assert.That(text, Does.Contain($"\nTo get all of it again:\n\n{Block}\n## Claims\n"));
        Assert.That(ExperimentDocument.Of([ExperimentSamples.Table4() with { Command = Command }]), Does.Contain($"\nTo get it again:\n\n{Block}"), "of one experiment it stands below its table");
    }

    [Test]
    public void TablesHaveAsManyCellsInEachRowAndTextIsNotTooWide()
    {
        foreach (var results in new[] { All, [ExperimentSamples.HostileNames()], [ExperimentSamples.Many(100)], [ExperimentSamples.Table4(done: 0)] })
        {
            int columns = 0;
            foreach (string line in ExperimentDocument.Of(results).Split('\n'))
            {
                if (!line.StartsWith('|'))
                {
                    columns = 0;
                    Assert.That(line, Has.Length.LessThanOrEqualTo(160));
                    continue;
                }

                int cells = Regex.Count(line, @"(?<!\\)\|") - 1;
                if (columns > 0) Assert.That(cells, Is.EqualTo(columns), line);
                columns = cells;
            }
        }
    }

    [Test]
    public void TheSameResultsMakeTheSameFile()
    {
        using var folder = new TempFolder();
        string path = folder["experiments.md"];
        ExperimentDocument.Write(All, path);
        Assert.That(File.ReadAllText(path), Is.EqualTo(ExperimentDocument.Of(All)));
    }

    [Test]
    public void HostileNamesStayText()
    {
        string text = ExperimentDocument.Of([ExperimentSamples.HostileNames()]);
        Assert.That(text, Does.Contain("&lt;script&gt;alert('x')&lt;/script&gt;\\|\\`\\_\\*\\[a\\](b)"));
        string outsideCode = Regex.Replace(text, @"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", RegexOptions.Singleline);
        Assert.That(outsideCode, Does.Not.Contain("<").And.Contain("&lt;script"));
        Assert.That(text, Does.Contain("\n````\nwrn </pre>```").And.Not.Contain("\u001b"));
    }

    [Test]
    public void FoldersOutsideAreShownByTheirLastNames()
    {
        Assert.That(RunPaths.Relative("/a/b/runs/x", "/a/b"), Is.EqualTo("runs/x"));
        Assert.That(RunPaths.Relative("/a/b/runs/x", "/c"), Is.EqualTo("runs/x"));
        Assert.That(RunPaths.Relative("/x", "/c"), Is.EqualTo("x"));
        Assert.That(RunPaths.Link("/a/b/runs/x", "/c", "report.html"), Is.Null);
    }

    [TestCase(0.0, "0")]
    [TestCase(0.00523, "0.00523")]
    [TestCase(5.243, "5.24")]
    [TestCase(512.4, "512")]
    [TestCase(51234.0, "51234")]
    [TestCase(double.NaN, "-")]
    public void ThreeDigitsCount(double value, string text) => Assert.That(ExperimentNumbers.Significant(value), Is.EqualTo(text));

    [TestCase(20, "20 minutes")]
    [TestCase(1, "1 minute")]
    [TestCase(2.5, "2.5 minutes")]
    [TestCase(180, "3 hours")]
    [TestCase(60 * 24 * 9, "9 days")]
    [TestCase(60 * 24 * 1212, "1,212 days")]
    public void Spans(double minutes, string text) => Assert.That(ExperimentNumbers.Span(TimeSpan.FromMinutes(minutes)), Is.EqualTo(text));

    private static string Flat(string text) => Regex.Replace(text, "\n *", " ");
}
