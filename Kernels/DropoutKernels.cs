using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Which random numbers a dropout draws: Philox key and the counter words that are the same for all elements.</summary>
/// <param name="Key0">Low word of the seed.</param>
/// <param name="Key1">High word of the seed.</param>
/// <param name="Step">Optimizer steps done so far, where no address is given.</param>
/// <param name="StepAt">Its address on the device, read when the kernel runs; or 0.</param>
/// <param name="Domain">Purpose &lt;&lt; 16 | layer ordinal.</param>
public readonly record struct DropoutStream(uint Key0, uint Key1, uint Step, nint StepAt, uint Domain);

/// <summary>Launches the kernels of <c>dropout.cu</c> and <c>dropout_bf16.cu</c>. Addresses are on the device.</summary>
public sealed class DropoutKernels(KernelLibrary library)
{
    private const string Stem = "dropout";

    private readonly TypedKernel<DropoutArgs> _nhwc = new(library, Stem, "dropout_nhwc");
    private readonly TypedKernel<DropoutArgs> _nhwcAny = new(library, Stem, "dropout_nhwc_any");
    private readonly TypedKernel<DropoutArgs> _rows = new(library, Stem, "dropout_rows");

    /// <summary>y (+)= dropout of x [batch, pixels, channels], whose logical order is [batch, channels, pixels].</summary>
    /// <param name="type">Of x and y.</param>
    /// <param name="samples">Data-set indices [batch] int32, or 0.</param>
    /// <param name="p">Probability that an element is dropped, 0 to 1.</param>
    public void Nhwc(
        CuStream stream, ElementType type, nint x, nint samples, nint y, long batch, long pixels, int channels, float p, DropoutStream random, bool accumulate)
    {
        var arguments = Arguments(x, samples, y, batch, pixels, channels, p, random, accumulate);
        if (pixels % 4 == 0)
        {
            _nhwc.For(type).Launch(stream, LaunchGrid.ForRows(batch * (pixels / 4), channels), LaunchGrid.Threads, arguments);
        }
        else
        {
            _nhwcAny.For(type).Launch(stream, LaunchGrid.ForThreads(batch * pixels * channels), LaunchGrid.Threads, arguments);
        }
    }

    /// <summary>y (+)= dropout of x [batch, elements] in logical order.</summary>
    /// <inheritdoc cref="Nhwc"/>
    public void Rows(CuStream stream, ElementType type, nint x, nint samples, nint y, long batch, long elements, float p, DropoutStream random, bool accumulate) =>
        _rows.For(type).Launch(
            stream, LaunchGrid.ForThreads(batch * ((elements + 3) / 4)), LaunchGrid.Threads,
            Arguments(x, samples, y, batch, elements, 1, p, random, accumulate));

    private static DropoutArgs Arguments(nint x, nint samples, nint y, long batch, long pixels, int channels, float p, DropoutStream random, bool accumulate) => new()
    {
        X = x,
        Y = y,
        Samples = samples,
        Batch = batch,
        Pixels = pixels,
        StepAt = random.StepAt,
        Key0 = random.Key0,
        Key1 = random.Key1,
        Step = random.Step,
        Domain = random.Domain,
        Channels = channels,
        Threshold = (uint)Math.Ceiling((double)p * (1 << 24)),
        Scale = 1 / (1 - p),
        Accumulate = accumulate ? 1 : 0,
    };

    [StructLayout(LayoutKind.Sequential)]
    private struct DropoutArgs
    {
        public nint X;
        public nint Y;
        public nint Samples;
        public nint StepAt;
        public long Batch;
        public long Pixels;
        public uint Key0;
        public uint Key1;
        public uint Step;
        public uint Domain;
        public int Channels;
        public uint Threshold;
        public float Scale;
        public int Accumulate;
    }
}
