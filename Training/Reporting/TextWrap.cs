using Spectre.Console.Rendering;

namespace WrnEngine.Training.Reporting;

/// <summary>Breaks text into lines that fit a terminal: between words, else behind a mark inside a word, never inside a number as long as there is another way.</summary>
internal static class TextWrap
{
    private const string Marks = "/\\-_=:;,.";

    /// <summary>Columns that a text takes; characters of East Asian scripts take two.</summary>
    public static int Cells(string text) => new Segment(text).CellCount();

    /// <summary>The lines of a text; one at least.</summary>
    /// <param name="text">Without line breaks.</param>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="indent">Spaces before every line but the first.</param>
    /// <param name="tail">What stands at the end of every line but the last.</param>
    public static IReadOnlyList<string> Lines(string text, int width, int indent = 0, string tail = "")
    {
        if (Cells(text) <= width) return [text];
        if (indent >= width / 2) indent = 0;
        string margin = new(' ', indent);
        var lines = new List<string>();
        string line = "";
        int room = Math.Max(1, width - tail.Length);
        foreach (string word in text.Split(' '))
        {
            string rest = word;
            if (line.Length > 0 && Cells(line) + 1 + Cells(rest) <= room)
            {
                line += " " + rest;
                continue;
            }

            if (line.Length > 0) lines.Add(line + tail);
            bool fitsAlone = Cells(rest) <= room; // it moves to the left before it is cut
            line = lines.Count == 0 ? "" : fitsAlone ? margin[..Math.Min(indent, room - Cells(rest))] : margin;
            while (Cells(line) + Cells(rest) > room)
            {
                int length = Piece(rest, Math.Max(1, room - Cells(line)));
                lines.Add(line + rest[..length] + tail.TrimStart());
                (line, rest) = (tail.Length > 0 ? "" : margin, rest[length..]); // behind a backslash a space would end the word
            }

            line += rest;
        }

        lines.Add(line);
        return lines;
    }

    /// <summary>How much of a word that is too long goes on a line.</summary>
    private static int Piece(string word, int room)
    {
        int fits = 1;
        while (fits < word.Length && Cells(word[..(fits + 1)]) <= room) fits++;
        if (char.IsHighSurrogate(word[fits - 1]) && fits < word.Length) fits += fits > 1 ? -1 : 1;
        for (int i = fits; i > 1; i--) // behind a mark, but for one inside a number
            if (Marks.Contains(word[i - 1], StringComparison.Ordinal) && !(i < word.Length && char.IsDigit(word[i]) && char.IsDigit(word[i - 2]))) return i;
        for (int i = fits; i > 0; i--) // else between letters
            if (!(IsOfNumber(word[i - 1]) && IsOfNumber(word[i]))) return i;
        return fits;
    }

    private static bool IsOfNumber(char c) => char.IsDigit(c) || c is '.' or ',';
}
