using System.Globalization;
using Spectre.Console;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training.Reporting;

/// <summary>On a terminal: a row per epoch, with as many columns as fit its width.</summary>
/// <param name="terminal">Where.</param>
/// <param name="dataset">The data set's name.</param>
internal sealed class EpochTable(Terminal terminal, string dataset)
{
    private const int RowsPerHeader = 40;
    private const string Gap = "  ";

    /// <summary>In the order of the row. The smaller the rank, the longer a column stays when the terminal is narrow.</summary>
    private static readonly Column[] Columns =
    [
        new("epoch", 5, 0, row => $"{row.Epoch.Epoch}/{row.Epochs}"),
        new("lr", 8, 7, row => row.Epoch.Lr.ToString("G3", CultureInfo.InvariantCulture)),
        new("loss", 7, 5, row => Number(row.Epoch.TrainLoss)),
        new("train %", 7, 2, row => Percent(row.Epoch.TrainError)),
        new("val %", 6, 3, row => Percent(row.Epoch.ValError)),
        new("test loss", 9, 6, row => row.Epoch.TestLoss is { } loss ? Number(loss) : "-"),
        new("test %", 6, 1, row => Percent(row.Epoch.TestError)),
        new("images/s", 9, 8, row => ConsoleLog.Rate(row.ImagesPerSecond)),
        new("time", 12, 4, row => Durations.Text(TimeSpan.FromSeconds(row.Epoch.Seconds))),
    ];

    private int _rows;

    /// <summary>There are images held out of training.</summary>
    public bool HasValidation { get; init; }

    /// <summary>Writes the row of an epoch, and now and then what the columns are.</summary>
    public void Write(EpochRecord record, int epochs, double imagesPerSecond)
    {
        var row = new Row(record, epochs, imagesPerSecond);
        var columns = Fitting(epochs);
        if (_rows++ % RowsPerHeader == 0)
        {
            foreach (string line in TextWrap.Lines($"{dataset}, errors in %", terminal.Width)) terminal.Out.WriteLine(line);
            terminal.Ansi.MarkupLine($"[blue]{Markup.Escape(Join(columns, c => c.Title))}[/]");
        }

        terminal.Out.WriteLine(Join(columns, c => c.Text(row)));
    }

    /// <summary>The columns that the terminal has room for, the most important ones first to come.</summary>
    private Column[] Fitting(int epochs)
    {
        var candidates = Columns.Where(c => HasValidation || c.Title != "val %")
            .Select(c => c.Rank == 0 ? c with { Width = Math.Max(c.Width, (2 * $"{epochs}".Length) + 1) } : c).ToArray();
        var taken = new HashSet<string>();
        int width = 0;
        foreach (var column in candidates.OrderBy(c => c.Rank))
        {
            int needed = column.Width + (taken.Count > 0 ? Gap.Length : 0);
            if (taken.Count > 0 && width + needed > terminal.Width) break;
            width += needed;
            taken.Add(column.Title);
        }

        return [.. candidates.Where(c => taken.Contains(c.Title))];
    }

    private static string Join(Column[] columns, Func<Column, string> text) => string.Join(Gap, columns.Select(c => text(c).PadLeft(c.Width)));

    /// <summary>Four decimals where there is room for them; seven characters at most.</summary>
    private static string Number(double value) => value switch
    {
        < 10 => value.ToString("F4", CultureInfo.InvariantCulture),
        < 1000 => value.ToString("F2", CultureInfo.InvariantCulture),
        < 100_000 => value.ToString("F0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.0e+0", CultureInfo.InvariantCulture),
    };

    private static string Percent(double? value) => value?.ToString("F2", CultureInfo.InvariantCulture) ?? "-";

    private readonly record struct Row(EpochRecord Epoch, int Epochs, double ImagesPerSecond);

    private sealed record Column(string Title, int Width, int Rank, Func<Row, string> Text);
}
