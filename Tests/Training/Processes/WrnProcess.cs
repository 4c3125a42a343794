using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
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
    private readonly StringBuilder _error = new();
    private readonly List<string> _lines = [];

    private WrnProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, e) =>
        {
            lock (_error) _error.Append(e.Data is null ? "" : e.Data + "\n");
        };
        process.BeginErrorReadLine();
    }

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

    /// <summary>Waits until the error output contains a text.</summary>
    public void WaitForError(string text)
    {
        for (long start = Stopwatch.GetTimestamp(); !Error.Contains(text, StringComparison.Ordinal); Thread.Sleep(2))
            if (Stopwatch.GetElapsedTime(start) > Patience || _process.HasExited) Assert.Fail($"wrn did not write '{text}' but: {Error}");
    }

    private string Error
    {
        get
        {
            lock (_error) return _error.ToString();
        }
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

        _process.WaitForExit(); // and for the rest of the error output
        return (_process.ExitCode, string.Join('\n', _lines), Error);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
