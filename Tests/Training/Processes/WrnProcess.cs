using System.Diagnostics;
using System.Runtime.InteropServices;
using WrnEngine.Training;

namespace WrnEngine.Tests.Training.Processes;

/// <summary>The program <c>wrn</c> as a child process, with its output and the signals it gets.</summary>
internal sealed partial class WrnProcess : IDisposable
{
    public const int Interrupt = 2;
    public const int Kill9 = 9;
    public const int Terminate = 15;

    /// <summary>The exit code of a process that SIGKILL ended.</summary>
    public const int KilledExitCode = 128 + Kill9;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly List<string> _lines = [];

    private WrnProcess(Process process) => (_process, _error) = (process, process.StandardError.ReadToEndAsync());

    public int Id => _process.Id;

    /// <summary>Starts <c>wrn</c>.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="fault">The value of WRN_FAULT.</param>
    public static WrnProcess Start(string folder, IEnumerable<string> arguments, string? fault = null)
    {
        var start = new ProcessStartInfo { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] command = [.. Command, .. arguments];
        start.FileName = command[0];
        foreach (string a in command[1..]) start.ArgumentList.Add(a);
        start.Environment.Remove("WRN_FAULT");
        if (fault is not null) start.Environment["WRN_FAULT"] = fault;
        return new WrnProcess(Process.Start(start)!);
    }

    /// <summary>Runs <c>wrn</c> to its end.</summary>
    public static (int ExitCode, string Output, string Error) Run(string folder, IEnumerable<string> arguments, string? fault = null)
    {
        using var process = Start(folder, arguments, fault);
        return process.WaitForExit();
    }

    /// <summary>Program and first arguments, for whoever starts it in another way.</summary>
    public static IEnumerable<string> Command
    {
        get
        {
            // A run that a shell put into the background ignores SIGINT, and so would its children.
            string[] prefix = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT"] : [];
            string library = typeof(Trainer).Assembly.Location;
            string program = Path.ChangeExtension(library, OperatingSystem.IsWindows() ? ".exe" : null);
            return File.Exists(program) ? [.. prefix, program] : [.. prefix, "dotnet", library];
        }
    }

    /// <summary>Waits for the next line of output that contains a text; false when the output ends before.</summary>
    public bool WaitFor(string text)
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            _lines.Add(line);
            if (line.Contains(text, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    /// <summary>Sends a signal; a process that has ended already is none the worse.</summary>
    public void Send(int signal)
    {
        if (OperatingSystem.IsWindows()) _process.Kill();
        else _ = SendSignal(_process.Id, signal);
    }

    /// <summary>Waits for the end.</summary>
    public (int ExitCode, string Output, string Error) WaitForExit()
    {
        while (_process.StandardOutput.ReadLine() is { } line) _lines.Add(line);
        if (!_process.WaitForExit(Patience))
        {
            _process.Kill();
            Assert.Fail($"wrn did not end within {Patience}: {string.Join('\n', _lines)}");
        }

        return (_process.ExitCode, string.Join('\n', _lines), _error.GetAwaiter().GetResult());
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
