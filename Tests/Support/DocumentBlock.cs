using System.Text.RegularExpressions;

namespace WrnEngine.Tests.Support;

/// <summary>A fenced block of the document, with the comment line above it that says what it is.</summary>
/// <param name="Language">What stands behind the opening fence.</param>
/// <param name="Label">The comment: a file that the block is from, or a name; empty without one.</param>
internal sealed partial record DocumentBlock(string Language, string Label, string Text)
{
    /// <summary>True when the lines stand in a file one below the other, all further to the right by the same amount.</summary>
    public bool IsIn(string file)
    {
        string[] lines = Text.TrimEnd('\n').Split('\n'), fileLines = file.Split('\n');
        return Enumerable.Range(0, Math.Max(0, fileLines.Length - lines.Length + 1)).Any(start =>
        {
            if (!fileLines[start].EndsWith(lines[0], StringComparison.Ordinal)) return false;
            string indent = fileLines[start][..^lines[0].Length];
            return string.IsNullOrWhiteSpace(indent) && !lines.Where((line, i) => fileLines[start + i] != (line.Length == 0 ? "" : indent + line)).Any();
        });
    }

    /// <summary>The blocks of an embedded document, in order.</summary>
    public static IReadOnlyList<DocumentBlock> In(string fileName) =>
    [
        .. BlockPattern().Matches(EmbeddedFile.Read(fileName)).Select(m => new DocumentBlock(m.Groups["language"].Value, m.Groups["label"].Value, m.Groups["text"].Value)),
    ];

    [GeneratedRegex(@"^(?:<!-- (?<label>[^\n]*) -->\n)?```(?<language>[^\n]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();
}
