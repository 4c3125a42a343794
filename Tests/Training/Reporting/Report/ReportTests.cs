using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Tests.Training.Processes;
using WrnEngine.Training;
using WrnEngine.Training.Data;
using WrnEngine.Training.Reporting.Report;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Reporting.Report;

/// <summary>Reports of real, tiny runs: their numbers are those of the run's files, and what is damaged, missing or hostile is said or shown safely.</summary>
[TestFixture]
[Category("Training")]
internal sealed class ReportTests
{
    private readonly TempFolder _folder = new();
    private readonly TinyImages _images = new();

    private string Folder => _folder["run"];

    private string[] Tiny =>
    [
        "--depth", "10", "--k", "1", "--dataset", "folder", "--data-dir", _images.Path, "--augment", "crop-flip", "--val-images", $"{TinyImages.ValidationImages}",
        "-b", $"{TinyImages.BatchSize}", "--epochs", "2", "--device", "cpu",
    ];

    [OneTimeSetUp]
    public void Train()
    {
        var (code, output, error) = Wrn.Run([.. Tiny, "--output", Folder, "--log-interval", "1"]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain(Path.Combine(Folder, ReportPage.FileName)));
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _folder.Dispose();
        _images.Dispose();
    }

    [Test]
    public void What_the_page_says_is_what_the_files_say()
    {
        var run = RunRecord.Read(Folder);
        string page = File.ReadAllText(Path.Combine(Folder, ReportPage.FileName));
        var last = run.Epochs[^1];
        Assert.That(page, Does.Contain($"<span>test error</span><b>{last.TestError:F2} %</b>"));
        var best = run.Epochs.MinBy(e => e.ValError)!;
        Assert.That(page, Does.Contain($"<span>best epoch</span><b>{best.Epoch}</b><span>held-out error {best.ValError:F2} %</span>"));
        Assert.That(page, Does.Contain($"<b>{run.Outcome.Number("parameters"):N0}</b>").And.Contain("<b>77,850</b>"));
        var test = run.Test!;
        Assert.That(test.Number("error"), Is.EqualTo(last.TestError).Within(1e-9));
        Assert.That(test.Number("loss"), Is.EqualTo(last.TestLoss).Within(1e-4));
        int[] cells = [.. Regex.Matches(page, "<td class=\"(?:hit|miss)[0-8]\"[^>]*>(\\d+)</td>").Select(m => int.Parse(m.Groups[1].Value))];
        int[] counts = [.. test.List<JsonArray>("confusion").SelectMany(r => r.Values<int>())];
        Assert.That(cells, Is.EqualTo(counts));
        Assert.That(counts.Sum(), Is.EqualTo((int)test.Number("images")));
        var pair = test.List<JsonObject>("confused")[0];
        Assert.That(pair.Number("count"), Is.EqualTo(counts.Where((_, i) => i / 10 != i % 10).Max()));
        double[] losses = [.. test.List<JsonObject>("worst").Select(w => w.Number("loss"))];
        Assert.That(losses, Is.Ordered.Descending.And.Length.EqualTo((int)test.Number("images")));
        Assert.That(page, Does.Contain("--augment crop-flip").And.Contain(run.Outcome.Word("sha256")!));
    }

