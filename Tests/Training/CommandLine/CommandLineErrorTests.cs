using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training.CommandLine;

/// <summary>What somebody can get wrong ends in one sentence on the error output and the design's exit code, and nothing else happens.</summary>
[Category("Training")]
public class CommandLineErrorTests
{
    [TestCase("--dept 16", ExitCode.Usage, "there is no option --dept; did you mean --depth?")]
    [TestCase("--learning_rate 0.1", ExitCode.Usage, "did you mean --lr?")]
    [TestCase("--batchsize=8", ExitCode.Usage, "there is no option --batchsize; did you mean --batch-size?")]
    [TestCase("--widenfactor 2", ExitCode.Usage, "did you mean --widen-factor?")]
    [TestCase("tran", ExitCode.Usage, "there is no verb 'tran'; did you mean train?")]
    [TestCase("16", ExitCode.Usage, "'16' belongs to no option")]
    [TestCase("--xyzzy", ExitCode.Usage, "there is no option --xyzzy")]
    [TestCase("bench --epochs 3", ExitCode.Usage, "bench has no option --epochs; train has it")]
    [TestCase("--depth", ExitCode.Usage, "--depth needs a value.")]
    [TestCase("-b", ExitCode.Usage, "-b needs a value.")]
    [TestCase("--depth x", ExitCode.Usage, "--depth must be a whole number, not 'x'.")]
    [TestCase("--depth 16 --depth 22", ExitCode.Usage, "--depth is given 2 times; give it once.")]
    [TestCase("--deterministic 3", ExitCode.Usage, "'3' belongs to no option")]
    [TestCase("--depth 17", ExitCode.Usage, "depth 17 is not 6N+4; the nearest depths are 16 and 22.")]
    [TestCase("summary --depth 4", ExitCode.Usage, "the smallest depths are 10 and 16")]
    [TestCase("--k 0", ExitCode.Usage, "--k must be a number above 0, not '0'.")]
    [TestCase("--dropout 1", ExitCode.Usage, "--dropout must be a probability from 0 to below 1, not '1'.")]
    [TestCase("--dataset cifar", ExitCode.Usage, "did you mean cifar10?")]
    [TestCase("--dataset imagenet", ExitCode.Usage, "--dataset must be one of auto, cifar10, cifar100, svhn, fashion-mnist, folder, synthetic, not 'imagenet'.")]
    [TestCase("--schedule cosinus", ExitCode.Usage, "did you mean cosine?")]
    [TestCase("--lr 0,1", ExitCode.Usage, "--lr must be a number of at least 0, not '0,1'.")]
    [TestCase("--lr NaN", ExitCode.Usage, "--lr must be a number of at least 0, not 'NaN'.")]
    [TestCase("--momentum 1", ExitCode.Usage, "--momentum must be a number from 0 to below 1, not '1'.")]
    [TestCase("--decay-epochs 60,60", ExitCode.Usage, "--decay-epochs must be rising epoch numbers separated by commas, as in 60,120,160, not '60,60'.")]
    [TestCase("--seed -1", ExitCode.Usage, "--seed must be a whole number from 0 to 18446744073709551615, not '-1'.")]
    [TestCase("--threads 0", ExitCode.Usage, "--threads must be a whole number of at least 1, not '0'.")]
    [TestCase("--max-steps 0", ExitCode.Usage, "--max-steps must be a whole number of at least 1, not '0'.")]
    [TestCase("--device gpu", ExitCode.Usage, "--device must be one of auto, cpu, cuda, ptxsim, not 'gpu'; did you mean cuda?")]
    [TestCase("--device cuda:x", ExitCode.Usage, "--device must be one of")]
    [TestCase("--tf32", ExitCode.Usage, "--tf32 is for tensor cores, and the cpu device has none; add --device cuda, or leave it out.")]
    [TestCase("bench --metrics", ExitCode.Usage, "--metrics counts what kernels do on the simulator; add --device ptxsim.")]
    [TestCase("bench --device cuda:1", ExitCode.NoDevice, "--device cuda:1 cannot be used:")]
    [TestCase("eval", ExitCode.Usage, "eval needs --checkpoint")]
    [TestCase("eval --checkpoint /nowhere/run", ExitCode.InputOutput, "'/nowhere/run'")]
    [TestCase("--resume /nowhere/run", ExitCode.InputOutput, "'/nowhere/run'")]
    [TestCase("--result /dev/null/r.json", ExitCode.InputOutput, "--result /dev/null/r.json cannot be written")]
    [TestCase("bench --result /dev", ExitCode.InputOutput, "--result /dev is a folder; name a file.")]
    [TestCase("--dataset cifar10 --data-dir /nowhere", ExitCode.InputOutput, "CIFAR-10 was not found")]
    [TestCase("--dataset svhn --data-dir /nowhere", ExitCode.InputOutput, "SVHN was not found")]
    [TestCase("--dataset folder --data-dir /nowhere", ExitCode.InputOutput, "There is no folder /nowhere; point --data-dir at a folder with train/")]
    [TestCase("--image-size 0", ExitCode.Usage, "--image-size must be a whole number from 1 to 1024, not '0'.")]
    [TestCase("--image-size 2000", ExitCode.Usage, "--image-size must be a whole number from 1 to 1024, not '2000'.")]
    [TestCase("--augment crop", ExitCode.Usage, "--augment must be one of auto, none, crop-flip, imagenet, not 'crop'; did you mean crop-flip?")]
    [TestCase("--svhn-extra yes", ExitCode.Usage, "--svhn-extra must be one of auto, on, off, not 'yes'.")]
    [TestCase("--dataset synthetic --depth 10 --k 1 --output /dev/null/run", ExitCode.InputOutput, "the run folder /dev/null/run cannot be written")]
    [TestCase("--dataset synthetic --train-images 50 --batch-size 51", ExitCode.Usage, "--batch-size 51 is larger than the 50 training images")]
    [TestCase("--dataset synthetic --val-images 60000", ExitCode.Usage, "--val-images 60000")]
    public void ASentenceAndAnExitCode(string line, int exitCode, string sentence)
    {
        var (code, output, error) = Wrn.Run(line.Split(' '));
        Assert.Multiple(() =>
        {
            Assert.That(error, Does.Contain(sentence).And.StartsWith("wrn: "));
            Assert.That(error.TrimEnd('\n'), Does.Not.Contain('\n'), "one line");
            Assert.That(code, Is.EqualTo(exitCode));
            Assert.That(output, Is.Empty);
        });
    }

    [Test]
    public void AFolderWithARunIsNotOverwritten()
    {
        using var folder = new TempFolder();
        byte[] content = [1, 2, 3];
        string checkpoint = folder.Write("run/last.safetensors", content);
        string[] train = ["--dataset", "synthetic", "--depth", "10", "--k", "1", "--train-images", "64", "-b", "32"];
        var (code, _, error) = Wrn.Run([.. train, "--output", folder["run"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Usage), error);
        Assert.That(error, Does.Contain("already holds a run").And.Contain("--resume"));
        Assert.That(File.ReadAllBytes(checkpoint), Is.EqualTo(content));
    }

    [Test]
    public void ADamagedCheckpointIsBadData()
    {
        using var folder = new TempFolder();
        string path = folder.Write("last.safetensors", "not a checkpoint"u8);
        var (code, _, error) = Wrn.Run("eval", "--checkpoint", path);
        Assert.That(code, Is.EqualTo(ExitCode.BadData), error);
        Assert.That(error, Does.Contain(path));
    }
}
