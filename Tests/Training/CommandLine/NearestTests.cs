using WrnEngine.Training.CommandLine;

namespace WrnEngine.Tests.Training.CommandLine;

[Category("Training")]
public class NearestTests
{
    private static readonly string[] Names = ["--depth", "--k", "--dropout", "--dataset", "--data-dir", "--lr", "--weight-decay", "--epochs"];

    [TestCase("--dpeth", "--depth")]
    [TestCase("--DEPTH", "--depth")]
    [TestCase("--weight_decay", "--weight-decay")]
    [TestCase("--data_dir", "--data-dir")]
    [TestCase("--epoch", "--epochs")]
    [TestCase("--weight", "--weight-decay")]
    [TestCase("--learning-rate", "--lr")]
    [TestCase("--verbose", null)]
    [TestCase("--x", "--k")]
    public void FindsWhatWasMeant(string typed, string? meant) => Assert.That(Nearest.To(typed, Names), Is.EqualTo(meant));

    [TestCase("", "", 0)]
    [TestCase("abc", "", 3)]
    [TestCase("abc", "acb", 1)]
    [TestCase("kitten", "sitting", 3)]
    public void CountsEdits(string a, string b, int distance)
    {
        Assert.That(Nearest.Distance(a, b), Is.EqualTo(distance));
        Assert.That(Nearest.Distance(b, a), Is.EqualTo(distance));
    }
}
