namespace WrnEngine.Training.CommandLine;

/// <summary>Arguments written as <c>--name=value</c>.</summary>
internal static class ArgumentList
{
    /// <summary>The arguments with other values of some options, which come last.</summary>
    public static string[] With(IEnumerable<string> arguments, IReadOnlyList<(Setting Setting, string Value)> others) =>
    [
        .. Without(arguments, [.. others.Select(o => o.Setting)]),
        .. others.Select(o => $"{o.Setting.Name}={o.Value}"),
    ];

    /// <summary>The arguments that do not give any of the options.</summary>
    public static IEnumerable<string> Without(IEnumerable<string> arguments, IReadOnlyList<Setting> settings) =>
        arguments.Where(a => settings.All(s => !a.StartsWith(s.Name + "=", StringComparison.Ordinal)));
}
