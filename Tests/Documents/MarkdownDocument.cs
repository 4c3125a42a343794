using System.Globalization;
using System.Text.RegularExpressions;

namespace WrnEngine.Tests.Documents;

/// <summary>A document as its sections, each with the parts that a translation keeps. It knows as much of Markdown as the README uses.</summary>
internal sealed partial class MarkdownDocument
{
    private const string NumberWords = "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve";

    private readonly string _text;
    private readonly List<MarkdownPart> _parts = [];

    // The text with all that was taken blanked out: nothing is looked for within a part, and offsets stay what they are.
    private string _rest;

    /// <summary>Reads a document.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="text">Markdown, with LF at line ends.</param>
    public MarkdownDocument(string name, string text)
    {
        (Name, _text, _rest) = (name, text, text);
        Take(MarkdownPart.CodeBlock, CodeBlock(), m => m.Value);
        Take(MarkdownPart.Comment, Comment(), m => m.Value);
        Find(MarkdownPart.Table, Table(), m => Size(m.Value));
        FindParagraphs();
        var headings = Heading().Matches(_rest).Select(m => (Text: m.Value, Line: LineOf(m.Index))).Prepend((Text: "", Line: 1)).ToArray();
        Take(MarkdownPart.CodeSpan, CodeSpan(), m => m.Value);
        Take(MarkdownPart.Link, Link(), m => m.Groups["target"].Value);
        Find(MarkdownPart.Number, Number(), m => m.Value.Replace(",", "", StringComparison.Ordinal));
        Find(MarkdownPart.SpelledNumber, SpelledNumber(), m => Digits(m.Groups["word"].Value));
        Sections = [.. headings.Select((h, i) => new MarkdownSection(h.Text, h.Line, Between(h.Line, i + 1 < headings.Length ? headings[i + 1].Line : int.MaxValue)))];
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>The sections in order; the first one is what stands above the first heading.</summary>
    public IReadOnlyList<MarkdownSection> Sections { get; }

    private void Take(string kind, Regex pattern, Func<Match, string> value)
    {
        Find(kind, pattern, value);
        _rest = pattern.Replace(_rest, m => WithinLine().Replace(m.Value, " "));
    }

    private void Find(string kind, Regex pattern, Func<Match, string> value) =>
        _parts.AddRange(pattern.Matches(_rest).Select(m => new MarkdownPart(kind, value(m), LineOf(m.Index))));

    private void FindParagraphs()
    {
        string[] lines = _rest.Split('\n');
        bool inside = false;
        for (int i = 0; i < lines.Length; i++)
        {
            bool isText = !string.IsNullOrWhiteSpace(lines[i]) && lines[i][0] is not ('#' or '|');
            if (isText && (!inside || ListItem().IsMatch(lines[i]))) _parts.Add(new MarkdownPart(MarkdownPart.Paragraph, "", i + 1));
            inside = isText;
        }
    }

    private MarkdownPart[] Between(int firstLine, int endLine) => [.. _parts.Where(p => p.Line >= firstLine && p.Line < endLine)];

    private int LineOf(int offset) => 1 + _text.AsSpan(0, offset).Count('\n');

    private static string Size(string table)
    {
        string[] rows = table.TrimEnd('\n').Split('\n');
        var columns = rows.Select(row => CellEnd().Count(row) - 1).Distinct();
        return $"of {rows.Length} lines and {string.Join(" or ", columns)} columns";
    }

    private static string Digits(string word) => Array.IndexOf(NumberWords.Split('|'), word.ToLowerInvariant()).ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?:<!-- [^\n]* -->\n)?```[^\n]*\n.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?:^\|[^\n]*(?:\n|\z))+", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellEnd();

    [GeneratedRegex("^#+ [^\n]*", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^(?:-|\d+\.) ")]
    private static partial Regex ListItem();

    [GeneratedRegex("`[^`]+`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e-?\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex($@"\b(?<word>{NumberWords})s?\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SpelledNumber();

    [GeneratedRegex("[^\n]")]
    private static partial Regex WithinLine();
}
