using System.Runtime.InteropServices;
using WrnEngine.Kernels.Driver;

namespace WrnEngine.Kernels;

/// <summary>Launches the kernels of <c>elementwise.cu</c>. Addresses are on the device; every tensor is dense.</summary>
public sealed class ElementwiseKernels(KernelLibrary library)
{
    private const string Stem = "elementwise";
    private const int Threads = 256;

    // Beyond this many blocks a thread takes several elements in turn: enough to fill the largest device several times over.
    private const long MostBlocks = 4096;

    private readonly Kernel<FillArgs> _fill = new(library, Stem, "fill_f32");

    /// <summary>y = value.</summary>
    public void Fill(CuStream stream, nint y, long count, float value) =>
        _fill.Launch(stream, GridFor(count), Threads, new FillArgs { Y = y, Count = count, Value = value });

    private static Dim3 GridFor(long count) => (uint)Math.Min(MostBlocks, (count + Threads - 1) / Threads);

    [StructLayout(LayoutKind.Sequential)]
    private struct FillArgs
    {
        public nint Y;
        public long Count;
        public float Value;
    }
}
