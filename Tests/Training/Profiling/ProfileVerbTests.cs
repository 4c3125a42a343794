using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using WrnEngine.Devices;
using WrnEngine.Models;
using WrnEngine.Tests.Training.Data;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training.Profiling;

/// <summary><c>wrn profile</c> as a user sees it: the table, the page, the trace.</summary>
[Category("Training")]
[NonParallelizable] // the simulator's options are the process's
public partial class ProfileVerbTests
{
    private static readonly string[] Network = ["profile", "--depth", "10", "--k", "1", "--image-size", "16", "--steps", "2"];

    private static readonly string[] Passes = ["forward", "backward", "update"];

    private readonly TempFolder _folder = new();
    private string _output = "", _page = "";
    private JsonDocument? _trace;

    [OneTimeSetUp]
    public void Profile()
    {
        var (code, output, error) = Wrn.Run([.. Network, "-b", "3", "--threads", "2", "--output", _folder["profile"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        _output = output;
        _page = File.ReadAllText(Path.Combine(_folder["profile"], "profile.html"));
        _trace = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["profile"], "trace.json")));
    }

    [OneTimeTearDown]
    public void Forget()
    {
        _trace?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void ThePageHasTheFiguresOfTheTable()
    {
        var rows = RowsOf(_page);
        Assert.That(rows, Has.Count.GreaterThan(30));
        string[] lines = [.. _output.Split('\n').Where(l => l.Length > 0).Select(Squeezed)];
        Assert.That(lines, Is.SupersetOf(rows.Select(cells => Squeezed(string.Join(' ', cells)))));
        Assert.That(lines[^2], Is.EqualTo($"page {Path.Combine(_folder["profile"], "profile.html")}"));
        Assert.That(rows.Select(r => r[1]).Distinct(), Is.EquivalentTo(Passes));
        Assert.That(rows.Sum(r => double.Parse(r[5])), Is.EqualTo(100).Within(0.05 * rows.Count));
    }

    [Test]
    public void EachRowIsConsistent()
    {
        foreach (string[] row in RowsOf(_page).Where(r => r[7] != "-" && double.Parse(r[4]) > 0.05))
        {
            double rate = double.Parse(row[7]), bytes = double.Parse(row[8]), intensity = double.Parse(row[9]);
            Assert.That(rate, Is.EqualTo(bytes * intensity).Within(0.05 * (1 + intensity) + 0.01 * bytes + 0.01 * rate), string.Join(' ', row));
        }
    }

    [Test]
    public void TheRooflineHasADotForEachOp()
    {
        string[] titles = [.. Dot().Matches(_page).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value))];
        var drawn = RowsOf(_page).Where(r => r[7] != "-").ToList();
        // An op that is over before the clock moves has no speed.
        Assert.That(titles, Has.Length.InRange(drawn.Count - 5, drawn.Count).And.Length.GreaterThan(20));
        foreach (string[] row in drawn.Where(r => double.Parse(r[4]) > 0.01))
            Assert.That(titles, Has.Some.EqualTo($"{row[0]} ({row[1]}) {row[2]}: {row[4]} ms, {row[7]} GFLOP/s at {row[9]} FLOP/B, {row[10]} % of the roof"));
        Assert.That(_page, Does.Contain("Content-Security-Policy").And.Not.Contain("style=\"").And.Not.Contain("NaN"));
    }

    [Test]
    public void EventsOfTheTraceNest()
    {
        var events = Events().Where(e => e.GetProperty("ph").GetString() == "X").ToList();
        Assert.That(events.GroupBy(Category).Select(g => (g.Key, g.Count())), Is.SupersetOf(new[] { ("step", 2), ("pass", 6) }));
        var ops = events.Where(e => Category(e) == "op").ToList();
        Assert.That(ops, Has.Count.GreaterThan(100));
        foreach (var pass in events.Where(e => Category(e) == "pass")) Assert.That(events.Count(e => Category(e) == "step" && IsInside(pass, e)), Is.EqualTo(1));
        foreach (var op in ops)
        {
            var pass = events.Single(e => Category(e) == "pass" && IsInside(op, e));
            Assert.That(pass.GetProperty("name").GetString(), Is.EqualTo(op.GetProperty("args").GetProperty("pass").GetString()));
        }

        foreach (var (first, second) in ops.Zip(ops.Skip(1))) Assert.That(End(first), Is.LessThanOrEqualTo(Start(second)));
    }

    [TestCase("Conv2dForward", "forward", true)]
    [TestCase("Conv2dBackwardWeight", "backward", true)]
    [TestCase("Conv2dBackwardInput", "backward", false)] // nobody asks for the gradient of the images
    public void FlopsOfConvolutionsAreTwiceTheMultiplyAddsOfTheSummary(string op, string pass, bool withStem)
    {
        using var device = new MetaDevice();
        using var model = new WideResNet(new WideResNetOptions(Depth: 10, WidenFactor: 1), device);
        long macs = model.Describe([3, 3, 16, 16]).Where(l => l.Kind.StartsWith("Conv2d", StringComparison.Ordinal) && (withStem || l.Name != "conv0")).Sum(l => l.Macs);
        double flops = Events()
            .Where(e => e.GetProperty("name").GetString() == op && e.GetProperty("args").GetProperty("step").GetInt32() == 1 && e.GetProperty("args").GetProperty("pass").GetString() == pass)
            .Sum(e => e.GetProperty("args").GetProperty("flops").GetDouble());
        Assert.That(flops, Is.EqualTo(2.0 * macs));
    }

    [Test]
    public void OnTheSimulatorTheKernelsAreCounted()
    {
        var (code, output, error) = Wrn.Run([.. Network[..5], "--image-size", "8", "--steps", "1", "-b", "1", "--device", "ptxsim", "--output", _folder["simulated"]]);
        Assert.That(code, Is.EqualTo(ExitCode.Ok), error);
        string page = File.ReadAllText(Path.Combine(_folder["simulated"], "profile.html"));
        Assert.That(page, Does.Not.Contain("<svg").And.Contain("there is no roofline"));
        string[] lines = [.. output.Split('\n').Select(Squeezed)];
        var kernels = RowsOf(page).Where(r => r[0].Contains('_')).ToList();
        Assert.That(kernels, Has.Count.GreaterThan(5));
        foreach (string[] kernel in kernels)
        {
            Assert.That(lines, Does.Contain(Squeezed(string.Join(' ', kernel))));
            Assert.That(long.Parse(kernel[2], System.Globalization.NumberStyles.AllowThousands), Is.Positive, kernel[0]);
            Assert.That(double.Parse(kernel[6] == "-" ? "0" : kernel[6]), Is.InRange(0, 32), kernel[0]);
        }
    }

    [Test]
    public void APlaceThatCannotBeWrittenIsNamedBeforeAnyWork()
    {
        File.WriteAllText(_folder["file"], "");
        var (code, output, error) = Wrn.Run([.. Network, "-b", "1", "--output", _folder["file"]]);
        Assert.That(code, Is.EqualTo(ExitCode.InputOutput));
        Assert.That(error, Does.Contain($"--output {_folder["file"]} cannot be written"));
        Assert.That(output, Is.Empty);
    }

    [TestCase("--device cuda:1", ExitCode.NoDevice, "--device cuda:1 cannot be used:")]
    [TestCase("--steps 0", ExitCode.Usage, "--steps")]
    [TestCase("--epochs 3", ExitCode.Usage, "profile has no option --epochs; train has it")]
    public void WhatIsWrongIsSaid(string line, int exitCode, string sentence)
    {
        var (code, _, error) = Wrn.Run(["profile", "--output", _folder["none"], .. line.Split(' ')]);
        Assert.That(code, Is.EqualTo(exitCode));
        Assert.That(error, Does.Contain(sentence));
        Assert.That(Directory.Exists(_folder["none"]), Is.False);
    }

    private IEnumerable<JsonElement> Events()
    {
        var events = _trace!.RootElement.GetProperty("traceEvents");
        for (int i = 0; i < events.GetArrayLength(); i++) yield return events[i];
    }

    private static List<string[]> RowsOf(string page) =>
        [.. Row().Matches(page).Select(row => Cell().Matches(row.Value).Select(c => WebUtility.HtmlDecode(c.Groups[1].Value)).ToArray()).Where(cells => cells.Length > 0)];

    private static string Squeezed(string line) => Spaces().Replace(line.Trim(), " ");

    private static string Category(JsonElement e) => e.GetProperty("cat").GetString()!;

    private static decimal Start(JsonElement e) => e.GetProperty("ts").GetDecimal();

    private static decimal End(JsonElement e) => Start(e) + e.GetProperty("dur").GetDecimal();

    private static bool IsInside(JsonElement inner, JsonElement outer) => Start(inner) >= Start(outer) && End(inner) <= End(outer);

    [GeneratedRegex("<tr>.*?</tr>", RegexOptions.Singleline)]
    private static partial Regex Row();

    [GeneratedRegex("<td[^>]*>(.*?)</td>")]
    private static partial Regex Cell();

    [GeneratedRegex("<circle[^>]*><title>(.*?)</title></circle>")]
    private static partial Regex Dot();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
