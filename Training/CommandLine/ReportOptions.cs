namespace WrnEngine.Training.CommandLine;

/// <summary>What <c>wrn report</c> reads and writes.</summary>
internal static class ReportOptions
{
    /// <summary>The runs.</summary>
    public static Operands Runs { get; } = new("RUN", "the folder of a run", 1, 50);

    /// <summary>Where the page goes.</summary>
    public static Setting<string?> Output { get; } = new(
        "--output", "FILE", "the page to write", null, Read.Text, "report.html in the folder of the first run", aliases: ["-o"]);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Report", Output);
}
