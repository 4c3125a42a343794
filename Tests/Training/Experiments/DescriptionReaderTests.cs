using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Experiments;
using WrnEngine.Training.Experiments.Running;

namespace WrnEngine.Tests.Training.Experiments;

[Category("Training")]
public class DescriptionReaderTests
{
    [Test]
    public void ReadsEverything()
    {
        var e = Descriptions.Read(Descriptions.Table, "table4");
        Assert.Multiple(() =>
        {
            Assert.That((e.Name, e.Title, e.Source, e.About), Is.EqualTo(("table4", "Depth against width", "table 4", "What widening does.")));
            Assert.That(string.Join(' ', e.Datasets), Is.EqualTo("cifar10 cifar100"));
            Assert.That(e.Measures, Is.EqualTo(ExperimentMeasures.Error | ExperimentMeasures.StepTime | ExperimentMeasures.Blocks));
            Assert.That(e.Twins, Is.EqualTo(new[] { new TwinScale(0.5, 1), new TwinScale(0.25, 0.5) }));
            Assert.That((e.Equal, e.LeastEpochs, e.StepTimeBatchSize, e.Share), Is.EqualTo((EqualShare.Epochs, 4, 16, 20.0)));
            Assert.That(string.Join(' ', e.Rows.Select(r => r.Name)), Is.EqualTo("WRN-40-1 WRN-40-4 WRN-16-8"));
            Assert.That((e.Rows[0].Paper["cifar10"], e.Rows[1].Paper["cifar100"], e.Rows[2].Paper.Count), Is.EqualTo(((double?)6.85, (double?)null, 0)));
            Assert.That((e.Rows[0].PaperParameters, e.Rows[1].PaperMilliseconds, e.Rows[1].Note), Is.EqualTo(((double?)0.6, (double?)85, "A note.")));
            Assert.That(e.Rows[2].Datasets!.Single(), Is.EqualTo("cifar10"));
            Assert.That(e.Claims[0], Is.EqualTo(new Claim("widening", "Wider is better.", "section 3", ClaimKind.Lower, e.Claims[0].Pairs, 0.5)));
            Assert.That(e.Claims[0].Pairs.Single(), Is.EqualTo(("WRN-40-4", "WRN-40-1")));
            Assert.That(e.Claims[1].Pairs.Single(), Is.EqualTo(("WRN-40-1", "WRN-40-1")));
            Assert.That(e.Inconsistencies.Single(), Is.EqualTo("The paper prints two numbers."));
            Assert.That(e.Sha256, Has.Length.EqualTo(64));
            Assert.That(Descriptions.Read(Descriptions.Table + " ").Sha256, Is.Not.EqualTo(e.Sha256));
        });
    }

