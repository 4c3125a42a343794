using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Documents;

/// <summary><c>README.ko.md</c> is the README in Korean: whoever changes one of them changes the other.</summary>
public class KoreanReadmeTests
{
    private const string Original = "README.md", Translation = "README.ko.md";

    [Test]
    public void SaysWhatTheOriginalSays()
    {
        var differences = TranslationComparer.Differences(Read(Original, linkTo: Translation), Read(Translation, linkTo: Original));
        Assert.That(differences, Is.Empty, $"{Translation} is not what {Original} says: change the one that is out of date at these places\n{string.Join('\n', differences)}\n");
    }

    /// <summary>The plain form of the verb, from the first sentence to the last.</summary>
    [Test]
    public void KeepsToOneLevelOfSpeech() =>
        Assert.That(EmbeddedFile.Read(Translation).Split('\n').Where(line => line.Contains("니다", StringComparison.Ordinal)), Is.Empty, "sentences end with -다 there, not with -니다");

    // Each has a link to the other, the only one that they do not share.
    private static MarkdownDocument Read(string name, string linkTo)
    {
        string text = EmbeddedFile.Read(name);
        int link = text.IndexOf($"]({linkTo})", StringComparison.Ordinal);
        Assert.That(link, Is.InRange(0, 100), $"{name} has no link to {linkTo} at its top");
        return new MarkdownDocument(name, text.Remove(link, $"]({linkTo})".Length));
    }
}
