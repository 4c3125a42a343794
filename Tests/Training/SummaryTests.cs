#pragma warning disable IDISP004 // enumerators of JSON hold nothing
using System.Text.Json;
using System.Text.RegularExpressions;
using WrnEngine.Training;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Tests.Training;

/// <summary><c>wrn summary</c>: the same figures as a table, on a narrow terminal, and as JSON.</summary>
[Category("Training")]
public class SummaryTests
{
    [Test]
    public void TheTableHasTorchinfosColumns()
    {
        string[] lines = [.. Run("summary", "--depth", "10", "--k", "1").Split('\n')];
        Assert.That(lines[2], Does.Match(@"^Layer \(type \(name\):depth-idx\) +Input Shape +Output Shape +Param # +Mult-Adds$"));
        Assert.That(lines, Has.Some.Match(@"^Conv2d 3x3 \(conv0\): 1-1 +\[1, 3, 32, 32\] +\[1, 16, 32, 32\] +432 +442,368$"));
        Assert.That(lines, Has.Some.Match(@"^Group \(group0\): 1-2 +\[1, 16, 32, 32\] +\[1, 16, 32, 32\] +-- +--$"));
        Assert.That(lines, Has.Some.Match(@"^  Block B\(3,3\) \(block0\): 2-1 +\[1, 16, 32, 32\] +\[1, 16, 32, 32\] +-- +--$"));
        Assert.That(lines, Has.Some.Match(@"^    BatchNorm2d \+ ReLU \(bn0\): 3-1 +\[1, 16, 32, 32\] +\[1, 16, 32, 32\] +32 +--$"));
        Assert.That(lines, Has.Some.Match(@"^Linear \(fc\): 1-7 +\[1, 64\] +\[1, 10\] +650 +640$"));
        Assert.That(lines[3].Length, Is.EqualTo(lines[2].Length));
    }

    /// <summary>WRN-10-1 by hand: outputs of convolutions, norms and the classifier, in values.</summary>
    [Test]
    public void SizesAreTorchinfos()
    {
        const long Stem = 16 * 1024, Group0 = 4 * 16 * 1024, Last = 64 * 64;
        const long Group1 = 16 * 1024 + 4 * 32 * 256, Group2 = 32 * 256 + 4 * 64 * 64; // bn0 before the stride; conv, bn, conv, projection after it
        const long Pass = 2 * 4 * (Stem + Group0 + Group1 + Group2 + Last + 10);
        var totals = Json("--depth", "10", "--k", "1").GetProperty("totals");
        Assert.Multiple(() =>
        {
            Assert.That(totals.GetProperty("forwardBackwardBytes").GetInt64(), Is.EqualTo(Pass));
            Assert.That(totals.GetProperty("inputBytes").GetInt64(), Is.EqualTo(4 * 3 * 1024));
            Assert.That(totals.GetProperty("parameterBytes").GetInt64(), Is.EqualTo(4 * 77_850));
            Assert.That(totals.GetProperty("estimatedTotalBytes").GetInt64(), Is.EqualTo(4 * 3 * 1024 + 4 * 77_850 + Pass));
        });
        string output = Run("summary", "--depth", "10", "--k", "1");
        Assert.That(output, Does.EndWith(
            $"Total params: 77,850\nTrainable params: 77,850\nNon-trainable params: 0\nTotal mult-adds: 12,501,632\nInput size (MB): 0.01\n"
            + $"Forward/backward pass size (MB): {Pass / 1e6:F2}\nParams size (MB): 0.31\nEstimated Total Size (MB): {(Pass + 4 * 77_850 + 4 * 3 * 1024) / 1e6:F2}\n"));
    }

    [TestCase("--depth 16 --k 8")]
    [TestCase("--depth 22 --k 2 --block 1,3,1 --dropout 0.3")]
    [TestCase("--model wrn-50-2-bottleneck")]
    public void JsonHoldsEveryRowAndTheTotals(string arguments)
    {
        string[] line = arguments.Split(' ');
        var root = Json(line);
        var layers = root.GetProperty("layers").EnumerateArray().ToArray();
        Assert.That(layers.Sum(l => Number(l, "parameters")), Is.EqualTo(root.GetProperty("totals").GetProperty("parameters").GetInt64()));
        Assert.That(layers.Sum(l => Number(l, "multAdds")), Is.EqualTo(root.GetProperty("totals").GetProperty("multAdds").GetInt64()));
        Assert.That(layers.Select(l => l.GetProperty("name").GetString()), Is.Unique);
        Assert.That(layers.Select(l => (l.GetProperty("depth").GetInt32(), l.GetProperty("index").GetInt32())), Is.Unique);
        string table = Run(["summary", .. line]);
        Assert.That(Regex.Count(table, @"(?m)\): \d+-\d+ "), Is.EqualTo(layers.Length));

        static long Number(JsonElement layer, string name) => layer.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : 0;
    }

    [Test]
    public void ThePapersNetworksAreJsonToo()
    {
        using var document = JsonDocument.Parse(Run("summary", "--paper", "--json"));
        Assert.That(document.RootElement.EnumerateArray().Select(e => e.GetProperty("network").GetString()), Has.Some.EqualTo("WRN-28-10"));
    }

    [Test]
    public void ANarrowTerminalGetsTheSameNumbers([Values(20, 80, 200)] int width, [Values] bool isPaper)
    {
        using var writer = new StringWriter();
        int code = Program.Run(isPaper ? ["summary", "--paper"] : ["summary", "--depth", "28", "--k", "10"], new Terminal(writer, writer, isLive: true, width));
        string output = writer.ToString();
        Assert.That(code, Is.EqualTo(ExitCode.Ok), output);
        foreach (string line in output.Split('\n')) Assert.That(TextWrap.Cells(line), Is.LessThanOrEqualTo(width), line);
        Assert.That(output, Does.Contain("36,479,194"));
        if (!isPaper) Assert.That(output, Does.Contain("5,243,328,768").And.Contain("3,686,400"));
    }

    private static JsonElement Json(params string[] arguments) => JsonElement.Parse(Run(["summary", "--json", .. arguments]));

    private static string Run(params string[] arguments)
    {
        var (code, output, error) = Wrn.Run(arguments);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        return output;
    }
}