    [TestCase("\"title\":", "\"titel\":", "there is no key \"titel\" here; did you mean \"title\"?")]
    [TestCase("\"title\": \"Depth against width\"", "\"title\": 3", "\"title\" must be a text, not 3.")]
    [TestCase("\"title\": \"Depth against width\",", "", "\"title\" is missing; it must be a text.")]
    [TestCase("[\"cifar10\", \"cifar100\"]", "[\"cifar\"]", "\"datasets\" must be some of cifar10, cifar100, svhn, fashion-mnist, folder, synthetic, not 'cifar'; did you mean cifar10?")]
    [TestCase("[\"cifar10\", \"cifar100\"]", "[\"auto\"]", "\"datasets\" must be some of cifar10, cifar100, svhn, fashion-mnist, folder, synthetic, not 'auto'.")]
    [TestCase("[\"cifar10\", \"cifar100\"]", "[\"cifar10\", \"cifar10\"]", "\"datasets\" must name at least one data set, and none twice.")]
    [TestCase("\"datasets\": [\"cifar10\", \"cifar100\"],", "", "in \"rows[0]\" has no \"datasets\", and neither has the experiment.")]
    [TestCase("\"augment\":", "\"augmnt\":", "\"options\" cannot be used: there is no option \"augmnt\"; did you mean \"augment\"?")]
    [TestCase("\"augment\": \"crop-flip\"", "\"learningRate\": 1", "\"options\" cannot be used: there is no option \"learningRate\"; did you mean \"lr\"?")]
    [TestCase("\"augment\": \"crop-flip\"", "\"augment\": \"crop\"", "\"options\" cannot be used: --augment must be one of auto, none, crop-flip, imagenet, not 'crop'; did you mean crop-flip?")]
    [TestCase("\"augment\": \"crop-flip\"", "\"output\": \"x\"", "\"options\" cannot be used: \"output\" is for the runner to decide.")]
    [TestCase("\"augment\": \"crop-flip\"", "\"seed\": 3", "\"options\" cannot be used: \"seed\" is for the runner to decide.")]
    [TestCase("{ \"depth\": 40, \"k\": 1 }", "{ \"depth\": 41, \"k\": 1 }", "in \"rows[0]\" the network of 'WRN-40-1' cannot be built: depth 41 is not 6N+4; the nearest depths are 40 and 46.")]
    [TestCase("{ \"depth\": 40, \"k\": 1 }", "{ \"depth\": 40, \"k\": true }", "\"rows[0].options\" cannot be used: --k must be a number above 0, not 'true'.")]
    [TestCase("{ \"depth\": 40, \"k\": 1 }", "[]", "\"rows[0].options\" must be an object, not [].")]
    [TestCase("{ \"depth\": 40, \"k\": 1 }", "{ \"depth\": 22, \"k\": 1 }",
        "in \"rows[0]\" the network of 'WRN-40-1' at width 0.25 and blocks 0.5 cannot be built: WRN-22-1 cannot be scaled so: it would have 1.5 blocks per group.")]
    [TestCase("{ \"depth\": 40, \"k\": 1 }", "{ \"model\": \"resnet-basic\", \"depth\": 20 }", "in \"rows[0]\" the network of 'WRN-40-1' at width 0.5 and blocks 1 cannot be built: the widening factor k is 0.5; a shortcut")]
    [TestCase("{ \"width\": 0.5 }", "{ \"width\": 0 }", "\"twins[0].width\" must be a number above 0 and up to 1, not 0.")]
    [TestCase("{ \"width\": 0.5 }", "{ }", "in \"twins[0]\" is nothing smaller: give \"width\", \"blocks\" or \"side\".")]
    [TestCase("{ \"width\": 0.5 }", "{ \"batchSize\": 16 }", "in \"twins[0]\" is nothing smaller: give \"width\", \"blocks\" or \"side\".")]
    [TestCase("{ \"width\": 0.5 }", "{ \"side\": 2 }", "\"twins[0].side\" must be a number above 0 and up to 1, not 2.")]
    [TestCase("{ \"width\": 0.5 }", "{ \"width\": 0.5, \"batchSize\": 0.5 }", "\"twins[0].batchSize\" must be a whole number of at least 1, not 0.5.")]
    [TestCase("\"note\": \"A note.\"", "\"dispensable\": 1", "\"rows[1].dispensable\" must be true or false, not 1.")]
    [TestCase("\"leastEpochs\": 4", "\"leastEpochs\": 0.5", "\"leastEpochs\" must be a whole number of at least 1, not 0.5.")]
    [TestCase("\"share\": 20", "\"share\": -1", "\"share\" must be a number of at least 0, not -1.")]
    [TestCase("\"share\": 20", "\"share\": 1e999", "\"share\" must be a number of at least 0, not 1e999.")]
    [TestCase("\"share\": 20", "\"equal\": \"tme\"", "\"equal\" must be one of epochs, time, not 'tme'; did you mean time?")]
    [TestCase("\"stepTime\"", "\"steptime\"", "\"measures\" must be some of none, error, curve, stepTime, blocks, not 'steptime'; did you mean stepTime?")]
    [TestCase("\"WRN-40-4\", \"options\"", "\"WRN-40-1\", \"options\"", "\"rows[1].name\" is 'WRN-40-1', which another row is called already.")]
    [TestCase("\"WRN-40-4\", \"options\"", "\"wrn 40 1\", \"options\"", "\"rows[1].name\" is 'wrn 40 1', which differs too little from 'WRN-40-1': their folders would have the same name.")]
    [TestCase("\"cifar10\": 6.85", "\"cifra10\": 6.85", "in \"rows[0].paper\" there is no key \"cifra10\" here; did you mean \"cifar10\"?")]
    [TestCase("\"cifar10\": 6.85", "\"cifar10\": \"6.85\"", "\"rows[0].paper.cifar10\" must be a test error in percent, or null where the paper has none, not \"6.85\".")]
    [TestCase("\"paperParameters\": 0.6", "\"paperParameters\": 0", "\"rows[0].paperParameters\" must be a number above 0, not 0.")]
    [TestCase("\"kind\": \"lower\"", "\"kind\": \"better\"", "\"claims[0].kind\" must be one of lower, notWorse, fasterPerMac, idleBlocks, not 'better'")]
    [TestCase("\"measures\": [\"error\", \"stepTime\", \"blocks\"]", "\"measures\": [\"error\"]", "\"claims[1].kind\" is idleBlocks, for which \"measures\" must have \"blocks\".")]
    [TestCase("[[\"WRN-40-4\", \"WRN-40-1\"]]", "[[\"WRN-40-4\", \"WRN-40-2\"]]", "\"claims[0].pairs\" names 'WRN-40-2', which is no row; did you mean 'WRN-40-1'?")]
    [TestCase("[[\"WRN-40-4\", \"WRN-40-1\"]]", "[[\"WRN-40-4\"]]", "\"claims[0].pairs\" must be a list of pairs of row names, and one has 1 names.")]
    [TestCase("[[\"WRN-40-4\", \"WRN-40-1\"]]", "[]", "\"claims[0].pairs\" must be a list of pairs of row names with at least one pair.")]
    [TestCase("[[\"WRN-40-4\", \"WRN-40-1\"]]", "[3]", "\"claims[0].pairs\" must be a list of pairs of row names, not [3].")]
    [TestCase("\"name\": \"idle\"", "\"name\": \"widening\"", "\"claims[1].name\" is 'widening', which another claim is called already.")]
    [TestCase("\"source\": \"table 4\",", "\"title\": \"again\",", " describes no experiment: it is no JSON")]
    [TestCase("\"source\": \"table 4\",", "\"source\": }", " describes no experiment: it is no JSON in line 3, or has a key twice.")]
    [TestCase("\"table 4\"", "\"\\ud800\"", " describes no experiment: it holds text that is no Unicode.")]
    public void WhatIsWrongIsOneSentence(string before, string after, string sentence)
    {
        int at = Descriptions.Table.IndexOf(before, StringComparison.Ordinal);
        Assert.That(at, Is.GreaterThan(0), before);
        string wrong = Descriptions.Table[..at] + after + Descriptions.Table[(at + before.Length)..];
        var error = Assert.Throws<UserException>(() => Descriptions.Read(wrong, "table4"))!;
        Assert.Multiple(() =>
        {
            Assert.That(error.Message, Does.StartWith("table4.json").And.Contain(sentence));
            Assert.That(error.Message, Does.Not.Contain('\n').And.Match(@"[.?]$"));
            Assert.That(error.ExitCode, Is.EqualTo(ExitCode.BadData));
        });
    }

