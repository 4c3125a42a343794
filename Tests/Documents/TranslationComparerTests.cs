namespace WrnEngine.Tests.Documents;

/// <summary>The comparer finds each kind of change, and says where.</summary>
public class TranslationComparerTests
{
    private const string English =
        """
        # Wrn

        Trains in three minutes, 1,828 images/s, see [the table](docs/speed.md).

        ## Run it

        <!-- ci: first step -->
        ```sh
        wrn --depth 16
        wrn --k 8
        ```

        `--depth` is the depth, `--k` the width; the rate is 0.1.

        - Peak memory: 0.95 GB.

        <!-- generated: x -->
        | option | value |
        |---|---|
        | `--on\|off` | 2e-5 |
        """;

    private const string Korean =
        """
        # Wrn

        초당 1828장으로 3분 만에 학습한다([표](docs/speed.md)).

        ## 실행

        <!-- ci: first step -->
        ```sh
        wrn --depth 16
        wrn --k 8
        ```

        학습률은 0.1이고, `--k`는 폭, `--depth`는 깊이다.

        - 최대 메모리: 0.95 GB.

        <!-- generated: x -->
        | 옵션 | 값 |
        |---|---|
        | `--on\|off` | 2e-5 |
        """;

    [Test]
    public void AFaithfulTranslationPasses() => Assert.That(Differences(English, Korean), Is.Empty);

    [TestCase("wrn --k 8", "wrn --k 4", "a code block differs: en:10 is 'wrn --k 4', ko:10 is 'wrn --k 8'")]
    [TestCase("```sh", "```bash", "a code block differs: en:8 is '```bash', ko:8 is '```sh'")]
    [TestCase("<!-- ci: first step -->", "<!-- ci: skip -->", "a code block differs: en:7 is '<!-- ci: skip -->'")]
    [TestCase("`--k` the width", "`--widen` the width", "code span `--widen`: en has it on line 13, ko nowhere")]
    [TestCase("0.95 GB.", "0.95 GB, 1.39 GB.", "number 1.39: en has it on line 15, ko nowhere")]
    [TestCase("the rate is 0.1", "the rate is as before", "number 0.1: en has it nowhere, ko on line 13")]
    [TestCase("2e-5", "2e-6", "number 2e-6: en has it on line 20, ko nowhere")]
    [TestCase("generated: x", "generated: y", "comment <!-- generated: y -->: en has it on line 17, ko nowhere")]
    [TestCase("| 2e-5 |", "| 2e-5 |\n| more | |", "table of 4 lines and 2 columns: en has it on line 18, ko nowhere")]
    [TestCase("| option | value |", "| option | value | why |", "table of 3 lines and 3 or 2 columns: en has it on line 18")]
    [TestCase("- Peak", "A new paragraph.\n\n- Peak", "paragraph or list item: en has it on line 13, 15, 17, ko on line 13, 15")]
    [TestCase("- Peak", "- A new item.\n- Peak", "paragraph or list item: en has it on line 13, 15, 16, ko on line 13, 15")]
    public void AChangeOfTheOriginalIsFound(string before, string after, string message)
    {
        var differences = Differences(English.Replace(before, after, StringComparison.Ordinal), Korean);
        Assert.That(differences, Has.Some.StartsWith("en:5 '## Run it', ko:5 '## 실행': ").And.Some.Contains(message));
    }

    [TestCase("docs/speed.md", "docs/fast.md", "link to docs/fast.md: en has it on line 3, ko nowhere")]
    [TestCase("three", "four", "number 3: en has it nowhere, ko on line 3")]
    [TestCase("1,828", "1,829", "number 1829: en has it on line 3, ko nowhere")]
    public void AChangeAboveIsFound(string before, string after, string message) =>
        Assert.That(Differences(English.Replace(before, after, StringComparison.Ordinal), Korean), Has.Some.StartsWith("en:1 '# Wrn', ko:1 '# Wrn': ").And.Some.Contains(message));

    [Test]
    public void AChangeOfTheTranslationIsFound() =>
        Assert.That(Differences(English, Korean.Replace("`--depth`는", "`--깊이`는", StringComparison.Ordinal)), Has.Some.Contains("code span `--깊이`: en has it nowhere, ko on line 13"));

    [Test]
    public void MovingToAnotherSectionIsFound() =>
        Assert.That(
            Differences(English.Replace("0.1", "set", StringComparison.Ordinal).Replace("1,828", "0.1, 1,828", StringComparison.Ordinal), Korean),
            Is.EqualTo((string[])
            [
                "en:1 '# Wrn', ko:1 '# Wrn': number 0.1: en has it on line 3, ko nowhere",
                "en:5 '## Run it', ko:5 '## 실행': number 0.1: en has it nowhere, ko on line 13",
            ]));

    [TestCase("## Run it", "### Run it")]
    [TestCase("- Peak", "## Memory\n\n- Peak")]
    [TestCase("## Run it", "Run it")]
    public void AnotherOutlineIsFoundFirst(string before, string after) =>
        Assert.That(Differences(English.Replace(before, after, StringComparison.Ordinal), Korean), Has.Count.EqualTo(1).And.Some.Contains("headings").And.Some.Contains("5: ## 실행"));

    [Test]
    public void AMissingBlockIsFound() =>
        Assert.That(
            Differences(English, Korean.Replace("```\n", "```\n\n```\nmore\n```\n", StringComparison.Ordinal)),
            Has.Some.Contains("en has 1 code blocks (on line 7), ko 2 (on line 7, 13)"));

    [Test]
    public void SwappedBlocksAreFound() =>
        Assert.That(Differences("```\na\n```\n\n```\nb\n```\n", "```\nb\n```\n\n```\na\n```\n"), Has.Some.Contains("a code block differs: en:2 is 'a', ko:2 is 'b'"));

    private static IReadOnlyList<string> Differences(string english, string korean) =>
        TranslationComparer.Differences(new MarkdownDocument("en", english), new MarkdownDocument("ko", korean));
}
