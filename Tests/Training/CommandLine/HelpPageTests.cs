using WrnEngine.Training;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Tests.Training.CommandLine;

[Category("Training")]
public class HelpPageTests
{
    [Test]
    public void ListsEveryVerbAndEveryOptionOfTheDefaultOneInGroups()
    {
        var (code, output, error) = Wrn.Run("--help");
        Assert.That(code, Is.EqualTo(ExitCode.Ok));
        Assert.That(error, Is.Empty);
        foreach (var verb in WrnCommand.Verbs) Assert.That(output, Does.Contain("\n  " + verb.Name + " "));
        foreach (var group in WrnCommand.Verbs[0].Groups) Assert.That(output, Does.Contain("\n" + group.Title + "\n"));
        foreach (var setting in WrnCommand.Verbs[0].Settings) Assert.That(output, Does.Match($@"\n  {setting.Name}[ ,]"));
    }

    [TestCase("--depth N", "[16 for wrn, 110 for preact-basic, ")]
    [TestCase("--k, --widen-factor, --width K", "[8 for wrn, 2 for wrn-50-2-bottleneck, 2 for wrn-101-2-bottleneck, else 1; 2 in the recipe sixty-minutes]")]
    [TestCase("--batch-size, -b N", "[128, 256 for imagenet]")]
    [TestCase("--lr LR", "[0.1, 0.01 for svhn, 0.2 for sixty-minutes]")]
    [TestCase("--momentum M", "[0.9]")]
    [TestCase("--weight-decay, --wd WD", "[0.0005, 0.0001 for imagenet]")]
    [TestCase("--epochs N", "[200, 160 for svhn, 90 for imagenet, 45 for sixty-minutes; 10 on the procedural set]")]
    [TestCase("--dataset NAME", "[auto]")]
    [TestCase("--data-dir DIR", "[data]")]
    [TestCase("--output DIR", "[runs/<name>-<time>]")]
    public void ShowsNamesAndDefaults(string label, string defaultText)
    {
        string output = Wrn.Run("-h").Output;
        int at = output.IndexOf("  " + label + " ", StringComparison.Ordinal);
        if (at < 0) at = output.IndexOf("  " + label + "\n", StringComparison.Ordinal);
        Assert.That(at, Is.GreaterThan(0), label);
        int end = output.IndexOf("\n  --", at, StringComparison.Ordinal);
        Assert.That(System.Text.RegularExpressions.Regex.Replace(output[at..end], @"\s+", " "), Does.Contain(defaultText));
    }

    [Test]
    public void EveryVerbHasItsOwnPage([ValueSource(nameof(VerbNames))] string name)
    {
        var (code, output, _) = Wrn.Run(name, "--help");
        var verb = WrnCommand.Verbs.Single(v => v.Name == name);
        Assert.That(code, Is.EqualTo(ExitCode.Ok));
        Assert.That(output, Does.StartWith($"{name}: {verb.Summary}"));
        foreach (var setting in WrnCommand.Verbs.SelectMany(v => v.Settings).Distinct())
        {
            bool isListed = output.Contains($"\n  {setting.Name} ") || output.Contains($"\n  {setting.Name},") || output.Contains($"\n  {setting.Name}\n");
            Assert.That(isListed, Is.EqualTo(verb.Settings.Any(s => s.Name == setting.Name)), setting.Name);
        }
    }

    private static IEnumerable<string> VerbNames => WrnCommand.Verbs.Select(v => v.Name);

    [Test]
    public void FitsAWindow() => Assert.That(Wrn.Run("--help").Output.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(120));

    [Test]
    public void TheVersionIsTheAssemblys() => Assert.That(Wrn.Run("--version").Output, Does.StartWith("0."));
}
