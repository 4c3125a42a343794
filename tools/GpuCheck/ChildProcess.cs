using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace WrnEngine.Tools.GpuCheck;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">Its exit code; null where it could not be started.</param>
/// <param name="Output">Both of its streams, in the order they came.</param>
/// <param name="Problem">Why it did not end well by itself: no such program, or out of time; null otherwise.</param>
internal sealed record CommandResult(int? ExitCode, string Output, string? Problem)
{
    /// <summary>It ended by itself with exit code 0.</summary>
    public bool IsOk => ExitCode == 0 && Problem is null;

    /// <summary>One line that says what went wrong.</summary>
    public string Reason => Problem ?? $"exit code {ExitCode}: {LastLine}";

    private string LastLine => Output.Split('\n').LastOrDefault(static line => line.Trim().Length > 0)?.Trim() ?? "no output";
}

/// <summary>Runs a command to its end, with a limit on its time.</summary>
internal static partial class ChildProcess
{
    private const int Interrupt = 2;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command.</summary>
    /// <param name="command">File and arguments.</param>
    /// <param name="limit">After this it is interrupted as by Ctrl-C, and a minute later ended.</param>
    /// <param name="environment">Variables to add.</param>
    /// <param name="log">Where its output goes, too.</param>
    public static CommandResult Run(IReadOnlyList<string> command, TimeSpan limit, IReadOnlyDictionary<string, string>? environment = null, TextWriter? log = null)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in command.Skip(1)) start.ArgumentList.Add(argument);
        // Variables by which a test runner talks to the process that it started are not for children.
        foreach (string name in start.Environment.Keys.Where(static k => k.StartsWith("TESTINGPLATFORM_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var lines = new List<string>();
        void Keep(string? line)
        {
            if (line is null) return;
            lock (lines)
            {
                lines.Add(line);
                log?.WriteLine(line);
                log?.Flush();
            }
        }

        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return new CommandResult(null, "", $"{command[0]} could not be started: {e.Message}");
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        string? problem = null;
        if (!process.WaitForExit(limit))
        {
            problem = $"it was stopped after {limit.TotalSeconds:F0} s";
            if (!OperatingSystem.IsWindows()) _ = SendSignal(process.Id, Interrupt);
            if (OperatingSystem.IsWindows() || !process.WaitForExit(Grace)) process.Kill(entireProcessTree: true);
        }

        process.WaitForExit(); // and for the rest of its output
        lock (lines) return new CommandResult(process.ExitCode, string.Join('\n', lines), problem);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