    [TestCase("[]")]
    [TestCase("3")]
    [TestCase("null")]
    [TestCase("")]
    public void WhatIsNoObjectIsRefused(string text) =>
        Assert.That(Assert.Throws<UserException>(() => Descriptions.Read(text))!.Message, Does.StartWith("tiny.json describes no experiment: it "));

    [TestCase("WRN-40-4", 0.5, 1, "WRN-40-2")]
    [TestCase("WRN-40-4", 0.25, 0.5, "WRN-22-1")]
    [TestCase("WRN-16-8", 0.125, 0.5, "WRN-10-1")]
    public void TwinsHaveTheNamesOfTheirSizes(string row, double width, double blocks, string name)
    {
        var e = Descriptions.Read(Descriptions.Table);
        Assert.That(RowArguments.Network(e, e.Rows.Single(r => r.Name == row), new TwinScale(width, blocks)).Name, Is.EqualTo(name));
    }

    [Test]
    public void TwinsMayHaveSmallerImagesAndStepsAndRowsBeDispensable()
    {
        var e = Descriptions.Read(Descriptions.Table.Replace("{ \"width\": 0.5 }", "{ \"width\": 0.5, \"side\": 0.25, \"batchSize\": 16 }").Replace("\"note\"", "\"dispensable\": true, \"note\""));
        Assert.That(e.Twins[0], Is.EqualTo(new TwinScale(0.5, 1, 0.25) { BatchSize = 16 }));
        Assert.That(e.Twins[0].SideOf(32), Is.EqualTo(8));
        Assert.That(e.Rows.Single(r => r.IsDispensable).Name, Is.EqualTo("WRN-40-4"));
        Assert.That(string.Join(' ', RowArguments.Of(e, e.Rows[0], e.Twins[0])), Is.EqualTo("--augment=crop-flip --depth=40 --k=0.5 --batch-size=16"));
    }

