using WrnEngine.Models.Safetensors;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Tests.Training.Processes;

/// <summary>
/// Equal runs leave equal bytes, however they were interrupted and wherever their files are: whole commands, with augmentation and dropout.
/// </summary>
[Category("Training")]
public class ExactRunTests
{
    private TinyImages _data = null!;
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void CreateData() => _data = new TinyImages();

    [OneTimeTearDown]
    public void RemoveData() => _data.Dispose();

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    /// <summary>2 N steps are N, kill -9, and N in another process.</summary>
    [TestCase(9, "after-rename:2:last.safetensors", TestName = "TwiceNStepsAreNKillN(inside an epoch)")]
    [TestCase(6, "after-rename:1:last.safetensors", TestName = "TwiceNStepsAreNKillN(after the last step of an epoch)")]
    [TestCase(6, "after-rename:2:last.safetensors", TestName = "TwiceNStepsAreNKillN(at the end of an epoch)")]
    [TestCase(9, "after-rename:2:last.safetensors", "--mixup 0.4 --cutout 6 --clip-grad 0.5 --model-ema-decay 0.9 --patience 300",
        TestName = "TwiceNStepsAreNKillN(with every option of the recipe)")]
    public void TwiceNStepsAreNKillN(int steps, string fault, string options = "")
    {
        string[] limit = ["--max-steps", $"{2 * steps}"], run = [.. _data.Arguments, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        Run([.. run, "--output", _folder["whole"], .. limit]);
        var (exitCode, output, error) = WrnProcess.Run(
            _folder.Path, [.. run, "--output", "parts", "--save-every", $"{steps}", "--threads", "1", .. limit], fault);
        if (!OperatingSystem.IsWindows()) Assert.That(exitCode, Is.EqualTo(WrnProcess.KilledExitCode), $"{output}\n{error}");
        Assert.That(RunFiles.Steps(_folder["parts"]), Is.EqualTo(steps));
        (exitCode, output, error) = WrnProcess.Run(_folder.Path, ["--resume", "parts", "--data-dir", _data.Path, "--threads", "3", .. limit]);
        Assert.That(exitCode, Is.Zero, $"{output}\n{error}");
        RunFiles.AssertEqual(_folder, "whole", "parts");
    }

    /// <summary>The metrics are ahead of the checkpoint, or behind: no row is lost and none is there twice.</summary>
    /// <param name="fault">Where the run is killed first; it saves after step 5 and so on, and an epoch has 6 steps.</param>
    /// <param name="rows">Rows then.</param>
    /// <param name="afterwards">Rows that belong to the checkpoint.</param>
    [TestCase("before-write:1:metrics.csv", 0, 0)]
    [TestCase("after-rename:1:metrics.csv", 1, 0)]
    [TestCase("after-rename:2:metrics.csv", 2, 1)]
    public void MetricsAreCutBackToTheCheckpoint(string fault, int rows, int afterwards)
    {
        string[] limit = ["--max-steps", "14"];
        Run([.. _data.Arguments, "--output", _folder["whole"], .. limit]);
        _ = WrnProcess.Run(_folder.Path, [.. _data.Arguments, "--output", "parts", "--save-every", "5", .. limit], fault);
        Assert.That(RunFiles.Metrics(_folder["parts"]).Count(), Is.EqualTo(rows));
        string[] resume = ["--resume", "parts", "--data-dir", _data.Path, .. limit];
        _ = WrnProcess.Run(_folder.Path, [.. resume, "--save-every", "1"], "before-write:1:last.safetensors"); // killed again before it saves anything
        Assert.That(RunFiles.Metrics(_folder["parts"]).Count(), Is.EqualTo(afterwards));
        Run(["--resume", _folder["parts"], "--data-dir", _data.Path, .. limit]);
        RunFiles.AssertEqual(_folder, "whole", "parts");
    }

    [Test]
    public void PathsLimitsAndThreadsAreNotInTheBytes()
    {
        Run([.. _data.Arguments, "--output", _folder["whole"], "--threads", "2", "--max-steps", "14"]);

        string elsewhere = _folder["elsewhere"];
        Directory.CreateSymbolicLink(elsewhere, _data.Path);
        string[] other = ["--data-dir", elsewhere, "--threads", "3", "--log-interval", "3", "--save-every", "2", "--result", _folder["result.json"]];
        string[] train = [.. _data.Arguments.Select(a => a == _data.Path ? elsewhere : a)];
        Run([.. train, "--output", _folder["parts"], "--max-steps", "5", .. other[2..]]);
        Run(["--resume", _folder["parts"], "--max-steps", "11", .. other]);
        Run(["--resume", _folder["parts"], "--output", _folder["moved"], "--max-steps", "14", .. other]);
        RunFiles.AssertEqual(_folder, "whole", "moved");

        using var file = SafetensorsFile.Open(_folder["whole/last.safetensors"]);
        var metadata = file.ReadMetadata();
        Assert.That(string.Join(' ', metadata.Keys), Is.EqualTo(
            "best_val_error class_names classes dataset depth dropout epoch epoch_errors epoch_loss_sum epoch_samples format format_version image_height image_mean image_std image_width "
            + "model options seed sha256 step widen_factor"));
        Assert.That(string.Concat(metadata.Values), Does.Not.Contain(_folder.Path).And.Not.Contain(_data.Path).And.Not.Contain("--max-steps"));
    }

    /// <summary>What a checkpoint carries of the command line: nothing that does not decide about its bytes.</summary>
    [Test]
    public void OnlyOptionsOfTheRunItselfAreStored()
    {
        string[] notStored = [.. WrnCommand.ParseTrain([]).Settings.Where(s => !s.IsStored).Select(s => s.Name)];
        const string Expected = "--data-dir --device --threads --output --resume --save-every --log-interval --max-steps --max-time --fast-dev-run --config --result";
        Assert.That(notStored, Is.SupersetOf(Expected.Split(' ')));
    }

    private static void Run(string[] arguments)
    {
        var (exitCode, output, error) = Wrn.Run(arguments);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), $"{output}\n{error}");
    }
}
