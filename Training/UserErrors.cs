using WrnEngine.Devices.Cuda.Libraries;
using WrnEngine.Kernels.Driver;
using WrnEngine.Kernels.Simulator.Driver;
using WrnEngine.Training.Checkpoints;
using WrnEngine.Training.Data;

namespace WrnEngine.Training;

/// <summary>Knows which exceptions are the user's business, and their exit codes. Every other one is a bug and keeps its stack trace.</summary>
internal static class UserErrors
{
    /// <summary>The exit code and the sentence, or null for a bug.</summary>
    public static (int ExitCode, string Sentence)? Explain(Exception error) => error switch
    {
        UserException e => (e.ExitCode, e.Message),
        DatasetException e => (CodeOf(e.Error), e.Message),
        CheckpointException e => (ExitCode.BadData, e.Message),
        CudaException e => (ExitCode.DeviceFault, $"{e.Message}{Cause(e)}"),
        CudaLibraryException e => (ExitCode.DeviceFault, e.Message),
        OutOfMemoryException e => (ExitCode.DeviceFault, $"{e.Message.TrimEnd('.')}; give a smaller -b."),
        IOException or UnauthorizedAccessException => (ExitCode.InputOutput, error.Message),
        _ => null,
    };

    // A kernel's fault comes up at a later call. The simulator knows where it was; the real driver tells when it launches one kernel at a time.
    private static string Cause(CudaException e) =>
        SimulatorDriver.LastFault is { Length: > 0 } fault ? $" {fault}"
        : e.IsSticky ? " With CUDA_LAUNCH_BLOCKING=1 in the environment the message names the kernel." : "";

    private static int CodeOf(DatasetError error) => error switch
    {
        DatasetError.Request => ExitCode.Usage,
        DatasetError.Invalid => ExitCode.BadData,
        _ => ExitCode.InputOutput,
    };
}
