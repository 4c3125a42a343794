using System.Text.Json.Nodes;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Tests.Training.CommandLine;

[Category("Training")]
public class ConfigFileTests
{
    private static readonly string[] Tiny =
        ["--depth", "10", "--k", "1", "--dataset", "synthetic", "--train-images", "16", "-b", "8", "--device", "cpu", "--threads", "2", "--max-steps", "2"];

    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void TheConfigurationOfARunGivesTheRunAgain()
    {
        string[] options = ["--mixup", "0.4", "--cutout", "6", "--max-time", "1h30m", "--decay-epochs", "4,7", "--lr", "0.05", "--no-fuse", "--seed", "18446744073709551615"];
        Assert.That(Wrn.Run([.. Tiny, .. options, "--output", _folder["a"], "--result", _folder["a.json"]]).ExitCode, Is.Zero);
        var (code, output, error) = Wrn.Run("--config", _folder["a"], "--output", _folder["b"]);
        Assert.That(code, Is.Zero, $"{output}\n{error}");
        Assert.That(File.ReadAllBytes(_folder["b/last.safetensors"]), Is.EqualTo(File.ReadAllBytes(_folder["a/last.safetensors"])));
        var (first, second) = (Config("a"), Config("b"));
        foreach (string own in (string[])["output", "config", "result"])
        {
            first.Remove(own);
            second.Remove(own);
        }

        Assert.That(second.ToJsonString(), Is.EqualTo(first.ToJsonString()));
    }

    [Test]
    public void TheCommandLineComesFirstAndWhatBelongsToOneRunIsLeftOut()
    {
        string path = Write("""{"epochs": 7, "lr": 0.25, "decayEpochs": [3, 5], "amp": true, "tf32": false, "momentum": 0.9, "output": "x", "resume": "y", "config": "z", "result": "w", "mixup": null}""");
        var options = ConfigFile.Complete(WrnCommand.ParseTrain(["--lr", "0.5", "--config", path]));
        Assert.That((options.Get(RecipeOptions.Epochs), options.Get(RecipeOptions.LearningRate)), Is.EqualTo((7, 0.5f)));
        Assert.That(RecipeOptions.DecayEpochs.Text(options), Is.EqualTo("3,5"));
        Assert.That((options.Get(DeviceOptions.Amp), options.Get(DeviceOptions.Tf32)), Is.EqualTo((true, false)));
        Assert.That((options.Get(RunOptions.Output), options.Get(RunOptions.Resume), options.Get(RunOptions.Result)), Is.EqualTo(((string?)null, (string?)null, (string?)null)));
        Assert.That(options.Get(RunOptions.Config), Is.EqualTo(path));
        Assert.That(options.IsGiven(RecipeOptions.Momentum), Is.False, "a default stays one");
        Assert.That(options.IsGiven(RecipeOptions.Mixup), Is.False);
    }

    /// <summary>A run of another length drops its rate at the same parts of it, unless one says where.</summary>
    [TestCase("--epochs 100", "30,60,80")]
    [TestCase("--epochs 400", "120,240,320")]
    [TestCase("--epochs 200", "60,120,160")]
    [TestCase("--epochs 100 --decay-epochs 50", "50")]
    [TestCase("--lr 0.5", "60,120,160")]
    public void DropsMoveWithTheLengthOfTheRun(string given, string drops)
    {
        string path = Write("""{"epochs": 200, "decayEpochs": [60, 120, 160]}""");
        Assert.That(RecipeOptions.DecayEpochs.Text(ConfigFile.Complete(WrnCommand.ParseTrain([.. given.Split(' '), "--config", path]))), Is.EqualTo(drops));
        string bare = Write("""{"decayEpochs": [60, 120, 160]}""");
        Assert.That(RecipeOptions.DecayEpochs.Text(ConfigFile.Complete(WrnCommand.ParseTrain(["--epochs", "100", "--config", bare]))), Is.EqualTo("60,120,160"), "of no known length");
    }

