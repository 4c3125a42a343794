using System.Text;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Training.Experiments.Reporting;

/// <summary>Text as GitHub's markdown: what would be markup stays text, and lines have a reasonable length.</summary>
internal static class Markdown
{
    private const int Width = 150;
    private const string Special = "\\`*_[]|~#";

    /// <summary>Text with its special characters escaped, in one line.</summary>
    public static string Text(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in Terminal.Clean(text.ReplaceLineEndings(" ")))
        {
            if (Special.Contains(c, StringComparison.Ordinal)) escaped.Append('\\').Append(c);
            else escaped.Append(c switch { '<' => "&lt;", '>' => "&gt;", '&' => "&amp;", _ => $"{c}" });
        }

        return escaped.ToString();
    }

    /// <summary>A code span, whatever is in the text.</summary>
    public static string Code(string text)
    {
        text = Terminal.Clean(text.ReplaceLineEndings(" "));
        string fence = Fence(text, 1);
        return text.Contains('`', StringComparison.Ordinal) ? $"{fence} {text} {fence}" : $"{fence}{text}{fence}";
    }

    /// <summary>A block of code.</summary>
    public static string CodeBlock(string text)
    {
        string fence = Fence(text, 3);
        return $"{fence}\n{string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(Terminal.Clean))}\n{fence}\n";
    }

    /// <summary>Markup of a paragraph, or of an item with its "- ", broken into lines.</summary>
    public static string Wrap(string markup, int indent = 0) => string.Join('\n', TextWrap.Lines(markup, Width, indent)) + "\n";

    /// <summary>A table; words stand at the left, numbers at the right.</summary>
    public static string Table(int words, IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new StringBuilder();
        Add(titles.Select(Text));
        Add(titles.Select((_, i) => i < words ? "---" : "---:"));
        foreach (var row in rows) Add(row.Select(Text));
        return table.ToString();

        void Add(IEnumerable<string> cells) => table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
    }

    private static string Fence(string text, int least)
    {
        int longest = 0, run = 0;
        foreach (char c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        return new string('`', longest >= least ? longest + 1 : least);
    }
}
