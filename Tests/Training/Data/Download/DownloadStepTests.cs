using WrnEngine.Training;
using WrnEngine.Training.CommandLine;
using WrnEngine.Training.Data;
using WrnEngine.Training.Data.Download;

namespace WrnEngine.Tests.Training.Data.Download;

/// <summary>Which options download what.</summary>
[TestFixture]
[Category("Training")]
[NonParallelizable] // it sets environment variables
public class DownloadStepTests
{
    private static readonly byte[] Content = TestDownload.Bytes(1000);

    // One small file stands for each of two sets.
    private static readonly IReadOnlyList<RemoteDataset> Catalog =
    [
        new("cifar10", "CIFAR-10", ["cifar-10-batches-bin"], [TestDownload.File(Content, "https://a.test/file.bin")]),
        new("cifar100", "CIFAR-100", ["cifar-100-binary"], [TestDownload.File(Content, "https://a.test/file.bin")]),
    ];

    private TempFolder _folder = null!;
    private string? _mode;

    [SetUp]
    public void Allow()
    {
        _folder = new TempFolder();
        _mode = Environment.GetEnvironmentVariable(DownloadStep.ModeVariable);
        Environment.SetEnvironmentVariable(DownloadStep.ModeVariable, null);
    }

    [TearDown]
    public void Forbid()
    {
        Environment.SetEnvironmentVariable(DownloadStep.ModeVariable, _mode);
        Environment.SetEnvironmentVariable(DownloadStep.MirrorVariable, null);
        _folder.Dispose();
    }

    [TestCase("", true, ExpectedResult = "cifar-10-batches-bin/file.bin", Description = "auto, when CIFAR-10 is not there")]
    [TestCase("", false, ExpectedResult = "", Description = "a verb that must not")]
    [TestCase("--download no", true, ExpectedResult = "")]
    [TestCase("--download auto", true, ExpectedResult = "cifar-10-batches-bin/file.bin")]
    [TestCase("--download yes", false, ExpectedResult = "cifar-10-batches-bin/file.bin")]
    [TestCase("--download", false, ExpectedResult = "cifar-10-batches-bin/file.bin")]
    [TestCase("--dataset cifar100", true, ExpectedResult = "", Description = "a set that was named is not fetched unasked")]
    [TestCase("--dataset cifar100 --download", true, ExpectedResult = "cifar-100-binary/file.bin")]
    [TestCase("--download --dataset cifar100", true, ExpectedResult = "cifar-100-binary/file.bin")]
    [TestCase("--dataset synthetic", true, ExpectedResult = "")]
    public string Fetches(string line, bool mayUnasked)
    {
        using var server = new TestServer((request, answer) => answer.SendFile(request, Content));
        Assert.That(Run(server, line, mayUnasked, out _), Is.Null);
        return Files();
    }

    [Test]
    public void TheVariableStandsInForTheOption()
    {
        using var server = new TestServer((request, answer) => answer.SendFile(request, Content));
        Environment.SetEnvironmentVariable(DownloadStep.ModeVariable, "no");
        Run(server, "", true, out _);
        Assert.That(Files(), Is.Empty);
        Environment.SetEnvironmentVariable(DownloadStep.ModeVariable, "yes");
        Run(server, "--dataset synthetic", true, out _);
        Run(server, "--dataset cifar100", true, out _);
        Assert.That(Files(), Is.EqualTo("cifar-100-binary/file.bin"));
        Environment.SetEnvironmentVariable(DownloadStep.ModeVariable, "maybe");
        Assert.That(() => Run(server, "", true, out _), Throws.InstanceOf<UserException>().With.Message.EqualTo(
            "the environment variable WRN_DOWNLOAD must be one of auto, no, yes, not 'maybe'."));
    }

    [Test]
    public void UnaskedAFailureIsANoticeAndAskedItIsAnError()
    {
        using var server = new TestServer((_, answer) => answer.Send(404));
        string? tried = Run(server, "", true, out string output);
        Assert.That(tried, Is.EqualTo(
            $"CIFAR-10 could not be downloaded from any of the places above; --download tries longer, or put file.bin into {_folder["data"]}."));
        Assert.That(output, Is.EqualTo(
            $"CIFAR-10 is not in {_folder["data"]}; trying to download it (--download no does without):\n  https://a.test/file.bin: HTTP 404\n"));
        Assert.That(Directory.Exists(_folder["data"]) ? Files() : "", Is.Empty);
        Assert.That(() => Run(server, "--download", true, out _), Throws.InstanceOf<DatasetException>().With.Property("Error").EqualTo(DatasetError.NotFound));
    }

