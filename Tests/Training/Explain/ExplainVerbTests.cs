using System.Text.RegularExpressions;
using WrnEngine.Models;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;
using WrnEngine.Training.Explain;

namespace WrnEngine.Tests.Training.Explain;

/// <summary>The architecture alone, and what the verb refuses.</summary>
[Category("Training")]
public class ExplainVerbTests
{
    [TestCase("--depth", "28", "--k", "10")]
    [TestCase("--depth", "16", "--k", "2", "--shortcut", "none")]
    [TestCase("--model", "resnet-basic", "--depth", "20")]
    [TestCase("--model", "resnet-50")]
    public void ThePageHasTheTotalsOfSummary(params string[] network)
    {
        using var folder = new TempFolder();
        string page = Path.Combine(folder.Path, "sub", "page.html");
        var (exitCode, _, error) = Wrn.Run(["explain", "--output", page, .. network]);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), error);
        var data = ExplainPageTests.DataOf(page);
        string summary = Wrn.Run(["summary", .. network]).Output;
        Assert.That(summary, Does.Contain($"{(long)data["parameters"]!:N0}").And.Contain($"{(long)data["macs"]!:N0}"));
        Assert.That(data["layers"]!.AsArray().Sum(l => (long)l!["parameters"]!), Is.EqualTo((long)data["parameters"]!));
    }

    /// <summary>Figure 1 of the paper: a basic, b bottleneck, c basic-wide, d wide-dropout; other blocks are not in it.</summary>
    [TestCase("a", "--depth", "16", "--k", "1")]
    [TestCase("a", "--model", "resnet-basic", "--depth", "20")]
    [TestCase("b", "--model", "preact-bottleneck", "--depth", "29")]
    [TestCase("b", "--model", "wrn-50-2-bottleneck")]
    [TestCase("c", "--depth", "28", "--k", "10")]
    [TestCase("d", "--depth", "28", "--k", "10", "--dropout", "0.3")]
    [TestCase(null, "--depth", "28", "--k", "10", "--shortcut", "none")]
    [TestCase(null, "--depth", "40", "--k", "2", "--block", "3,1,1")]
    [TestCase(null, "--depth", "28", "--k", "10", "--dropout", "0.3", "--dropout-at", "shortcut")]
    public void TheNetworksOwnBlockIsMarkedAmongTheFourOfThePaper(string? letter, params string[] network)
    {
        using var folder = new TempFolder();
        string page = Path.Combine(folder.Path, "page.html");
        var (exitCode, _, error) = Wrn.Run(["explain", "-o", page, .. network]);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), error);
        string text = File.ReadAllText(page);
        foreach (string name in new[] { "(a) basic", "(b) bottleneck", "(c) basic-wide", "(d) wide-dropout" }) Assert.That(text, Does.Contain(name));
        string[] marked = [.. Regex.Matches(text, "<figure class=\"own\"><figcaption><b>\\((.)\\)").Select(m => m.Groups[1].Value)];
        Assert.That(marked, Is.EqualTo(letter is null ? Array.Empty<string>() : new[] { letter }));
    }

    /// <summary>A page says of no network without shortcuts that it has some.</summary>
    [Test]
    public void ANetworkWithoutShortcutsIsNotSaidToHaveThem()
    {
        using var folder = new TempFolder();
        string page = Path.Combine(folder.Path, "page.html");
        Assert.That(Wrn.Run("explain", "-o", page, "--depth", "16", "--k", "2", "--shortcut", "none").ExitCode, Is.EqualTo(ExitCode.Ok));
        string text = File.ReadAllText(page);
        Assert.That(text, Does.Contain("<b>y = F(x)</b>").And.Contain("There are no arcs").And.Contain("no shortcut,"));
        Assert.That(text, Does.Not.Contain("y = x + F(x)").And.Not.Contain("Follow the arcs").And.Not.Contain("clear path").And.Not.Contain("none shortcut"));
    }

    /// <summary>By hand: a 3x3 stem sees 3; a 3x3 at jump 1 adds 2, at jump 2 adds 4, at jump 4 adds 8.</summary>
    [Test]
    public void ReceptiveFieldsGrowByTheRule()
    {
        var layers = ExplainedLayer.Of(new WideResNetOptions(10, 1), 32, 32).ToDictionary(l => l.Info.Name);
        Assert.That(layers["conv0"].Field, Is.EqualTo(3));
        Assert.That(layers["group0.block0.conv1"].Field, Is.EqualTo(7));
        Assert.That((layers["group1.block0.conv0"].Field, layers["group1.block0.conv0"].Jump), Is.EqualTo((9, 2)));
        Assert.That((layers["group1.block0.convdim"].Field, layers["group1.block0.convdim"].Jump), Is.EqualTo((7, 2)), "a 1x1 widens nothing");
        Assert.That(layers["group2.block0.conv1"].Field, Is.EqualTo(13 + 4 + 8));
        Assert.That(layers["group2.block0"].Field, Is.EqualTo(25), "a block sees what its last convolution sees");
    }

    /// <summary>conv0 of WRN-10-1: 2 x 442,368 operations on 3,072 + 432 + 16,384 floats.</summary>
    [Test]
    public void IntensityIsOperationsPerByte()
    {
        var stem = ExplainedLayer.Of(new WideResNetOptions(10, 1), 32, 32)[0];
        Assert.That(stem.Intensity, Is.EqualTo(884_736 / (4.0 * (3_072 + 432 + 16_384))).Within(1e-9));
    }

    [TestCase("--image needs --checkpoint", ExitCode.Usage, "--image", "x.png")]
    [TestCase("--checkpoint needs --image", ExitCode.Usage, "--checkpoint", "wrn-10-1-synthetic")]
    [TestCase("do not go together", ExitCode.Usage, "--checkpoint", "wrn-10-1-synthetic", "--image", "test:0", "--depth", "16")]
    [TestCase("past the end", ExitCode.Usage, "--checkpoint", "wrn-10-1-synthetic", "--image", "test:99999")]
    [TestCase("no trained network", ExitCode.InputOutput, "--checkpoint", "wrn-9-9", "--image", "test:0")]
    public void MistakesAreOneSentence(string sentence, int exitCode, params string[] arguments)
    {
        var (code, _, error) = Wrn.Run(["explain", .. arguments]);
        Assert.That((code, error), Is.EqualTo((exitCode, error)));
        Assert.That(error, Does.Contain(sentence.Replace("no trained network", "trained network 'wrn-9-9'", StringComparison.Ordinal)));
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public void AnImageThatIsNoneIsRefused()
    {
        using var folder = new TempFolder();
        string empty = folder.Write("empty.png", []);
        var (code, _, error) = Wrn.Run("explain", "--checkpoint", "wrn-10-1-synthetic", "--image", empty, "--output", Path.Combine(folder.Path, "p.html"));
        Assert.That(code, Is.EqualTo(ExitCode.BadData));
        Assert.That(error, Does.Contain("is empty"));
        Assert.That(File.Exists(Path.Combine(folder.Path, "p.html")), Is.False);
    }

    /// <summary>A file's name is text wherever it stands.</summary>
    [Test]
    public void AFileNameStaysText()
    {
        using var folder = new TempFolder();
        string name = folder.Write("<img src=x onerror=alert(1)>.png", Data.Decoding.Png.Encode(new byte[3 * 32 * 32], 32, 32)), page = Path.Combine(folder.Path, "p.html");
        var (code, _, error) = Wrn.Run("explain", "--checkpoint", "wrn-10-1-synthetic", "--image", name, "--output", page);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        Assert.That(File.ReadAllText(page), Does.Contain("&lt;img src=x").And.Not.Contain("<img src=x"));
    }
}
