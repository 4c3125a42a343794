using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernel of <c>step_result.cu</c>. Addresses are on the device.</summary>
public sealed class StepResultKernels(KernelLibrary library)
{
    private readonly Kernel<StepResultArgs> _keep = new(library, "step_result", "step_result_keep");

    /// <summary>Keeps a step's loss and hits.</summary>
    /// <param name="stream">Where.</param>
    /// <param name="loss">float32.</param>
    /// <param name="correct">int32.</param>
    /// <param name="step">Steps done before this one, where no address is given.</param>
    /// <param name="stepAt">Its address, read when the kernel runs; or 0.</param>
    /// <param name="results">[1 + slots, 2] int32.</param>
    /// <param name="slots">Steps that are kept.</param>
    public void Keep(CuStream stream, nint loss, nint correct, uint step, nint stepAt, nint results, int slots) =>
        _keep.Launch(stream, 1, 1, new StepResultArgs
        {
            Loss = loss,
            Correct = correct,
            StepAt = stepAt,
            Results = results,
            Step = step,
            Slots = (uint)slots,
        });

    [StructLayout(LayoutKind.Sequential)]
    private struct StepResultArgs
    {
        public nint Loss;
        public nint Correct;
        public nint StepAt;
        public nint Results;
        public uint Step;
        public uint Slots;
    }
}
