using System.Text.RegularExpressions;
using WrnEngine.Tests.Support;

namespace WrnEngine.Tests.Kernels;

/// <summary>A fenced block of the document, with the comment line above it that says what it is.</summary>
/// <param name="Language">What stands behind the opening fence.</param>
/// <param name="Label">The comment: a file that the block is from, or a name; empty without one.</param>
internal sealed record DocumentBlock(string Language, string Label, string Text)
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
}

/// <summary><c>docs/own-kernel.md</c>, block by block.</summary>
internal static partial class OwnKernelDocument
{
    public const string FileName = "docs/own-kernel.md";

    public static IReadOnlyList<DocumentBlock> Blocks { get; } =
    [
        .. BlockPattern().Matches(EmbeddedFile.Read(FileName)).Select(m => new DocumentBlock(m.Groups["language"].Value, m.Groups["label"].Value, m.Groups["text"].Value)),
    ];

    /// <summary>The text of the block with a label.</summary>
    public static string Block(string label) => Blocks.Single(b => b.Label == label).Text;

    [GeneratedRegex(@"^(?:<!-- (?<label>[^\n]*) -->\n)?```(?<language>[^\n]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();
}
