using System.Globalization;
using System.Security.Cryptography;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Tests.Support;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Prediction;

namespace WrnEngine.Tests.Training.Prediction;

/// <summary>The networks that come with the program: found by name, small, and as their model card says.</summary>
[Category("Training"), NonParallelizable] // one of them changes the current folder
public class TrainedNetworkTests
{
    private const long LargestFile = 3_000_000;

    private const int CardColumns = 8;

    private static IEnumerable<string> Names => TrainedNetworks.Names;

    [Test]
    public void ThereIsOneForEachUse()
    {
        foreach (string name in new[] { "wrn-10-1-synthetic", "wrn-10-1-cifar10", "wrn-16-2-cifar10", "wrn-16-1-fashion-mnist" }) Assert.That(Names, Does.Contain(name));
    }

    [TestCaseSource(nameof(Names))]
    public void IsReadyForPrediction(string name)
    {
        string path = TrainedNetworks.Resolve(name);
        Assert.That(new FileInfo(path).Length, Is.LessThan(LargestFile));
        using var device = new WrnEngine.Devices.Cpu.CpuDevice(1);
        using var predictor = new Predictor(path, device);
        Assert.Multiple(() =>
        {
            Assert.That(predictor.Preprocessing.ClassNames, Has.Count.EqualTo(predictor.State.Model.NumClasses).And.Unique);
            Assert.That(name, Is.EqualTo($"{predictor.State.Model.Slug}-{predictor.State.Dataset}"));
            Assert.That(predictor.State.Epoch, Is.GreaterThan(0));
        });
    }

    /// <summary>The card's figures are the files'.</summary>
    [TestCaseSource(nameof(Names))]
    public void TheModelCardIsTrue(string name)
    {
        string path = TrainedNetworks.Resolve(name);
        string[] row = Card().Single(r => r[0] == $"`{name}`");
        using var checkpoint = Checkpoint.Open(path);
        var state = checkpoint.ReadState();
        using var meta = new MetaDevice();
        using var model = new WideResNet(state.Model, meta);
        Assert.Multiple(() =>
        {
            Assert.That(row[1], Is.EqualTo(state.Model.Name));
            Assert.That(row[2], Is.EqualTo($"`{state.Dataset}`"));
            Assert.That(Number(row[3]), Is.EqualTo(model.ParameterCount));
            Assert.That(Number(row[4]), Is.EqualTo(state.Epoch));
            Assert.That(double.Parse(row[5].TrimEnd('%', ' '), CultureInfo.InvariantCulture), Is.InRange(0.1, 50));
            Assert.That(Number(row[6]), Is.EqualTo(new FileInfo(path).Length));
            Assert.That(row[7].Trim('`'), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))));
        });
    }

    [Test]
    public void TheModelCardListsNoOthers() => Assert.That(Card().Select(r => r[0].Trim('`')), Is.EquivalentTo(Names));

    /// <summary>A row that can be measured anywhere: the procedural set needs no files.</summary>
    [Test, Category("Slow")]
    public void TheErrorOnTheProceduralSetIsTheCards()
    {
        var (code, output, error) = Wrn.Run("eval", "--checkpoint", "wrn-10-1-synthetic", "--device", "cpu");
        Assert.That((code, error), Is.EqualTo((ExitCode.Ok, "")));
        Assert.That(output, Does.Contain($" error {Card().Single(r => r[0] == "`wrn-10-1-synthetic`")[5]} "));
    }

    [Test]
    public void WhatIsOnDiskWins()
    {
        using var folder = new TempFolder();
        string here = Environment.CurrentDirectory;
        File.Copy(TrainedNetworks.Resolve("wrn-10-1-synthetic"), folder["last.safetensors"]);
        Directory.CreateDirectory(folder["wrn-10-1-synthetic"]);
        File.Copy(folder["last.safetensors"], Path.Combine(folder["wrn-10-1-synthetic"], "last.safetensors"));
        try
        {
            Environment.CurrentDirectory = folder.Path;
            Assert.That(TrainedNetworks.Resolve("wrn-10-1-synthetic"), Is.EqualTo(Path.Combine("wrn-10-1-synthetic", "last.safetensors")));
        }
        finally
        {
            Environment.CurrentDirectory = here;
        }
    }

    [TestCase("wrn-10-1-sinthetic", "; did you mean wrn-10-1-synthetic?")]
    [TestCase("qqq\u001b[31m", "'qqq?[31m'")]
    public void AnUnknownName(string name, string part)
    {
        var error = Assert.Throws<UserException>(() => TrainedNetworks.Resolve(name))!;
        Assert.That(error.Message, Does.Contain(part).And.Contain("wrn-10-1-synthetic, "));
        Assert.That(error.ExitCode, Is.EqualTo(ExitCode.InputOutput));
    }

    [Test]
    public void APathIsNoName() => Assert.That(() => TrainedNetworks.Resolve("/nowhere/run"), Throws.InstanceOf<FileNotFoundException>());

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    /// <summary>The cells of the card's table.</summary>
    private static string[][] Card()
    {
        if (Repository.Root is null) Assert.Ignore("the model card is in the source tree, and there is none here");
        return [.. File.ReadLines(Path.Combine(Repository.Root!, "Models", "Trained", "README.md"))
            .Where(l => l.StartsWith("| `wrn-", StringComparison.Ordinal))
            .Select(l => l.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == CardColumns)];
    }
}