    [TestCase("""{"epohcs": 3}""", ExitCode.Usage, "config.json: there is no option \"epohcs\"; did you mean \"epochs\"?")]
    [TestCase("""{"batch_size": 3}""", ExitCode.Usage, "there is no option \"batch_size\"; did you mean \"batchSize\"?")]
    [TestCase("""{"learningRate": 3}""", ExitCode.Usage, "there is no option \"learningRate\"; did you mean \"lr\"?")]
    [TestCase("""{"ema": 3}""", ExitCode.Usage, "there is no option \"ema\"; did you mean \"modelEmaDecay\"?")]
    [TestCase("""{"xyzzy": 3}""", ExitCode.Usage, "config.json: there is no option \"xyzzy\".")]
    [TestCase("""{"epochs": "many"}""", ExitCode.Usage, "config.json: --epochs must be a whole number of at least 1, not 'many'.")]
    [TestCase("""{"epochs": 2.5}""", ExitCode.Usage, "--epochs must be a whole number of at least 1, not '2.5'.")]
    [TestCase("""{"epochs": -1}""", ExitCode.Usage, "--epochs must be a whole number of at least 1, not '-1'.")]
    [TestCase("""{"epochs": true}""", ExitCode.Usage, "--epochs must be a whole number of at least 1, not 'true'.")]
    [TestCase("""{"epochs": {"a": 1}}""", ExitCode.Usage, "--epochs must be a number, a text or a list of numbers, not {\"a\":1}.")]
    [TestCase("""{"decayEpochs": [[1]]}""", ExitCode.Usage, "--decay-epochs must be a number, a text or a list of numbers, not [[1]].")]
    [TestCase("""{"decayEpochs": [60, 60]}""", ExitCode.Usage, "--decay-epochs must be rising epoch numbers separated by commas, as in 60,120,160, not '60,60'.")]
    [TestCase("""{"schedule": "cosinus"}""", ExitCode.Usage, "; did you mean cosine?")]
    [TestCase("""{"amp": 3}""", ExitCode.Usage, "--amp must be true or false, not 3.")]
    [TestCase("""{"dataDir": "a\u0007b"}""", ExitCode.Usage, "--data-dir has control characters in its value.")]
    [TestCase("""{"dataDir": "\ud800"}""", ExitCode.BadData, "it holds text that is no Unicode.")]
    [TestCase("""{"epochs": 3, "epochs": 4}""", ExitCode.BadData, "config.json is not the config.json of a run: it is no JSON")]
    [TestCase("{", ExitCode.BadData, "is not the config.json of a run: it is no JSON in line ")]
    [TestCase("", ExitCode.BadData, "is not the config.json of a run: it is no JSON")]
    [TestCase("[]", ExitCode.BadData, "it holds no object with options.")]
    [TestCase("null", ExitCode.BadData, "it holds no object with options.")]
    public void WhatIsWrongIsOneSentence(string text, int exitCode, string sentence)
    {
        var (code, output, error) = Wrn.Run("--config", Write(text));
        Assert.That(code, Is.EqualTo(exitCode), error);
        Assert.That(output, Is.Empty);
        Assert.That(error.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(1));
        Assert.That(error, Does.Contain(sentence));
    }

