using WrnEngine.Devices;
using WrnEngine.Devices.Cuda;
using WrnEngine.Kernels.Driver;
using WrnEngine.Training.Runs;

namespace WrnEngine.Training;

/// <summary>A device that failed, or has no more memory, in the middle of a command: what that means for whoever gave it.</summary>
internal static class DeviceFault
{
    /// <summary>True for the errors that this is about.</summary>
    public static bool Is(Exception error) => error is CudaException or OutOfMemoryException;

    /// <summary>The error in one sentence, with the batch that fits, and with what is left of a run.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="device">The device, all tensors of the step released.</param>
    /// <param name="step">What was computed.</param>
    /// <param name="run">Where checkpoints are, or null for a command without them.</param>
    public static UserException Of(Exception error, Device device, StepSize step, RunFolder? run = null)
    {
        string what = error is DeviceMemoryException full && device is CudaDevice cuda
            ? $"{full.Message}; {Advice(step.LargestBatch(cuda, full))}"
            : UserErrors.Explain(error)!.Value.Sentence.TrimEnd('.');
        string kept = run is null ? "" : File.Exists(run.LastCheckpoint)
            ? $"; the last checkpoint is kept: {run.LastCheckpoint}" : "; no checkpoint had been written yet";
        return new UserException(ExitCode.DeviceFault, $"{what}{kept}.", error);
    }

    private static string Advice(int batch) => batch == 0
        ? "not even a batch of one image fits, so take a smaller network"
        : $"the largest batch that fits is about {batch}: give -b {batch}";
}
