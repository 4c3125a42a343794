using System.Globalization;

namespace WrnEngine.Tools.GpuCheck;

internal static class Program
{
    private static int Main(string[] args)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        return CommandLine.Run(args, Console.Out, Console.Error);
    }
}