    [Test]
    public void AFileThatIsNotThereOrFarTooLarge()
    {
        var (code, _, error) = Wrn.Run("--config", _folder["nothing.json"]);
        Assert.That(code, Is.EqualTo(ExitCode.InputOutput));
        Assert.That(error, Does.EndWith("nothing.json cannot be read: it is not there.\n"));
        (code, _, error) = Wrn.Run("--config", Write(new string(' ', 2 << 20)));
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error, Does.Contain("has 2,097,152 bytes: it is not the config.json of a run."));
    }

    [Test]
    public void ADevelopmentRunLeavesNothing()
    {
        string before = string.Join('\n', Directory.GetDirectories(Path.GetTempPath(), "wrn-fast-dev-run-*").Order());
        var (code, output, error) = Wrn.Run([.. Tiny[..^2], "--val-images", "8", "--epochs", "3", "--fast-dev-run", "--output", _folder["run"], "--result", _folder["result.json"]]);
        Assert.That(code, Is.Zero, $"{output}\n{error}");
        Assert.That(output, Does.Contain("val loss").And.Contain("test loss").And.EndWith("Nothing was kept.\n"));
        Assert.That(_folder["run"], Does.Not.Exist);
        Assert.That(string.Join('\n', Directory.GetDirectories(Path.GetTempPath(), "wrn-fast-dev-run-*").Order()), Is.EqualTo(before));
        Assert.That((int)JsonNode.Parse(File.ReadAllText(_folder["result.json"]))!["steps"]!, Is.EqualTo(1));
    }

    [TestCase("--patience 2 --eval-every 0", "--patience 2 waits for tests, and --eval-every 0 makes none; leave one of them out.")]
    [TestCase("--mixup -1", "--mixup must be a number of at least 0, not '-1'.")]
    [TestCase("--cutout 1.5", "--cutout must be a whole number of at least 0, not '1.5'.")]
    [TestCase("--clip-grad inf", "--clip-grad must be a number of at least 0, not 'inf'.")]
    [TestCase("--model-ema-decay 1", "--model-ema-decay must be a number from 0 to below 1, not '1'.")]
    [TestCase("--patience 0", "--patience must be a whole number of at least 1, not '0'.")]
    [TestCase("--max-time 10", "--max-time must be a duration such as 90s, 10m or 1h30m, not '10'.")]
    [TestCase("--overfit-batches 0", "--overfit-batches must be a whole number of at least 1, not '0'.")]
    [TestCase("--overfit-batches 9 --dataset synthetic --train-images 64 -b 16", "--overfit-batches 9 needs 144 images at --batch-size 16, but there are 64 to train on; ask for fewer.")]
    [TestCase("--ema 0.9", "there is no option --ema; did you mean --model-ema-decay?")]
    public void WrongOptionsAreOneSentence(string arguments, string sentence)
    {
        var (code, _, error) = Wrn.Run([.. arguments.Split(' '), "--device", "cpu", "--output", _folder["run"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Usage), error);
        Assert.That(error, Is.EqualTo($"wrn: {sentence}\n"));
    }

    [TestCase("90s", 90, "1m30s")]
    [TestCase("10m", 600, "10m")]
    [TestCase("1h30m", 5400, "1h30m")]
    [TestCase("1.5h", 5400, "1h30m")]
    [TestCase("36h", 129600, "36h")]
    [TestCase("0.25s", 0.25, "0.25s")]
    [TestCase("1h1m1.5s", 3661.5, "1h1m1.5s")]
    public void DurationsAreReadAndWritten(string text, double seconds, string written)
    {
        Assert.That(DurationText.Parse(text), Is.EqualTo(TimeSpan.FromSeconds(seconds)));
        Assert.That(DurationText.Of(TimeSpan.FromSeconds(seconds)), Is.EqualTo(written));
        Assert.That(DurationText.Parse(written), Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }

    [TestCase("")]
    [TestCase("s")]
    [TestCase("0s")]
    [TestCase("-1s")]
    [TestCase("1m1h")]
    [TestCase("1d")]
    [TestCase("10 m")]
    [TestCase("1e3s")]
    [TestCase("10m\n")]
    [TestCase("999999999h")]
    public void EverythingElseIsNoDuration(string text) => Assert.That(DurationText.Parse(text), Is.Null);

    private JsonObject Config(string run) => JsonNode.Parse(File.ReadAllText(_folder[$"{run}/config.json"]))!.AsObject();

    private string Write(string text)
    {
        string path = _folder["config.json"];
        File.WriteAllText(path, text);
        return path;
    }
}
