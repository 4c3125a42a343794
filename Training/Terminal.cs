using System.Globalization;
using System.Text;
using Spectre.Console;
using WrnEngine.Training.Reporting;

namespace WrnEngine.Training;

/// <summary>
/// Where output goes, and what may be done there: boxes, colours and lines that are written over on a terminal, plain lines elsewhere. On a terminal no line is
/// longer than its width.
/// </summary>
internal sealed class Terminal
{
    private const int PlainWidth = 140;
    private const int UsualWidth = 80;
    private const int NarrowBox = 40; // below, a border takes more than it gives
    private const int WidestText = 116;
    private const int LabelWidth = 9;

    /// <summary>Writes to the given places.</summary>
    /// <param name="output">Results and progress.</param>
    /// <param name="error">Errors.</param>
    /// <param name="isLive">The output is a terminal.</param>
    /// <param name="width">Its columns; null asks the system each time.</param>
    public Terminal(TextWriter output, TextWriter error, bool isLive, int? width = null)
    {
        (Out, Error, IsLive) = (output, error, isLive);
        Ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isLive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isLive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        if (!isLive) Ansi.Profile.Width = PlainWidth;
        else if (width is { } columns) Ansi.Profile.Width = columns;
        else if (Ansi.Profile.Width < 1) Ansi.Profile.Width = UsualWidth; // a terminal that says nothing of itself
    }

    /// <summary>
    /// The process's own console: plain lines where <c>TERM</c> is <c>dumb</c> or <c>NO_COLOR</c> is set, and <c>COLUMNS</c>, where it is exported, before
    /// what the system says.
    /// </summary>
    public static Terminal OfProcess() => new(
        Console.Out, Console.Error, !Console.IsOutputRedirected && MayDraw(Environment.GetEnvironmentVariable("TERM"), Environment.GetEnvironmentVariable("NO_COLOR")),
        int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns) && columns > 0 ? columns : null);

    /// <summary>Whether the user's environment lets a terminal show more than plain lines.</summary>
    public static bool MayDraw(string? term, string? noColor) => term is not "dumb" && string.IsNullOrEmpty(noColor);

    /// <summary>Results and progress.</summary>
    public TextWriter Out { get; }

    /// <summary>Errors.</summary>
    public TextWriter Error { get; }

    /// <summary>True on a terminal, where a line may be written over.</summary>
    public bool IsLive { get; }

    /// <summary>Tables and colours.</summary>
    public IAnsiConsole Ansi { get; }

    /// <summary>Columns of a line.</summary>
    public int Width => Ansi.Profile.Width;

    /// <summary>
    /// Text from outside, such as names of data sets and files, as it may be shown: what a terminal would obey, or what would turn the writing around, becomes
    /// U+FFFD.
    /// </summary>
    public static string Clean(string text)
    {
        if (!text.Any(IsUnsafe)) return text;
        var clean = new StringBuilder(text.Length);
        foreach (char c in text) clean.Append(IsUnsafe(c) ? '\uFFFD' : c);
        return clean.ToString();
    }

    private static bool IsUnsafe(char c) => char.IsControl(c)
        || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>A line of text; on a terminal as many as it takes.</summary>
    public void Line(string text)
    {
        text = Clean(text);
        foreach (string line in IsLive ? TextWrap.Lines(text, Width, indent: LabelWidth) : [text]) Out.WriteLine(line);
    }

    /// <summary>A command to copy; where a line ends on a terminal, a backslash goes on with it.</summary>
    public void Command(string text)
    {
        text = "  " + Clean(text);
        foreach (string line in IsLive ? TextWrap.Lines(text, Width, indent: 4, tail: " \\") : [text]) Out.WriteLine(line);
    }

    /// <summary>A line that must not be missed: yellow where there are colours.</summary>
    public void Notice(string text)
    {
        text = Clean(text);
        if (!IsLive)
        {
            Out.WriteLine(text);
            return;
        }

        foreach (string line in TextWrap.Lines(text, Width, indent: LabelWidth)) Ansi.MarkupLine($"[yellow]{Markup.Escape(line)}[/]");
    }

    /// <summary>Rows of a label and a text: in a box on a terminal that is wide enough, plain lines elsewhere.</summary>
    public void Box(string title, params IReadOnlyList<(string Label, string Text)> rows)
    {
        if (!IsLive)
        {
            foreach (var (label, text) in rows) Out.WriteLine(Clean(label.PadRight(LabelWidth) + text));
            return;
        }

        bool hasBorder = Width >= NarrowBox;
        int labels = hasBorder ? rows.Max(r => TextWrap.Cells(r.Label)) + 2 : 0, room = hasBorder ? Math.Min(Width - 4, WidestText) : Width;
        var lines = new List<string>();
        int widest = 0;
        foreach (var (label, text) in rows)
        {
            if (!hasBorder) lines.Add($"[blue]{Markup.Escape(label)}[/]");
            var wrapped = TextWrap.Lines(Clean(text), room - labels);
            for (int i = 0; i < wrapped.Count; i++)
            {
                string start = !hasBorder ? "" : i == 0 ? $"[blue]{Markup.Escape(label)}[/]".PadRight(labels + "[blue][/]".Length) : new string(' ', labels);
                lines.Add(start + Markup.Escape(wrapped[i]));
                widest = Math.Max(widest, labels + TextWrap.Cells(wrapped[i]));
            }
        }

        if (!hasBorder)
        {
            foreach (string line in lines) Ansi.MarkupLine(line);
            return;
        }

        Ansi.Write(new Panel(new Markup(string.Join('\n', lines)))
        {
            Border = BoxBorder.Rounded,
            BorderStyle = new Style(Color.Grey),
            Header = TextWrap.Cells(Clean(title)) + 2 <= widest ? new PanelHeader($" {Markup.Escape(Clean(title))} ") : null, // or it would be cut
        });
    }
}
