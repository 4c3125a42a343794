using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>One parameter in the table that <c>sgd.cu</c> reads; addresses are on the device.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SgdTableSlot
{
    /// <summary>The parameter, updated in place.</summary>
    public nint Weight;

    /// <summary>Its gradient.</summary>
    public nint Grad;

    /// <summary>Its momentum buffer, updated in place; 0 without momentum.</summary>
    public nint MomentumBuffer;

    /// <summary>Elements of each, at least one.</summary>
    public long Count;

    /// <summary>Chunks of the slots before.</summary>
    public long FirstChunk;

    /// <summary>Coefficient of the L2 term.</summary>
    public float WeightDecay;

    /// <summary>Not 0 where the momentum buffer starts as the gradient.</summary>
    public int FirstStep;
}

/// <summary>Launches the kernel of <c>sgd.cu</c>.</summary>
public sealed class SgdKernels(KernelLibrary library)
{
    private const int Threads = 256;

    private readonly Kernel<StepArgs> _step = new(library, "sgd", "sgd_step_f32");

    /// <summary>Elements of a chunk: a block's work, all of one slot.</summary>
    public const int ChunkElements = 4096;

    /// <summary>Chunks of a slot.</summary>
    public static long ChunksOf(long elements) => (elements + ChunkElements - 1) / ChunkElements;

    /// <summary>Updates every parameter of a table.</summary>
    /// <param name="slots">The table, on the device.</param>
    /// <param name="count">Its slots.</param>
    /// <param name="chunks">Chunks of all slots.</param>
    /// <param name="learningRate">Step size, where no address is given.</param>
    /// <param name="learningRateAt">Address of the step size, read when the kernel runs; or 0.</param>
    /// <param name="momentum">Share of the old velocity that is kept.</param>
    /// <param name="dampening">Share of the gradient that does not enter the momentum buffer.</param>
    /// <param name="nesterov">Look ahead along the momentum.</param>
    /// <param name="skipIf">Address of a word that stops every update where it is not 0; or 0.</param>
    public void Step(
        CuStream stream, nint slots, int count, long chunks, float learningRate, nint learningRateAt, float momentum, float dampening, bool nesterov, nint skipIf) =>
        _step.Launch(stream, checked((uint)chunks), Threads, new StepArgs
        {
            Slots = slots,
            LearningRateAt = learningRateAt,
            SkipIf = skipIf,
            Count = count,
            LearningRate = learningRate,
            Momentum = momentum,
            Take = 1 - dampening,
            Nesterov = nesterov ? 1 : 0,
        });

    [StructLayout(LayoutKind.Sequential)]
    private struct StepArgs
    {
        public nint Slots;
        public nint LearningRateAt;
        public nint SkipIf;
        public int Count;
        public float LearningRate;
        public float Momentum;
        public float Take;
        public int Nesterov;
        public int Padding;
    }
}
