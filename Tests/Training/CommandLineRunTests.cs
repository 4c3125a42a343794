using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WrnEngine.Devices.Cpu;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Models;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Tests.Training;

/// <summary>Whole commands, from arguments to files.</summary>
[Category("Training")]
public class CommandLineRunTests
{
    [Test]
    public void TrainWritesResultAndRunFolderAndResumesByItsOwnOptions()
    {
        using var folder = new TempFolder();
        string[] network = ["--depth", "10", "--k", "1", "--data-dir", folder["nothing"], "--train-images", "64"];
        string[] train = [.. network, "-b", "16", "--lr", "0.05", "--log-interval", "2"];
        var (code, output, error) = Wrn.Run([.. train, "--max-steps", "3", "--output", folder["run"], "--result", folder["out/result.json"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(error, Is.Empty);
        string[] steps = [.. output.Split('\n').Where(l => l.Contains("  step ", StringComparison.Ordinal)).Select(l => l.Split("  ")[2])];
        Assert.That(string.Join(' ', steps), Is.EqualTo("step 1/4 step 2/4 step 3/4"), "the first, every second, the last");
        Assert.That(output.Split('\n').Where(l => l.Contains("epoch 1/10", StringComparison.Ordinal)), Has.All.StartsWith("synthetic  "));
        Assert.That(output, Does.Contain("CIFAR-10 is not in").And.Contain("77,850 parameters"));
        Assert.That(TinyRun.Files(folder["run"]), Is.EqualTo("config.json last.safetensors metrics.csv"));
        Assert.That(File.Exists(folder["run/outcome.json"]) && File.Exists(folder["run/report.html"]));

        using (var result = JsonDocument.Parse(File.ReadAllText(folder["out/result.json"])))
        {
            var root = result.RootElement;
            Assert.That(root.GetProperty("name").GetString(), Is.EqualTo("wrn-10-1-synthetic"));
            Assert.That(root.GetProperty("dataset").GetString(), Is.EqualTo("synthetic"));
            Assert.That(root.GetProperty("device").GetString(), Does.StartWith("cpu"));
            Assert.That(root.GetProperty("parameters").GetInt64(), Is.EqualTo(77_850));
            Assert.That(root.GetProperty("imagesPerSecond").GetDouble(), Is.GreaterThan(0));
            var config = root.GetProperty("config");
            Assert.That(config.GetProperty("depth").GetInt32(), Is.EqualTo(10));
            Assert.That(config.GetProperty("lr").GetSingle(), Is.EqualTo(0.05f));
            Assert.That(config.GetProperty("epochs").GetInt32(), Is.EqualTo(10));
            Assert.That(root.GetProperty("epochs").GetArrayLength(), Is.EqualTo(1));
            var epoch = root.GetProperty("epochs")[0];
            string names = string.Join(' ', ((JsonObject)JsonNode.Parse(epoch.GetRawText())!).Select(p => p.Key));
            Assert.That(names, Is.EqualTo("epoch lr trainLoss trainError testLoss testError seconds"));
            Assert.That(epoch.GetProperty("testError").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(epoch.GetProperty("trainError").GetDouble(), Is.InRange(0, 100));
        }

        (code, output, error) = Wrn.Run("train", "--resume", folder["run"], "--max-steps", "4", "--data-dir", folder["nothing"], "--output", folder["more"]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain("after step 3.").And.Contain("step 4/4").And.Contain("lr 0.05"));

        (code, _, error) = Wrn.Run("--depth", "16", "--k", "1", "--resume", folder["run/last.safetensors"]);
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error, Does.Contain("holds another network: --depth is 10, not 16"));

        (code, _, error) = Wrn.Run("-b", "32", "--seed", "3", "--resume", folder["run"]);
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("--seed is 1, not 3, --batch-size is 16, not 32"));
    }

    [Test]
    public void BenchPrintsItsFiguresAndWritesThem([Values] bool infers)
    {
        using var folder = new TempFolder();
        var (code, output, error) = Wrn.Run([
            "bench", "--depth", "10", "--k", "1", "-b", "4", "--steps", "3", "--result", folder["b.json"], .. Enumerable.Repeat("--infer", infers ? 1 : 0)]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        string what = infers ? "forward" : "training";
        Assert.That(output.TrimEnd('\n'), Does.Match($@"^WRN-10-1  batch 4  {what}  [\d.]+ s/step \(median of 3\)  [\d.,]+ images/s  cpu .*\nmemory  \d+ MB at most: \d+ MB stay from step to step, [\d.]+ MB an image come and go$"));
        using var result = JsonDocument.Parse(File.ReadAllText(folder["b.json"]));
        double seconds = result.RootElement.GetProperty("secondsPerStep").GetDouble();
        Assert.That(result.RootElement.GetProperty("imagesPerSecond").GetDouble(), Is.EqualTo(4 / seconds).Within(1e-6));
        Assert.That(result.RootElement.GetProperty("config").GetProperty("infer").GetBoolean(), Is.EqualTo(infers));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void BenchPrintsTheTimeOfEachOp(bool fuses)
    {
        using var folder = new TempFolder();
        var (code, output, error) = Wrn.Run(
            ["bench", "--depth", "10", "--k", "1", "-b", "4", "--steps", "2", "--layers", "--result", folder["b.json"], .. Enumerable.Repeat("--no-fuse", fuses ? 0 : 1)]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        string[] rows = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(rows[2], Does.Match(@"^op +shape +calls +ms +% +GFLOP/s +peak +GB/s$"));
        Assert.That(rows, Has.Some.Match(@"^Conv2dBackwardWeight +32 -> 32, 3x3, 16x16" + (fuses ? @" \+norm" : "") + @" +1 +[\d.]+ +[\d.]+ +\d+ +\d+% +[\d.]+$"));
        Assert.That(rows.Any(row => row.StartsWith("BatchNormTraining", StringComparison.Ordinal)), Is.Not.EqualTo(fuses));
        Assert.That(rows[^1], Does.Contain("limits of this processor"));
        using var result = JsonDocument.Parse(File.ReadAllText(folder["b.json"]));
        var ops = result.RootElement.GetProperty("ops");
        Assert.That(ops.GetArrayLength(), Is.EqualTo(rows.Length - 5));
        for (int i = 0; i < ops.GetArrayLength(); i++) Assert.That(ops[i].GetProperty("secondsPerStep").GetDouble(), Is.Not.Negative);
    }

    [TestCase("00:00:10", "")]
    [TestCase("00:20:00", "time     about 20 min 0 s more at 50.0 images/s\n")]
    [TestCase("02:00:00", "time     about 2 h 0 min more at 50.0 images/s\n         to see something in three minutes: .* --depth 10 --k 1 --epochs 2 --train-images \\d+000\n")]
    public void ALongRunSaysHowLongItWillTake(string left, string expected)
    {
        using var device = new CpuDevice(1);
        using var model = new WideResNet(new WideResNetOptions(Depth: 16, WidenFactor: 1), device);
        using var output = new StringWriter();
        Banner.WriteTime(new Terminal(output, output, isLive: false), model, imagesPerSecond: 50, TimeSpan.Parse(left));
        Assert.That(output.ToString(), Does.Match($"^{expected}$"));
    }

    [Test]
    public void TheSimulatorTrainsLikeTheCpu()
    {
        using var folder = new TempFolder();
        string Losses(string device)
        {
            var (code, output, error) = Wrn.Run(
                "--depth", "10", "--k", "1", "--device", device, "--max-steps", "3", "-b", "8", "--dataset", "synthetic", "--train-images", "64",
                "--log-interval", "1", "--output", folder[device]);
            Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
            return string.Join(' ', Regex.Matches(output, @"step \d/8  loss \d\.\d{4}").Select(m => m.Value));
        }

        string cpu = Losses("cpu");
        Assert.That(cpu, Does.Match("step 1.*step 2.*step 3"));
        Assert.That(Losses("ptxsim"), Is.EqualTo(cpu));
    }

    [Test]
    public void BenchPrintsWhatKernelsDo()
    {
        using var folder = new TempFolder();
        var (code, output, error) = Wrn.Run(
            "bench", "--depth", "10", "--k", "1", "-b", "1", "--image-size", "8", "--steps", "1", "--device", "ptxsim", "--metrics", "--result", folder["b.json"]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Match(@"(?m)^op +shape +calls +kernels +warp instr +lanes +MFLOP +least +MB +least +sec/req +conflicts$"));
        Assert.That(output, Does.Match(@"(?m)^Conv2dBackwardWeight +16 -> 16, 3x3, 8x8 \+norm +2 +\d+ +[\d,]+ +\d+% +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +\d+$"));
        using var result = JsonDocument.Parse(File.ReadAllText(folder["b.json"]));
        var ops = result.RootElement.GetProperty("kernels");
        for (int i = 0; i < ops.GetArrayLength(); i++)
        {
            var op = ops[i];
            Assert.That(op.GetProperty("warpInstructionsPerStep").GetDouble(), Is.Positive);
            Assert.That(op.GetProperty("flopsPerStep").GetDouble(), Is.AtLeast(0.9 * op.GetProperty("leastFlopsPerStep").GetDouble()), op.GetProperty("op").GetString());
        }
    }

    [Test]
    public void ANetworkTooLargeForTheSimulatorSaysHowLongAStepTakes()
    {
        using var device = new CudaDevice(SimulatorDriver.Table, "ptxsim");
        using var output = new StringWriter();
        using var stop = new StopSignal();
        var data = TinyRun.Data();
        using var trainer = new Trainer(TinyRun.Plan() with { Network = new WideResNetOptions(Depth: 16, WidenFactor: 8) }, data, device, new TinyRun.Recorder(), stop);
        Banner.WriteStepEstimate(new Terminal(output, output, isLive: false), trainer, data, device);
        Assert.That(output.ToString(), Does.Match(@"^time     a step takes about \d+.*: ptxsim is there to test kernels; to train, use --device cpu\n$"));
    }

    [TestCase("--depth 16 --k 8", "10,961,370", "1,548,145,664")]
    [TestCase("--depth 10 --k 1", "77,850", "12,501,632")]
    [TestCase("--depth 16 --k 1 --dataset cifar100", "180,916", "26,663,168")]
    public void SummaryCountsToTheDigit(string line, string parameters, string macs)
    {
        var (code, output, error) = Wrn.Run(["summary", .. line.Split(' ')]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain($"\nTotal params: {parameters}\n").And.Contain($"\nTotal mult-adds: {macs}\n"));
        Assert.That(output, Does.Match(@"\n    Conv2d 1x1 /2 \(convdim\): 3-\d+ +\[1, \d+, 32, 32\] +\[1, \d+, 16, 16\] "));
    }

    [Test]
    public void DevicesShowsTheProcessorAndWhatWasLookedFor()
    {
        var (code, output, _) = Wrn.Run("devices");
        Assert.That(code, Is.EqualTo(ExitCode.Ok));
        Assert.That(output, Does.Match(@"cpu +\d+ threads").And.Contain("ptxsim").And.Contain("CUDA"));
    }
}
