using System.Globalization;

namespace WrnEngine.Tests.Kernels;

/// <summary>The generated tables of <c>docs/kernel-ladder.md</c>, each between two marker lines.</summary>
internal static class LadderTable
{
    public static string Convolution(IEnumerable<LadderRow> rows) => Table(
        rows,
        ("warp instructions", r => Whole(r.WarpInstructions)),
        ("FLOP per warp instruction", r => Decimals(r.FlopsPerWarpInstruction, 1)),
        ("global requests", r => Whole(r.GlobalRequests)),
        ("sectors per request", r => Decimals(r.SectorsPerRequest, 1)),
        ("FLOP per byte", r => Decimals(r.Intensity, 2)),
        ("shared requests", r => Whole(r.SharedRequests)),
        ("bank conflicts", r => Whole(r.BankConflicts)),
        ("registers", r => Whole(r.Registers)),
        ("occupancy", r => Percent(r.Occupancy)));

    public static string Reduction(IEnumerable<LadderRow> rows) => Table(
        rows,
        ("launches", r => Whole(r.Launches.Count)),
        ("warp instructions", r => Whole(r.WarpInstructions)),
        ("active lanes", r => Percent(r.ActiveLanes)),
        ("divergent branches", r => Whole(r.DivergentBranches)),
        ("barriers", r => Whole(r.Barriers)),
        ("shared requests", r => Whole(r.SharedRequests)),
        ("bank conflicts", r => Whole(r.BankConflicts)),
        ("global requests", r => Whole(r.GlobalRequests)),
        ("sectors", r => Whole(r.GlobalSectors)),
        ("sectors per request", r => Decimals(r.SectorsPerRequest, 1)),
        ("registers", r => Whole(r.Registers)),
        ("occupancy", r => Percent(r.Occupancy)));

    /// <summary>The text between the two markers of a table.</summary>
    public static string Find(string document, string name)
    {
        var (start, end) = Bounds(document, name);
        return document[start..end];
    }

    /// <summary>The document with another text between the markers.</summary>
    public static string Replace(string document, string name, string table)
    {
        var (start, end) = Bounds(document, name);
        return document[..start] + table + document[end..];
    }

    /// <summary>The rows of a table under the headings of another one, which has them in another language.</summary>
    public static string UnderHeadingsOf(string translated, string table)
    {
        const int HeadingLines = 2; // with the line of dashes
        return string.Join('\n', translated.Split('\n').Take(HeadingLines).Concat(table.Split('\n').Skip(HeadingLines)));
    }

    private static (int Start, int End) Bounds(string document, string name)
    {
        string first = $"<!-- generated: {name} -->\n", last = $"<!-- end: {name} -->\n";
        int start = document.IndexOf(first, StringComparison.Ordinal), end = document.IndexOf(last, StringComparison.Ordinal);
        if (start < 0 || end < start) throw new InvalidDataException($"the document has no lines '{first.Trim()}' and '{last.Trim()}', in this order");
        return (start + first.Length, end);
    }

    private static string Table(IEnumerable<LadderRow> rows, params (string Heading, Func<LadderRow, string> Value)[] columns)
    {
        var lines = new List<string>
        {
            Line(columns.Select(c => c.Heading).Prepend("rung")),
            Line(columns.Select(_ => "---:").Prepend("---")),
        };
        lines.AddRange(rows.Select(row => Line(columns.Select(c => c.Value(row)).Prepend($"`{row.Name}`"))));
        return string.Concat(lines.Select(line => line + "\n"));
    }

    private static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Decimals(double value, int digits) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("F0", CultureInfo.InvariantCulture) + " %";
}