    [Test]
    public void APartOfCifar10IsNotCompletedUnasked()
    {
        using var server = new TestServer((request, answer) => answer.SendFile(request, Content));
        _folder.Write("data/cifar-10-batches-bin/test_batch.bin", [1]);
        Run(server, "", true, out _);
        Assert.That(server.Requests, Is.Empty);
        Run(server, "--download", true, out _);
        Assert.That(server.Requests, Has.Count.EqualTo(1));
    }

    [Test]
    public void AMirrorTakesThePlaceOfAllOthers([Values("http://mirror.test/data", "http://mirror.test/data/")] string mirror)
    {
        using var server = new TestServer((request, answer) => answer.SendFile(request, Content));
        Environment.SetEnvironmentVariable(DownloadStep.MirrorVariable, mirror);
        Run(server, "--download", true, out _);
        Assert.That(server.Log, Is.EqualTo("mirror.test/data/file.bin"));
        Environment.SetEnvironmentVariable(DownloadStep.MirrorVariable, "/a/folder");
        Assert.That(() => Run(server, "--download --dataset cifar100", true, out _), Throws.InstanceOf<UserException>().With.Message.EqualTo(
            "the environment variable WRN_MIRROR must be an http or https address, not '/a/folder'."));
    }

    [Test]
    public void WhatCannotBeDownloadedIsAUsageError()
    {
        using var server = new TestServer((_, answer) => answer.Send(404));
        var error = Assert.Throws<UserException>(() => Run(server, "--download --dataset synthetic", true, out _))!;
        Assert.That((error.ExitCode, error.Message), Is.EqualTo(
            (ExitCode.Usage, "--download knows cifar10, cifar100, svhn, fashion-mnist, not synthetic; leave it out.")));
    }

    [Test]
    public void TheCommandLineExplainsItself()
    {
        var (code, _, error) = Wrn.Run("--download", "perhaps", "--depth", "10");
        Assert.That(code, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("--download must be one of auto, no, yes, not 'perhaps'"));
        (_, string help, _) = Wrn.Run("eval", "--help");
        Assert.That(help, Does.Contain("--download [WHEN]"));
    }

    [Test]
    public void AFailedDownloadOfTheCommandLineHasExitCodeFour()
    {
        // Nothing listens there, with or without a network.
        Environment.SetEnvironmentVariable(DownloadStep.MirrorVariable, "http://127.0.0.1:9");
        string[] line = ["--depth", "10", "--k", "1", "--data-dir", _folder["none"], "--train-images", "32", "-b", "16", "--max-steps", "1", "--output", _folder["run"]];
        var (code, output, error) = Wrn.Run(line);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(output, Does.Contain("  http://127.0.0.1:9/cifar-10-binary.tar.gz: ").And.Contain("CIFAR-10 could not be downloaded from any of the places above").And.Contain("training on the synthetic set"));
        Assert.That(Directory.Exists(_folder["none"]), Is.False);
        (code, _, error) = Wrn.Run("eval", "--checkpoint", _folder["run"], "--dataset", "cifar10", "--data-dir", _folder["none"]);
        Assert.That(code, Is.EqualTo(ExitCode.InputOutput));
        Assert.That(error, Does.Contain("CIFAR-10 was not found"), "an evaluation downloads nothing unasked");
    }

    private string? Run(TestServer server, string line, bool mayUnasked, out string output)
    {
        using var writer = new StringWriter();
        using var stop = new StopSignal();
        var options = WrnCommand.ParseTrain([.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--data-dir", _folder["data"]]);
        try
        {
            return DownloadStep.Run(
                options, new Terminal(writer, writer, isLive: false), stop, mayUnasked,
                (t, s) => new DatasetDownload(t, s, TestDownload.Limits, () => server.CreateHandler()), Catalog);
        }
        finally
        {
            output = writer.ToString();
        }
    }

    private string Files() => !Directory.Exists(_folder["data"]) ? "" : string.Join(' ', Directory.GetFiles(_folder["data"], "*", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(_folder["data"], f)).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)));
}
