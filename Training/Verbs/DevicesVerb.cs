using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training.Verbs;

/// <summary><c>wrn devices</c>: what there is to compute with, and what was looked for.</summary>
internal static class DevicesVerb
{
    /// <summary>The verb.</summary>
    public static Verb Verb { get; } = new("devices", "show what this machine can compute with", "", Run);

    private static int Run(ParsedOptions options, Terminal terminal)
    {
        Inventory.Machine.Write(terminal);
        return ExitCode.Ok;
    }
}