    [Test]
    public void ARowsOwnOptionsComeFirst()
    {
        var e = Descriptions.Read(Descriptions.Tiny(second: ", \"epochs\": 9, \"dropout\": null"));
        Assert.That(string.Join(' ', RowArguments.Of(e, e.Rows[1], TwinScale.Full)), Is.EqualTo("--depth=10 --k=0.5 --augment=crop-flip --epochs=9 --batch-size=8"));
        Assert.That(string.Join(' ', RowArguments.Of(e, e.Rows[1], new TwinScale(0.5, 1))), Is.EqualTo("--augment=crop-flip --epochs=9 --batch-size=8 --depth=10 --k=0.25"));
    }

    [Test]
    public void AnUnknownNameListsWhatThereIs()
    {
        var (code, _, error) = Wrn.Run("experiment", "tabel");
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.StartWith("wrn: there is no experiment and no file 'tabel'; "));
        (code, _, error) = Wrn.Run("experiment");
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.StartWith("wrn: experiment needs NAME|FILE, "));
    }

    /// <summary>Every experiment that comes with the program can be read.</summary>
    [Test]
    public void TheBuiltInOnesAreWhole()
    {
        foreach (string name in ExperimentCatalog.Names)
            Assert.That(ExperimentCatalog.Find(name).Rows, Is.Not.Empty, name);
    }

    [TestCase("3", "1,2,3")]
    [TestCase("7,9", "7,9")]
    [TestCase("0", null)]
    [TestCase("5,5", null)]
    [TestCase("1,", null)]
    [TestCase("-1,2", null)]
    [TestCase("1001", null)]
    public void SeedsAreAListOrANumber(string text, string? seeds) => Assert.That(
        WrnEngine.Training.CommandLine.ExperimentOptions.SeedsOf(text) is { } list ? string.Join(',', list) : null, Is.EqualTo(seeds));

    [Test]
    public void AFileOfOnesOwn()
    {
        using var folder = new TempFolder();
        string path = folder.Write("own.json", System.Text.Encoding.UTF8.GetBytes(Descriptions.Tiny()));
        Assert.That(ExperimentCatalog.Find(path).Name, Is.EqualTo("own"));
    }
}
