using WrnEngine.Tests.Training.Processes;
using WrnEngine.Training;
using WrnEngine.Training.Data.Whitening;

namespace WrnEngine.Tests.Training.Data.Whitening;

/// <summary>Whole commands with <c>--normalize zca</c>.</summary>
[TestFixture]
[Category("Training")]
[NonParallelizable] // it sets an environment variable
public class ZcaRunTests
{
    private string? _cache;

    [SetUp]
    public void UseTheFolderBesideTheData()
    {
        _cache = Environment.GetEnvironmentVariable(ZcaCache.FolderVariable);
        Environment.SetEnvironmentVariable(ZcaCache.FolderVariable, null);
    }

    [TearDown]
    public void Restore() => Environment.SetEnvironmentVariable(ZcaCache.FolderVariable, _cache);

    [Test]
    public void TrainsEvaluatesAndResumesWithOneFit()
    {
        using var images = new TinyImages();
        using var folder = new TempFolder();
        string[] train = ["--dataset", "folder", "--data-dir", images.Path, "--depth", "10", "--k", "1", "-b", "8", "--lr", "0.02", "--log-interval", "1"];
        var (code, output, error) = Wrn.Run(
            [.. train, "--augment", "crop-flip", "--normalize", "zca", "--epochs", "6", "--eval-every", "1", "--output", folder["run"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain("Fitting the ZCA transform to 56 images"));
        Assert.That(Directory.GetFiles(Path.Combine(images.Path, ".wrn-cache")), Has.One.Items);
        double[] losses = [.. output.Split('\n').Where(l => l.Contains("train loss", StringComparison.Ordinal))
            .Select(l => double.Parse(l[(l.IndexOf("train loss", StringComparison.Ordinal) + 11)..].Split(' ')[0]))];
        Assert.That(losses, Has.Length.EqualTo(6).And.All.InRange(0, 10));
        Assert.That(losses[^1], Is.LessThan(losses[0]));

        string last = output.Split('\n').Last(l => l.Contains("test loss", StringComparison.Ordinal));
        string testLoss = last[(last.IndexOf("test loss", StringComparison.Ordinal) + 10)..].Split(' ')[0];
        (code, output, error) = Wrn.Run("eval", "--checkpoint", folder["run"], "--data-dir", images.Path);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain($"test loss {testLoss} ").And.Not.Contain("Fitting"), "the checkpoint says how its images were prepared");

        (code, _, error) = Wrn.Run([.. train, "--normalize", "dataset", "--resume", folder["run"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("--normalize is zca, not dataset"));
    }

    [Test]
    public void TheNumberOfThreadsDoesNotShow()
    {
        using var images = new TinyImages();
        using var folder = new TempFolder();
        foreach (int threads in new[] { 1, 3 })
        {
            var (code, _, error) = Wrn.Run(
                "--dataset", "folder", "--data-dir", images.Path, "--depth", "10", "--k", "1", "-b", "8", "--augment", "crop-flip", "--normalize", "zca",
                "--max-steps", "2", "--threads", $"{threads}", "--output", folder[$"run{threads}"]);
            Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
            Directory.Delete(Path.Combine(images.Path, ".wrn-cache"), recursive: true);
        }

        Assert.That(File.ReadAllBytes(folder["run3/last.safetensors"]), Is.EqualTo(File.ReadAllBytes(folder["run1/last.safetensors"])));
    }

    [Test]
    public void ImageNetsAugmentationIsRefused()
    {
        using var images = new TinyImages();
        var (code, _, error) = Wrn.Run(
            "--dataset", "folder", "--data-dir", images.Path, "--augment", "imagenet", "--image-size", "16", "--normalize", "zca", "--depth", "10", "--k", "1", "-b", "8");
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("--normalize zca is for images of up to 48 x 48 pixels"));
    }
}
