namespace WrnEngine.Training.CommandLine;

/// <summary>Something <c>wrn</c> can do.</summary>
/// <param name="Name">The word on the command line.</param>
/// <param name="Summary">One line for the list of verbs.</param>
/// <param name="Example">Arguments that show it, after the verb.</param>
/// <param name="Run">Does it and answers with an exit code.</param>
/// <param name="Groups">Its options.</param>
internal sealed record Verb(string Name, string Summary, string Example, Func<ParsedOptions, Terminal, int> Run, params OptionGroup[] Groups)
{
    /// <summary>What it takes besides options; null for nothing.</summary>
    public Operands? Operands { get; init; }

    /// <summary>Its options in the order of help.</summary>
    public IReadOnlyList<Setting> Settings { get; } = [.. Groups.SelectMany(g => g.Settings)];
}
