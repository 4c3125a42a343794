#pragma warning disable IDISP004 // enumerators of JSON hold nothing
using System.Text.Json;
using WrnEngine.Devices.Cpu;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Decoding;
using WrnEngine.Training.Reporting;
using WrnEngine.Training.Runs;

namespace WrnEngine.Tests.Training.Reporting;

/// <summary>Logs of tiny runs: every step and epoch once, also where a run goes on behind its checkpoint; and a run with them is the run without.</summary>
[Category("Training")]
public class TrainingLogsTests
{
    private const int StepsPerEpoch = TinyRun.TrainImages / TinyRun.BatchSize;

    private static readonly string[] TagsOfSteps = ["train/loss", "train/error", "lr", "images_per_second", "memory_megabytes", "epoch"];

    private static readonly string[] TagsOfEvaluations =
        ["test/loss", "test/error", "val/loss", "val/error", "filters/first_convolution", "weights/conv0", "gradients/conv0", "gradients/fc.bias"];

    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void EveryLoggedStepAndEpochIsALine()
    {
        var outcome = Run("run", TinyRun.Plan(epochs: 2), interval: 2);
        var lines = Lines("run");
        Assert.That(lines.Select(Key), Is.EqualTo([
            "step 1/1", "step 1/2", "step 1/4", "step 1/5", "epoch 1", "step 2/2", "step 2/4", "step 2/5", "epoch 2"]));
        var step = lines[3];
        Assert.That(step.EnumerateObject().Select(p => p.Name), Is.EqualTo([
            "type", "epoch", "epochs", "step", "steps", "loss", "error", "lr", "imagesPerSecond", "memoryBytes", "seconds"]));
        Assert.That((step.GetProperty("loss").GetDouble(), step.GetProperty("error").GetDouble()), Is.EqualTo((outcome.Epochs[0].TrainLoss, outcome.Epochs[0].TrainError)));
        Assert.That(step.GetProperty("memoryBytes").GetInt64(), Is.GreaterThan(77_850 * 3 * sizeof(float)));
        var epoch = lines[^1];
        Assert.That(epoch.GetProperty("testError").GetDouble(), Is.EqualTo(outcome.Epochs[1].TestError));
        Assert.That(epoch.GetProperty("valError").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    /// <summary>A process is killed some steps after its last checkpoint, in the middle of a line; the next one goes on from that checkpoint.</summary>
    [TestCase(3)]
    [TestCase(StepsPerEpoch)]
    [TestCase(StepsPerEpoch + 2)]
    public void WhatAKilledRunWroteAheadIsNotThereTwice(int saved)
    {
        Run("whole", TinyRun.Plan(), interval: 1);
        Run("parts", TinyRun.Plan() with { MaxSteps = saved }, interval: 1);
        File.Copy(_folder["parts/last.safetensors"], _folder["kept"]);
        Run("parts", TinyRun.Plan() with { MaxSteps = saved + 4 }, interval: 1, resumes: true);
        File.Copy(_folder["kept"], _folder["parts/last.safetensors"], overwrite: true);
        File.AppendAllText(_folder["parts/log.jsonl"], "{\"type\":\"step\",\"epo");
        Run("parts", TinyRun.Plan(), interval: 1, resumes: true);

        Assert.That(Lines("parts").Select(Values), Is.EqualTo(Lines("whole").Select(Values)));
        double[] seconds = [.. Lines("parts").Where(l => Key(l).StartsWith("step", StringComparison.Ordinal)).Select(l => l.GetProperty("seconds").GetDouble())];
        Assert.That(seconds, Is.Ordered.Ascending);
        Assert.That(File.ReadAllBytes(_folder["parts/last.safetensors"]), Is.EqualTo(File.ReadAllBytes(_folder["whole/last.safetensors"])));

        // TensorBoard drops the events of a step that a later file starts again with.
        string[] files = [.. Directory.GetFiles(_folder["parts"], "events.*").Order(StringComparer.Ordinal)];
        Assert.That(files, Has.Length.EqualTo(3));
        var kept = new List<(long Step, string Tag)>();
        foreach (string file in files)
        {
            foreach (var e in EventFile.Read(file).Skip(1))
            {
                long at = e.Has(2) ? (long)e.Number(2) : 0;
                if (e.Has(7)) kept.RemoveAll(k => k.Step >= at);
                else kept.AddRange(e.Inner(5).All(1).Select(v => (at, v.Text(1))));
            }
        }

        // A checkpoint of an epoch's last step that waits for its evaluation gets the same one each time a run goes on from it.
        Assert.That(kept.Where(k => k.Step != saved || k.Tag.StartsWith("train/", StringComparison.Ordinal)), Is.Unique);
        Assert.That(kept.Where(k => k.Tag == "train/loss").Select(k => k.Step), Is.EqualTo(Enumerable.Range(1, 3 * StepsPerEpoch)));
        Assert.That(kept.Where(k => k.Tag == "test/error").Select(k => k.Step).Where(s => s % StepsPerEpoch == 0).Distinct(), Is.EqualTo([5, 10, 15]));
    }

    [Test]
    public void ALogThatIsNoneIsNotReplaced()
    {
        Run("run", TinyRun.Plan() with { MaxSteps = 2 }, interval: 1);
        File.WriteAllText(_folder["run/log.jsonl"], "diary\n{\"type\":\"epoch\",\"epoch\":1}\n");
        var error = Assert.Throws<UserException>(() => Run("run", TinyRun.Plan(), interval: 1, resumes: true))!;
        Assert.That((error.ExitCode, error.Message), Is.EqualTo((ExitCode.BadData, $"{_folder["run"]}/log.jsonl line 1 is not a line of a log; move the file away.")));
        Assert.That(File.ReadAllText(_folder["run/log.jsonl"]), Does.StartWith("diary"));
    }

    [Test]
    public void ARunWithLogsIsTheRunWithout()
    {
        var plan = TinyRun.Plan(epochs: 2, dropout: 0.3f);
        Run("with", plan, interval: 1);
        Run("without", plan, interval: 1, kinds: "none");
        Assert.That(TinyRun.Files(_folder["without"]), Is.EqualTo("config.json last.safetensors metrics.csv"));
        Assert.That(Directory.GetFiles(_folder["without"]), Has.Length.EqualTo(3), "no logs");
        Assert.That(File.ReadAllBytes(_folder["with/last.safetensors"]), Is.EqualTo(File.ReadAllBytes(_folder["without/last.safetensors"])));
    }

    [Test]
    public void TensorBoardGetsNumbersHistogramsAndPictures()
    {
        Run("run", TinyRun.Plan(epochs: 3) with { EvalEvery = 2 }, interval: 50, validationImages: 8);
        var events = EventFile.Read(Directory.GetFiles(_folder["run"], "events.*").Single());
        var values = events.Where(e => e.Has(5)).SelectMany(e => e.Inner(5).All(1).Select(v => (Step: e.Has(2) ? (long)e.Number(2) : 0, Tag: v.Text(1), Value: v))).ToArray();

        long[] Steps(string tag) => [.. values.Where(v => v.Tag == tag).Select(v => v.Step)];
        Assert.Multiple(() =>
        {
            foreach (string tag in TagsOfSteps)
                Assert.That(Steps(tag), Is.EqualTo([1, 4, 8, 12]), tag); // 32 of 40 images are left: 4 steps
            foreach (string tag in TagsOfEvaluations)
                Assert.That(Steps(tag), Is.EqualTo([8, 12]), tag);
            Assert.That(Steps("images/training"), Is.EqualTo([0]));
        });
        using var device = new CpuDevice(1);
        using var model = new WrnEngine.Models.WideResNet(TinyRun.Plan().Network, device);
        string[] parameters = [.. model.NamedParameters().Select(p => p.Name)];
        Assert.That(values.Where(v => v.Step == 8 && v.Tag.StartsWith("weights/", StringComparison.Ordinal)).Select(v => v.Tag[8..]), Is.EqualTo(parameters));
        Assert.That(values.Where(v => v.Step == 8 && v.Tag.StartsWith("gradients/", StringComparison.Ordinal)).Select(v => v.Tag[10..]), Is.EqualTo(parameters));
        Assert.That(values.First(v => v.Tag == "weights/conv0").Value.Inner(5).Double(3), Is.EqualTo(16 * 27));
        Assert.That(values.First(v => v.Tag == "gradients/conv0").Value.Inner(5).Double(5), Is.Positive, "a sum of squares");

        foreach (var picture in values.Where(v => v.Value.Has(4)))
        {
            var message = picture.Value.Inner(4);
            byte[] png = message.Bytes(4);
            RgbImage image = ImageDecoder.Decode(picture.Tag, png, png.Length, new ImageScratch());
            Assert.That(((ulong)image.Height, (ulong)image.Width), Is.EqualTo((message.Number(1), message.Number(2))));
            Assert.That(image.Pixels.ToArray().Distinct().Count(), Is.GreaterThan(20), picture.Tag);
        }
    }

    /// <summary>The pictures are the augmented images with their own colours: without augmentation, the pixels of the data set.</summary>
    [Test]
    public void SamplesHaveTheirColours()
    {
        Run("run", TinyRun.Plan(epochs: 1) with { MaxSteps = 1 }, interval: 50, augmentation: Augmentation.None);
        var events = EventFile.Read(Directory.GetFiles(_folder["run"], "events.*").Single());
        byte[] png = events.Where(e => e.Has(5)).SelectMany(e => e.Inner(5).All(1)).Single(v => v.Text(1) == "images/training").Inner(4).Bytes(4);
        RgbImage image = ImageDecoder.Decode("samples", png, png.Length, new ImageScratch());
        var source = TinyRun.Data().Train.Source;
        var first = new List<byte>();
        for (int y = 0; y < source.Height; y++) first.AddRange(image.Pixels.Slice(y * image.Width * 3, source.Width * 3));
        Assert.That(Enumerable.Range(0, source.Count).Any(i => source.Image(i).SequenceEqual(first.ToArray())), Is.True, "the first picture is an image of the data set");
    }

    [TestCase("tensorboard,jsonl", null)]
    [TestCase("jsonl", null)]
    [TestCase("none", null)]
    [TestCase("jsonl,jsonl", "--log must be one of tensorboard, jsonl, tensorboard,jsonl, none, not 'jsonl,jsonl'")]
    [TestCase("jsnl", "--log must be one of tensorboard, jsonl, tensorboard,jsonl, none, not 'jsnl'")]
    public void TheOptionNamesLogs(string value, string? problem)
    {
        if (problem is null) Assert.That(WrnCommand.ParseTrain(["--log", value]).Get(RunOptions.Log), Is.EqualTo(value));
        else Assert.That(Assert.Throws<UserException>(() => WrnCommand.ParseTrain(["--log", value]))!.Message, Does.StartWith(problem));
    }

    private TrainingOutcome Run(
        string name, TrainingPlan plan, int interval, bool resumes = false, string kinds = "tensorboard,jsonl", int validationImages = 0,
        Augmentation augmentation = Augmentation.CropFlip)
    {
        var data = TinyRun.Data(validationImages) with { Augmentation = augmentation };
        using var device = new CpuDevice(2);
        using var stop = new StopSignal();
        using var logs = new TrainingLogs(new ConsoleLog(new Terminal(TextWriter.Null, TextWriter.Null, isLive: false), data.Name, interval), interval, device);
        using var trainer = new Trainer(plan, data, device, logs, stop);
        using var run = RunFolder.Claim(_folder[name], resumes);
        run.Describe([]);
        if (resumes) trainer.Resume(run.LastCheckpoint, MetricsCsv.Read(run.Metrics));
        var from = resumes ? new ResumePoint(_folder[name], trainer.TotalSteps, trainer.EpochsDone) : null;
        logs.Open(kinds.Split(','), run.FullPath, from, trainer, data, plan.Seed);
        return trainer.Run(run);
    }

    private JsonElement[] Lines(string run) => [.. File.ReadAllLines(_folder[run + "/log.jsonl"]).Select(l => JsonElement.Parse(l))];

    private static string Key(JsonElement line) => line.GetProperty("type").GetString() is "step"
        ? $"step {line.GetProperty("epoch")}/{line.GetProperty("step")}" : $"epoch {line.GetProperty("epoch")}";

    /// <summary>What two runs share.</summary>
    private static string Values(JsonElement line) =>
        string.Join(' ', line.EnumerateObject().Where(p => p.Name is not ("seconds" or "imagesPerSecond" or "memoryBytes")).Select(p => p.Value.GetRawText()));
}