    [Test]
    public void Results_of_images_are_those_of_softmax()
    {
        var images = ImageSubset.All(SyntheticDataset.Create(seed: 3, threads: 1, 4, 4).Test);
        var results = new TestResults(images);
        results.Add([0, 1], [1, 0], [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        var json = results.ToJson();
        double sum = 7 + Math.E + 1 + (Math.E * Math.E), first = Math.Log(sum) - 1, second = Math.Log(9 + Math.Exp(5)) - 5;
        Assert.That(json.Number("loss"), Is.EqualTo((first + second) / 2).Within(1e-6));
        Assert.That(json.Number("error"), Is.EqualTo(50));
        Assert.That(json.List<JsonArray>("confusion")[1].Values<int>()[2], Is.EqualTo(1));
        Assert.That(json.List<JsonObject>("worst")[0].Number("index"), Is.EqualTo(0));
    }

    [Test]
    public void Several_runs_stand_side_by_side()
    {
        string other = Copy(f => f.Replace("\"lr\": 0.1", "\"lr\": 0.05", StringComparison.Ordinal));
        string page = ReportPage.Of([RunRecord.Read(Folder), RunRecord.Read(other)]).ToString();
        Assert.That(Regex.Match(page, "<tr><th>lr</th><td>([^<]*)</td><td>([^<]*)</td>").Groups[2].Value, Is.EqualTo("0.05"));
        Assert.That(page, Does.Not.Contain("<tr><th>epochs</th><td>"), "that does not differ");
    }

    [Test]
    public void A_run_still_being_written_has_a_report()
    {
        string open = Copy(f => f);
        File.Delete(Path.Combine(open, OutcomeFile.FileName));
        File.Delete(RunFolder.MetricsIn(open));
        File.AppendAllText(Path.Combine(open, "log.jsonl"), "{\"type\":\"step\",\"epo");
        string page = ReportPage.Of([RunRecord.Read(open)]).ToString();
        Assert.That(page, Does.Contain("Not ended").And.Contain("The run has not ended yet"));
    }

    [Test]
    public void Hostile_names_stay_text()
    {
        string hostile = Copy(f => Regex.Replace(f, "\"(triangle|circle|disc|square)[^\"]*\"", "\"\\u003Cscript\\u003Ealert(1)\\u003C/script\\u003E\""));
        string file = Path.Combine(hostile, OutcomeFile.FileName);
        var outcome = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        outcome["test"]!["classes"]![0] = "<script>alert(1)</script>";
        outcome["test"]!["worst"]![0]!["png"] = "\" onerror=\"alert(1)";
        outcome["commands"]![0] = "</pre><img src=x onerror=alert(1)>";
        File.WriteAllText(file, outcome.ToJsonString());
        string page = ReportPage.Of([RunRecord.Read(hostile)]).ToString();
        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("<img src=x").And.Not.Contain("onerror=\""));
        Assert.That(page, Does.Contain("&lt;script&gt;alert(1)"));
    }

    [TestCase("config.json", "[]")]
    [TestCase("config.json", "{")]
    [TestCase("config.json", "{\"seed\":1,\"seed\":2}")]
    [TestCase("outcome.json", "nonsense")]
    [TestCase("metrics.csv", "a,b\n1,2\n")]
    [TestCase("metrics.csv", "epoch,lr,trainLoss,trainError,valLoss,valError,testLoss,testError,seconds\n99999999999,0.1,1,1,,,,,1\n")]
    public void Damage_is_one_sentence(string file, string content)
    {
        string damaged = Copy(f => f);
        File.WriteAllText(Path.Combine(damaged, file), content);
        var (code, _, error) = Wrn.Run("report", damaged);
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(error, Does.Contain(file));
    }

    [Test]
    public void A_folder_that_is_no_run_is_refused()
    {
        Assert.That(Wrn.Run("report", _folder["nowhere"]).ExitCode, Is.EqualTo(ExitCode.InputOutput));
        Directory.CreateDirectory(_folder["empty"]);
        Assert.That(Wrn.Run("report", _folder["empty"]).ExitCode, Is.EqualTo(ExitCode.BadData));
    }

    [Test]
    public void Values_that_make_no_sense_break_no_page()
    {
        string folder = Copy(f => f);
        string outcome = Path.Combine(folder, OutcomeFile.FileName), metrics = RunFolder.MetricsIn(folder);
        JsonNode?[] odd = [null, -1, 1e300, 2147483647, "NaN", true, new JsonArray(), new JsonObject(), new JsonArray(2147483647, -5, "x", null)];
        var original = JsonNode.Parse(File.ReadAllText(outcome))!.AsObject();
        string[] keys = [.. original.Select(o => o.Key), .. original["test"]!.AsObject().Select(o => $"test.{o.Key}")];
        foreach (string key in keys)
        {
            foreach (var value in odd)
            {
                var changed = original.DeepClone().AsObject();
                if (key.Split('.') is [_, var inner]) changed["test"]![inner] = value?.DeepClone();
                else changed[key] = value?.DeepClone();
                File.WriteAllText(outcome, changed.ToJsonString());
                Assert.That(() => ReportPage.Of([RunRecord.Read(folder)]).ToString(), Does.Contain("</html>"), $"{key}: {value?.ToJsonString()}");
            }
        }

        File.AppendAllText(metrics, "3,NaN,1e308,-1e308,,,Infinity,1e308,1e300\n");
        Assert.That(ReportPage.Of([RunRecord.Read(folder)]).ToString(), Does.Contain("</html>"));
    }

    [Test]
    public void A_run_that_goes_on_keeps_its_commands_and_its_last_test()
    {
        string run = _folder["parts"];
        int epoch = TinyImages.TrainImages / TinyImages.BatchSize;
        Assert.That(Wrn.Run([.. Tiny, "--output", run, "--max-steps", $"{epoch}", "--eval-every", "1"]).ExitCode, Is.EqualTo(ExitCode.Ok));
        double before = RunRecord.Read(run).Test.Number("error");
        Assert.That(Wrn.Run("--resume", run, "--data-dir", _images.Path, "--max-steps", $"{epoch + 1}", "--eval-every", "0").ExitCode, Is.EqualTo(ExitCode.Ok));
        var record = RunRecord.Read(run);
        Assert.That(record.Test.Number("error"), Is.EqualTo(before));
        Assert.That(record.Test.Number("epoch"), Is.EqualTo(1));
        Assert.That(record.Outcome.List<string>("commands"), Has.Count.EqualTo(2).And.Some.Contains($"--max-steps {epoch}").And.Some.Contains("--resume"));
    }

    /// <summary>A copy of the run whose text files are changed.</summary>
    private string Copy(Func<string, string> change)
    {
        string target = _folder[$"copy-{Guid.NewGuid():N}"];
        Directory.CreateDirectory(target);
        foreach (string name in new[] { "config.json", "metrics.csv", "log.jsonl", OutcomeFile.FileName })
            File.WriteAllText(Path.Combine(target, name), change(File.ReadAllText(Path.Combine(Folder, name))));
        return target;
    }
}
