using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WrnEngine.Tests.Support.Browser;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training.Experiments.Planning;
using WrnEngine.Training.Experiments.Reporting;
using WrnEngine.Training.Experiments.Results;

namespace WrnEngine.Tests.Training.Experiments.Reporting;

/// <summary>The page: what it says, and that a browser finds it readable whatever there is to show.</summary>
[TestFixture]
[Category("Training")]
internal sealed class ExperimentReportTests : BrowserFixture
{
    private static readonly Dictionary<string, Func<IReadOnlyList<ExperimentResults>>> Pages = new()
    {
        ["budget"] = () => [ExperimentSamples.Table4()],
        ["paper"] = () => [ExperimentSamples.Table4(isAsPaper: true)],
        ["several"] = () => [ExperimentSamples.Table4(), ExperimentSamples.StepTimes(), ExperimentSamples.Blocks(), ExperimentSamples.Table4(isAsPaper: true)],
        ["nothing"] = () => [ExperimentSamples.Table4(done: 0)],
        ["missing"] = () => [ExperimentSamples.Table4(done: 2, missing: "its step needs 9.1 GB of memory, and there are 4.0")],
        ["many"] = () => [ExperimentSamples.Many(100)],
        ["hostile"] = () => [ExperimentSamples.HostileNames(), ExperimentSamples.HostileNames()],
        ["none"] = () => [],
    };

    private static IEnumerable<string> PageNames => Pages.Keys;

    [TestCaseSource(nameof(PageNames))]
    public void ABrowserFindsNothingWrong(string name)
    {
        using var folder = new TempFolder();
        PageCheck.Verify(Page, ExperimentReport.Write(Pages[name](), folder.Path));
    }

    [Test]
    public void ThePageSaysWhatCameOut()
    {
        string page = Html(ExperimentSamples.Table4());
        Assert.That(page, Does.Contain("<h1>Depth against width</h1>"));
        Assert.That(page, Does.Contain("in 20 minutes: widths x 0.25, 8 epochs of 12,800 images, 3 seeds"));
        Assert.That(page, Does.Contain("whose errors are no target").And.Contain("wrn experiment table4 --minutes 20 --device cpu --output runs/table4"));
        Assert.That(Regex.Count(page, "<span class=\"mark\">"), Is.EqualTo(6), "three claims on two data sets");
        Assert.That(Regex.Count(page, "</svg>not reproduced</span>"), Is.EqualTo(2));
        Assert.That(Regex.Count(page, "<circle class=\"f1 seed\""), Is.EqualTo(11 * 3), "a dot for each run");
        Assert.That(page, Does.Contain("widening always helps, but WRN-22-8"));
    }

    [Test]
    public void ThePapersErrorsAreMarksOnlyWhereTheyAreATarget()
    {
        const string Mark = "% in the paper</title>";
        Assert.That(Html(ExperimentSamples.Table4()), Does.Not.Contain(Mark));
        Assert.That(Html(ExperimentSamples.Table4(isAsPaper: true)), Does.Contain("WRN-28-10: 4.17 " + Mark));
    }

    [Test]
    public void WhatIsLeftAndWhatIsMissingIsSaid()
    {
        string page = Html(ExperimentSamples.Table4(done: 0, missing: "it needs 9 GB of memory"));
        Assert.That(page, Does.Contain("Not finished: 0 of 30 runs are done. Left: WRN-40-1 on cifar10 (0 of 3 runs), "));
        Assert.That(page, Does.Contain("WRN-40-8 is not run: it needs 9 GB of memory."));
        Assert.That(page, Does.Contain("None of its runs is done yet."));
    }

    [Test]
    public void HostileNamesStayText()
    {
        string page = Html(ExperimentSamples.HostileNames(), ExperimentSamples.HostileNames());
        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("</pre>```"));
        Assert.That(page, Does.Contain("&lt;script&gt;alert(&#39;x&#39;)"));
    }

    [Test]
    public void MachineAndDateAreThoseOfTheRuns()
    {
        using var folder = new TempFolder();
        var results = Moved(ExperimentSamples.Table4(), folder);
        string page = ExperimentReport.Of([results], folder.Path).ToString();
        Assert.That(page, Does.Contain("<td>A processor; cpu (2 threads, Avx2); An OS; .NET 10.0.1</td>").And.Contain("<td>2026-12-01</td>").And.Contain("<td>0.1.0+abc</td>"));
        Assert.That(page, Does.Contain("<a href=\"runs/WRN-40-0.25-cifar10-seed1/report.html\">runs/WRN-40-0.25-cifar10-seed1</a>"));
        Assert.That(page, Does.Not.Contain(folder.Path));
        string document = ExperimentDocument.Of([results]);
        Assert.That(document, Does.Contain("Finished on 2026-12-01").And.Contain("A processor").And.Not.Contain(folder.Path));
    }

    [Test]
    public void ABrokenOutcomeOnlyLeavesFactsOut()
    {
        using var folder = new TempFolder();
        var results = Moved(ExperimentSamples.Table4(), folder);
        foreach (string file in Directory.EnumerateFiles(folder.Path, "outcome.json", SearchOption.AllDirectories)) File.WriteAllText(file, "{\"finished\":");
        Assert.That(ExperimentReport.Of([results], folder.Path).ToString(), Does.Not.Contain("<th>finished</th>").And.Contain("<th>machine</th>"));
    }

    [Test]
    public void APlanMayHaveNoRowAtAll()
    {
        var results = ExperimentSamples.Table4();
        results = results with { Plan = results.Plan with { Cells = [] }, Cells = [] };
        Assert.That(Html(results), Does.Contain("WRN-40-1 is not in the plan.").And.Contain("The plan has none of its networks."));
    }

    private static string Html(params ExperimentResults[] results) => ExperimentReport.Of(results, ".").ToString();

    /// <summary>The results with run folders that are there, each with an outcome; the date is the latest one's.</summary>
    private static ExperimentResults Moved(ExperimentResults results, TempFolder folder)
    {
        return results with { Cells = [.. results.Cells.Select(c => c with { Runs = [.. c.Runs.Select(r => r with { Folder = Make(r) })] })] };

        string Make(SeedResult run)
        {
            string path = Path.Combine(folder.Path, run.Folder);
            Directory.CreateDirectory(path);
            File.WriteAllText(Path.Combine(path, "report.html"), "");
            File.WriteAllText(Path.Combine(path, "outcome.json"), new JsonObject
            {
                ["processor"] = "A processor",
                ["device"] = "cpu (2 threads, Avx2)",
                ["system"] = "An OS",
                ["runtime"] = ".NET 10.0.1",
                ["version"] = "0.1.0+abc",
                ["finished"] = run.Seed == 2 ? "2026-12-01T23:59:59Z" : "2026-11-30T10:00:00Z",
            }.ToJsonString());
            return path;
        }
    }
}
