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
    private volatile int _exitCode;

    /// <summary>True once somebody asked.</summary>
    public bool IsRequested => _exitCode != 0;

    /// <summary>What the process should answer: 130, 143, or 0 when nobody asked.</summary>
    public int ExitCode => _exitCode;

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
    public void Request(int exitCode = Training.ExitCode.Interrupted) => _exitCode = exitCode;

    private void Handle(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (IsRequested) Environment.Exit(exitCode);
        Request(exitCode);
        _onRequest?.Invoke();
    }

    /// <summary>Leaves the signals to the system again.</summary>
    public void Dispose() => _registrations.ForEach(r => r.Dispose());
}
