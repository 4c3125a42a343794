using WrnEngine.Training;

namespace WrnEngine.Tests.Training;

/// <summary>Runs command lines in this process.</summary>
internal static class Wrn
{
    /// <summary>Runs one and catches what it prints.</summary>
    public static (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = Program.Run(arguments, new Terminal(output, error, isLive: false));
        return (exitCode, output.ToString(), error.ToString());
    }
}
