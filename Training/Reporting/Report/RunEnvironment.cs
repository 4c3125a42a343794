using System.Reflection;
using System.Runtime.InteropServices;

namespace WrnEngine.Training.Reporting.Report;

/// <summary>On what this process runs, in words.</summary>
internal static class RunEnvironment
{
    /// <summary>The processor's name, where the system tells it.</summary>
    public static string? Processor => OperatingSystem.IsLinux() ? ProcessorIn("/proc/cpuinfo")
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER"); // Windows

    /// <summary>The system, its architecture and its number of processors.</summary>
    public static string System { get; } =
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} processors";

    /// <summary>".NET 10.0.1".</summary>
    public static string Runtime => RuntimeInformation.FrameworkDescription;

    /// <summary>The program's version, and after a plus the commit where the build knew it.</summary>
    public static string? Version =>
        typeof(RunEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    /// <summary>"model name" is x86's line; ARM has none.</summary>
    private static string? ProcessorIn(string path) => !File.Exists(path) ? null
        : File.ReadLines(path).Where(l => l.StartsWith("model name", StringComparison.Ordinal)).Select(l => l[(l.IndexOf(':') + 1)..].Trim()).FirstOrDefault();
}
