using System.Runtime.InteropServices;

namespace WrnEngine.Training;

/// <summary>
/// The wish to stop: the first SIGINT (Ctrl-C) or SIGTERM is remembered, so that a run can finish its step and save; the second ends the
/// process at once.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private Action? _onRequest;
    private int _exitCode;

    /// <summary>True once somebody asked.</summary>
    public bool IsRequested => ExitCode != 0;

    /// <summary>What the process should answer: 130, 143, or 0 when nobody asked.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <summary>Listens to the process's signals.</summary>
    /// <param name="onRequest">Called at the first one, on another thread.</param>
    public static StopSignal OfProcess(Action? onRequest = null)
    {
        var stop = new StopSignal { _onRequest = onRequest };
        stop._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, c => stop.Handle(c, Training.ExitCode.Interrupted)));
        stop._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => stop.Handle(c, Training.ExitCode.Terminated)));
        return stop;
    }

    /// <summary>Asks to stop.</summary>
    /// <returns>False when somebody had asked before.</returns>
    public bool Request(int exitCode = Training.ExitCode.Interrupted) => Interlocked.CompareExchange(ref _exitCode, exitCode, 0) == 0;

    private void Handle(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (!Request(exitCode)) Environment.Exit(exitCode);
        _onRequest?.Invoke();
    }

    /// <summary>Leaves the signals to the system again.</summary>
    public void Dispose() => _registrations.ForEach(r => r.Dispose());
}
