namespace WrnEngine.Training.Reporting;

/// <summary>Rows under titles, with a line above and below. On a terminal too narrow for them each row becomes a few lines, and no number is cut.</summary>
/// <param name="firstNumber">Columns from this one on stand at the right.</param>
/// <param name="titles">One per column.</param>
internal sealed class TextTable(int firstNumber, params string[] titles)
{
    private const string Gap = "  ";
    private const int Indent = 4;

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row, with a text per column.</summary>
    public void Add(params string[] row) => _rows.Add([.. row.Select(Terminal.Clean)]);

    /// <summary>Writes the table.</summary>
    public void Write(Terminal terminal)
    {
        int[] widths = [.. titles.Select((title, i) => _rows.Select(r => TextWrap.Cells(r[i])).Append(title.Length).Max())];
        int width = widths.Sum() + (Gap.Length * (widths.Length - 1));
        if (terminal.IsLive && width > terminal.Width)
        {
            WriteRecords(terminal);
            return;
        }

        string rule = new('=', width);
        terminal.Out.WriteLine(rule);
        terminal.Out.WriteLine(Line(titles, widths));
        terminal.Out.WriteLine(rule);
        foreach (string[] row in _rows) terminal.Out.WriteLine(Line(row, widths));
        terminal.Out.WriteLine(rule);
    }

    private string Line(string[] texts, int[] widths) => string.Join(Gap, texts.Select((text, i) =>
    {
        string room = new(' ', widths[i] - TextWrap.Cells(text));
        return i < firstNumber ? text + room : room + text;
    })).TrimEnd();

    private void WriteRecords(Terminal terminal)
    {
        foreach (string[] row in _rows)
        {
            foreach (string line in TextWrap.Lines(row[0].TrimStart(), terminal.Width, Indent)) terminal.Out.WriteLine(line);
            for (int i = 1; i < row.Length; i++)
            {
                if (row[i].Length == 0) continue;
                foreach (string line in TextWrap.Lines($"{titles[i]}: {row[i]}", terminal.Width - (Indent / 2), Indent / 2))
                    terminal.Out.WriteLine(new string(' ', Indent / 2) + line);
            }
        }
    }
}
