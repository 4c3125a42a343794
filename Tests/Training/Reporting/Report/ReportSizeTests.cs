using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WrnEngine.Tests.Support.Browser;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training.Reporting.Pages;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Reporting.Report;

/// <summary>Long runs, many classes, many runs: the page stays below 2 MB, and a browser finds it readable.</summary>
[TestFixture]
[Category("Training")]
internal sealed class ReportSizeTests : BrowserFixture
{
    private const int Epochs = 200, StepsPerEpoch = 391, Images = 10_000, Side = 32;

    [TestCase(100, 6)]
    [TestCase(20, 6)]
    [TestCase(10, 12)]
    public void The_page_is_small_and_well(int classes, int runs)
    {
        using var folder = new TempFolder();
        string path = folder["report.html"];
        ReportPage.Of([.. Enumerable.Range(0, runs).Select(i => Record($"runs/run-{i}", classes, i))]).Save(path);
        PageCheck.Verify(Page, path);
        string page = File.ReadAllText(path);
        Assert.That(page.Contains("svg class=\"matrix\"", StringComparison.Ordinal), Is.EqualTo(classes > 20));
        if (runs > ReportPage.MostInDetail) Assert.That(page, Does.Contain("Colours repeat"));
    }

    [Test]
    public void As_many_runs_as_the_verb_takes_fit() =>
        Assert.That(ReportPage.Of([.. Enumerable.Range(0, 50).Select(i => Record($"run-{i}", 100, i))]).ToString(), Has.Length.LessThan(1_500_000));

    [Test]
    public void A_thousand_classes_have_pairs_and_no_matrix()
    {
        string page = ReportPage.Of([Record("run", 1000, 1)]).ToString();
        Assert.That(page, Does.Contain("1,000 classes are too many for a matrix").And.Not.Contain("class=\"matrix\""));
        Assert.That(Regex.Count(page, "<td>class-\\d+</td><td>class-\\d+</td>"), Is.EqualTo(12));
    }

    /// <summary>What a long run leaves, made up.</summary>
    private static RunRecord Record(string folder, int classes, int seed)
    {
        uint state = (uint)seed * 7919;
        var test = new JsonObject { ["dataset"] = "made-up", ["epoch"] = Epochs, ["images"] = Images, ["error"] = 40.0, ["loss"] = 1.5 };
        test["classes"] = new JsonArray([.. Enumerable.Range(0, classes).Select(c => JsonValue.Create($"class-{c}"))]);
        if (classes <= TestResults.MostClasses)
        {
            int[][] counts = [.. Enumerable.Range(0, classes).Select(_ => new int[classes])];
            for (int i = 0; i < Images; i++) counts[i % classes][Next(5) < 3 ? i % classes : Next(classes)]++;
            test["confusion"] = new JsonArray([.. counts.Select(r => new JsonArray([.. r.Select(n => JsonValue.Create(n))]))]);
        }

        test["confused"] = new JsonArray([.. Enumerable.Range(0, 12).Select(i => new JsonObject { ["label"] = i, ["predicted"] = i + 1, ["count"] = 20 - i, ["of"] = 100 })]);
        test["worst"] = new JsonArray([.. Enumerable.Range(0, 24).Select(i => new JsonObject
        {
            ["index"] = i, ["label"] = 0, ["predicted"] = 1, ["loss"] = 24.0 - i, ["confidence"] = 0.99, ["png"] = Noise(),
        })]);
        var steps = Enumerable.Range(0, Epochs * 8).Select(i => new JsonObject
        {
            ["type"] = "step",
            ["epoch"] = (i / 8) + 1,
            ["step"] = 50 * ((i % 8) + 1),
            ["steps"] = StepsPerEpoch,
            ["lr"] = 0.1,
            ["memoryBytes"] = 5e7,
            ["seconds"] = i * 10.0,
            ["imagesPerSecond"] = 640,
        });
        var epochs = Enumerable.Range(1, Epochs).Select(e => new EpochRecord(e, 0.1f, 2.0 / e, 90.0 / e, null, null, 2.5 / e, 95.0 / e, 80));
        return new RunRecord(
            folder, new JsonObject { ["batchSize"] = 128, ["seed"] = seed }, [.. epochs], [.. steps], new JsonObject { ["end"] = "Finished", ["steps"] = 78200, ["test"] = test });

        int Next(int below) => (int)((state = (state * 1664525) + 1013904223) >> 8) % below;

        string Noise()
        {
            byte[] pixels = new byte[Side * Side * 3];
            for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)Next(256);
            return Convert.ToBase64String(PngWriter.Encode(pixels, Side, Side, 3));
        }
    }
}
