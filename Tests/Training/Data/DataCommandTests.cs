using WrnEngine.Tests.Training.Data.Decoding;
using WrnEngine.Tests.Training.Data.Matlab;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training.Data;

/// <summary>SVHN and folders of images from the command line: training, evaluation as it was trained, going on.</summary>
[TestFixture]
[Category("Training")]
public class DataCommandTests
{
    private static readonly string[] Network = ["--depth", "10", "--k", "1", "-b", "4", "--threads", "2"];

    [Test]
    public void TrainsOnSvhnSaysWhatIsMissingAndStaysWithIt()
    {
        using var folder = new TempFolder();
        WriteSvhn(folder, "train", 12);
        WriteSvhn(folder, "test", 6);
        var (code, output, error) = Wrn.Run([.. Network, "--dataset", "svhn", "--data-dir", folder.Path, "--max-steps", "2", "--output", folder["run"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain("svhn: 12 training and 6 test images of 32x32, 10 classes"));
        Assert.That(output, Does.Contain("training on the 12 images of train_32x32.mat alone; the paper trains on those of extra_32x32.mat as well"));
        Assert.That(File.ReadAllText(folder["run/config.json"]), Does.Contain("\"normalize\": \"unit\"").And.Contain("\"augment\": \"none\"")
            .And.Contain("\"svhnExtra\": \"off\""));

        // The file that turns up later doesn't change the run's data.
        WriteSvhn(folder, "extra", 20);
        (code, output, error) = Wrn.Run("--resume", folder["run"], "--data-dir", folder.Path, "--max-steps", "3");
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain("svhn: 12 training").And.Contain("step 3/3"));
        (code, _, error) = Wrn.Run("--resume", folder["run"], "--data-dir", folder.Path, "--svhn-extra", "on");
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("--svhn-extra is off, not on"));

        (code, output, error) = Wrn.Run("eval", "--checkpoint", folder["run"], "--data-dir", folder.Path);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.StartWith("svhn  WRN-10-1  test loss").And.Contain("6 images"));
    }

    [TestCase("crop-flip", "16")]
    [TestCase("imagenet", "24")]
    [TestCase("none", "20")]
    public void TrainsOnAFolderAndEvaluatesAsItWasTrained(string augment, string size)
    {
        using var folder = new TempFolder();
        for (int i = 0; i < 16; i++)
        {
            int side = 20 + i;
            string place = $"{(i < 10 ? "train" : "val")}/{(i % 2 == 0 ? "cat" : "dog")}";
            folder.Write($"{place}/{i}.png", Png.Encode(TestImages.Create(1, side, side + 3, seed: (ulong)i).Pixels, side, side + 3));
        }

        string[] data = ["--dataset", "folder", "--data-dir", folder.Path];
        var (code, output, error) = Wrn.Run(
            [.. Network, .. data, "--augment", augment, "--image-size", size, "--max-steps", "2", "--epochs", "1", "--eval-every", "1", "--output", folder["run"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain($"folder: 10 training and 6 test images of {size}x{size}, 2 classes"));
        string trained = System.Text.RegularExpressions.Regex.Match(output, @"test loss ([\d.]+)").Groups[1].Value;

        (code, output, error) = Wrn.Run("eval", "--checkpoint", folder["run"], "--data-dir", folder.Path);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(System.Text.RegularExpressions.Regex.Match(output, @"test loss ([\d.]+)").Groups[1].Value, Is.EqualTo(trained));

        // Other data: what was said of the images doesn't apply to it.
        WriteSvhn(folder, "train", 3);
        WriteSvhn(folder, "test", 2);
        (code, _, error) = Wrn.Run("eval", "--checkpoint", folder["run"], "--dataset", "svhn", "--data-dir", folder.Path);
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error, Does.Contain("for 2 classes, but svhn has 10"));

        (code, _, error) = Wrn.Run("--resume", folder["run"], "--image-size", "30", "--data-dir", folder.Path);
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain($"--image-size is {size}, not 30"));
    }

    [Test]
    public void TrainsOnShrunkImagesAndEvaluatesTheSame()
    {
        using var folder = new TempFolder();
        WriteSvhn(folder, "train", 12);
        WriteSvhn(folder, "test", 9);
        string[] data = ["--dataset", "svhn", "--data-dir", folder.Path, "--image-size", "16", "--augment", "crop-flip"];
        var (code, output, error) = Wrn.Run([.. Network, .. data, "--test-images", "6", "--max-steps", "2", "--epochs", "1", "--eval-every", "1", "--output", folder["run"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain("svhn: 12 training and 6 test images of 16x16"));

        (code, output, error) = Wrn.Run("eval", "--checkpoint", folder["run"], "--data-dir", folder.Path);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain("9 images"), "eval is on all of them");

        (code, _, error) = Wrn.Run("--resume", folder["run"], "--data-dir", folder.Path, "--test-images", "7");
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("--test-images is 6, not 7"));
    }

    private static void WriteSvhn(TempFolder folder, string name, int count)
    {
        byte[] labels = [.. Enumerable.Range(0, count).Select(i => (byte)(1 + (i % 10)))];
        folder.Write($"{name}_32x32.mat", new MatWriter().AddBytes("X", [32, 32, 3, count], TestImages.Create(count).Pixels, compressed: true)
            .AddBytes("y", [count, 1], labels, compressed: true).ToArray());
    }
}
