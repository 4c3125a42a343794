using Spectre.Console;

namespace WrnEngine.Training;

/// <summary>Where output goes, and what may be done there: live lines and colours on a terminal, plain lines elsewhere.</summary>
internal sealed class Terminal
{
    private const int PlainWidth = 140;

    /// <summary>Writes to the given places.</summary>
    /// <param name="output">Results and progress.</param>
    /// <param name="error">Errors.</param>
    /// <param name="isLive">The output is a terminal.</param>
    public Terminal(TextWriter output, TextWriter error, bool isLive)
    {
        (Out, Error, IsLive) = (output, error, isLive);
        Ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isLive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isLive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!isLive) Ansi.Profile.Width = PlainWidth;
    }

    /// <summary>The process's own console.</summary>
    public static Terminal OfProcess() => new(
        Console.Out, Console.Error, !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb");

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

    /// <summary>A line that must not be missed: yellow where there are colours.</summary>
    public void Notice(string text)
    {
        if (IsLive) Ansi.MarkupLine($"[yellow]{Markup.Escape(text)}[/]");
        else Out.WriteLine(text);
    }
}
