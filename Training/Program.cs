using System.Globalization;
using WrnEngine.Training.CommandLine;

namespace WrnEngine.Training;

/// <summary>The executable <c>wrn</c>.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return Run(arguments, Terminal.OfProcess());
    }

    /// <summary>Runs a command line; what the user can put right becomes one sentence on the error output.</summary>
    internal static int Run(string[] arguments, Terminal terminal)
    {
        try
        {
            return WrnCommand.Run(arguments, terminal);
        }
        catch (Exception error) when (UserErrors.Explain(error) is not null)
        {
            var (exitCode, sentence) = UserErrors.Explain(error)!.Value;
            terminal.Out.Flush();
            terminal.Error.WriteLine($"wrn: {sentence}");
            return exitCode;
        }
    }
}
